"""One model: what it takes, how it is trained, served, watched, retrained and released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from core.config.batch import Batch
from core.config.monitoring import Monitoring
from core.config.remediation import Retraining
from core.config.strict import FeatureName, InstanceType, ModelName, Name, Strict
from core.contracts.explanations import DEFAULT_ROWS, MOST_ROWS
from core.contracts.policy import ModelPolicy, ReleasePolicy
from core.contracts.problem import (
    BINARY,
    LEAST_CLASSES,
    MOST_CLASSES,
    MULTICLASS,
    REGRESSION,
    USUAL_METRIC,
    Problem,
)
from core.contracts.signature import Feature, FeatureKind, Signature
from core.names import ModelNames

MOST_NUMBERS = 4096
"""Of one embedding; common encoders make 256 to 3,072."""


class Training(Strict):
    """How the model is trained."""

    instance_type: InstanceType = Field("ml.m5.large", description="Of the training job.")
    instance_count: int = Field(1, ge=1, le=32, description="Instances of the training job.")
    processing_instance_type: InstanceType = Field(
        "ml.m5.large", description="Of the jobs that prepare, evaluate and monitor."
    )
    max_runtime_minutes: int = Field(60, ge=1, le=28 * 24 * 60, description="A job that takes longer is stopped.")
    spot: bool = Field(False, description="Train on spot capacity, with checkpoints.")
    image: Name | None = Field(
        None,
        description="The one of `images` that trains (docs/own-training.md); left out: the platform's own, XGBoost.",
        examples=["research"],
        json_schema_extra={"only_with": "images"},
    )
    hyperparameters: dict[str, str | int | float] = Field(
        default_factory=dict,
        description="Given to the training container: XGBoost's, or, with `image`, whatever that one reads.",
        examples=[{"num_round": 120, "eta": 0.1}],
    )


class Serving(Strict):
    """How the model is served."""

    instance_type: InstanceType = Field("ml.m5.large", description="Of the endpoint.")
    minimum_instances: int = Field(1, ge=1, le=100, description="Autoscaling never goes below.")
    maximum_instances: int = Field(2, ge=1, le=100, description="Autoscaling never goes above.")
    invocations_per_instance: int = Field(500, ge=1, description="Per minute and instance: what autoscaling aims at.")
    capture_percent: int = Field(100, ge=1, le=100, description="Share of the requests that is captured.")
    explanations: int = Field(
        DEFAULT_ROWS,
        ge=0,
        le=MOST_ROWS,
        description="Rows that a request may have explained, where it asks for that; 0 switches explanations off.",
    )


class Releasing(Strict):
    """How a better model reaches the endpoint."""

    approval: Literal["manual", "automatic"] = Field(
        "manual", description="Automatic: a package whose gate says BETTER is approved at its registration."
    )
    canary_percent: int = Field(10, ge=1, le=50, description="Share of the capacity that goes first.")
    canary_wait_minutes: int = Field(10, ge=1, le=60, description="Time in which an alarm rolls the canary back.")


class Embedding(Strict):
    """A vector: what the team's own encoder makes of an image, a sound, a long text."""

    embedding: int = Field(ge=1, le=MOST_NUMBERS, description="How many numbers it has.")


SINGLE = ("numeric", "categorical", "boolean", "text")
"""Kinds of feature that a word says."""
FeatureValue = Annotated[
    Annotated[Literal["numeric", "categorical", "boolean", "text"], Tag("[kind]")]
    | Annotated[Embedding, Tag("[vector]")],
    Discriminator(lambda value: "[vector]" if isinstance(value, dict | Embedding) else "[kind]"),
    WithJsonSchema({"anyOf": [{"enum": list(SINGLE), "type": "string"}, Embedding.model_json_schema()]}),
]


class Model(Strict):
    """One model: what it takes, how it is trained, served, watched, retrained and released."""

    name: ModelName = Field(description="Name of the model.", examples=["churn"])
    problem: Problem = Field(
        BINARY,
        description="What the model answers. Binary: 1 or 0, with a probability; multiclass: one of `classes` classes, "
        "with a probability of each; regression: a number.",
    )
    classes: int | None = Field(
        None,
        ge=LEAST_CLASSES,
        le=MOST_CLASSES,
        description="How many classes a multiclass problem has; its labels are 0 to one less.",
        examples=[3],
        json_schema_extra={"only_with": "problem: multiclass"},
    )
    positive_labels: tuple[int, ...] = Field(
        (),
        description="Classes of a multiclass problem that are good for whom they are given to; fairness compares how "
        "often groups get one of them. Of a binary problem it is always 1.",
        examples=[[2]],
        json_schema_extra={"only_with": "problem: multiclass"},
    )
    label: FeatureName = Field(
        description="Column of the label: 1 or 0, a class, or a number, by the problem.", examples=["left"]
    )
    features: Annotated[dict[FeatureName, FeatureValue], Field(min_length=1)] = Field(
        description="What a request gives the model, in order (docs/features.md): a number, the code of a category, "
        "true or false, a text, or as `{embedding: 64}` a vector of so many numbers.",
        examples=[
            {
                "age": "numeric",
                "sex": "categorical",
                "region": "categorical",
                "plan": "categorical",
                "visits": "numeric",
                "seen": "numeric",
            }
        ],
    )
    sensitive: tuple[FeatureName, ...] = Field(
        (), description="Features by which fairness is assessed.", examples=[["sex", "region"]]
    )
    training: Training = Field(default_factory=Training, description="How it is trained.")
    serving: Serving = Field(default_factory=Serving, description="How it is served.")
    monitoring: Monitoring = Field(default_factory=Monitoring, description="How it is watched.")
    retraining: Retraining = Field(default_factory=Retraining, description="When drift may retrain it.")
    releasing: Releasing = Field(default_factory=Releasing, description="How a better one is released.")
    batch: Batch | None = Field(None, description="How rows are scored by a schedule; left out: they are not.")

    @property
    def kinds(self) -> dict[str, FeatureKind]:
        """Of the features, by name."""
        return {name: "embedding" if isinstance(kind, Embedding) else kind for name, kind in self.features.items()}

    @property
    def signature(self) -> Signature:
        features = tuple(
            Feature(name, "embedding", kind.embedding) if isinstance(kind, Embedding) else Feature(name, kind)
            for name, kind in self.features.items()
        )
        if self.problem == BINARY:
            return Signature(features, self.label, self.sensitive)
        classes = self.classes or 0 if self.problem == MULTICLASS else 0
        return Signature(
            features, self.label, self.sensitive, problem=self.problem, classes=classes, positive=self.positive_labels
        )

    @property
    def shows_bias(self) -> bool:
        """Whether there are metrics of bias: a regression's groups are compared by means alone, which no limit has."""
        return bool(self.sensitive) and self.problem != REGRESSION

    @property
    def quality_metric(self) -> str:
        """What is watched where labels arrive."""
        return self.monitoring.quality_metric or USUAL_METRIC[self.problem]

    def policy(
        self, names: ModelNames, run_cost_usd: float, usd_per_hour: Mapping[str, float] | None = None
    ) -> ModelPolicy:
        """What Lambdas and jobs need to know. `run_cost_usd` is an upper estimate of one training run, `usd_per_hour`
        what the instance types of its jobs cost."""
        watch, release = self.monitoring, self.releasing
        return ModelPolicy(
            model=self.name,
            signature=self.signature,
            watch=watch.policy(self.quality_metric),
            retrain=self.retraining.policy(run_cost_usd, usd_per_hour or {}),
            release=ReleasePolicy(
                instance_type=self.serving.instance_type,
                minimum_instances=self.serving.minimum_instances,
                maximum_instances=self.serving.maximum_instances,
                invocations_per_instance=self.serving.invocations_per_instance,
                capture_percent=self.serving.capture_percent,
                explained_rows=self.serving.explanations,
                explained_by=watch.explaining.by,
                canary_percent=release.canary_percent,
                canary_wait_s=release.canary_wait_minutes * 60,
                rollback_alarms=(names.alarm("errors"), names.alarm("latency")),
            ),
            batch=self.batch.policy(self.training.processing_instance_type, watch.engine == "managed")
            if self.batch
            else None,
        )
