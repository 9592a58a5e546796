"""One model: what it takes, how it is trained, served, watched, retrained and released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from core.config.batch import Batch
from core.config.remediation import Retraining
from core.config.strict import FeatureName, InstanceType, ModelName, Strict
from core.contracts.explanations import DEFAULT_ROWS, MOST_ROWS
from core.contracts.policy import (
    CategoricalDistance,
    Freshness,
    ModelPolicy,
    NumericDistance,
    ReleasePolicy,
    RetrainPolicy,
    Rule,
    WatchPolicy,
)
from core.contracts.problem import (
    BINARY,
    LEAST_CLASSES,
    MOST_CLASSES,
    MULTICLASS,
    USUAL_METRIC,
    Problem,
)
from core.contracts.signature import Feature, FeatureKind, Signature
from core.names import ModelNames

MOST_NUMBERS = 4096
"""Of one embedding; common encoders make 256 to 3,072."""
QualityMetric = Literal[
    "accuracy",
    "auc",
    "f1",
    "precision",
    "recall",
    "weighted_precision",
    "weighted_recall",
    "weighted_f0_5",
    "weighted_f1",
    "weighted_f2",
    "mae",
    "mse",
    "rmse",
    "r2",
]


class Training(Strict):
    """How the model is trained."""

    instance_type: InstanceType = Field("ml.m5.large", description="Of the training job.")
    instance_count: int = Field(1, ge=1, le=32, description="Instances of the training job.")
    processing_instance_type: InstanceType = Field(
        "ml.m5.large", description="Of the jobs that prepare, evaluate and monitor."
    )
    max_runtime_minutes: int = Field(60, ge=1, le=28 * 24 * 60, description="A job that takes longer is stopped.")
    spot: bool = Field(False, description="Train on spot capacity, with checkpoints.")
    hyperparameters: dict[str, str | int | float] = Field(
        default_factory=dict, description="Given to the training container.", examples=[{"num_round": 120, "eta": 0.1}]
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


class ConsistencyRule(Strict):
    """A comparison of two columns, or of a column and a number; a row where one is missing breaks no rule."""

    left: FeatureName = Field(description="A feature.", examples=["visits"])
    is_: Literal["<", "<=", "==", "!=", ">=", ">"] = Field(alias="is", description="How it compares.", examples=[">="])
    right: FeatureName | float = Field(description="Another feature, or a number.", examples=[0])


class FreshnessLimit(Strict):
    """Age of what a row tells, when its request comes."""

    feature: FeatureName = Field(
        description="Numeric feature with the row's own time in seconds since 1970.", examples=["seen"]
    )
    hours: float = Field(gt=0, description="An older row is late.", examples=[24])


class Monitoring(Strict):
    """How the model is watched. Distances lie between 0 and 1."""

    engine: Literal["own", "managed"] = Field(
        "own",
        description="What starts the monitor: the platform's own schedule, or, in accounts that still have Model "
        "Monitor, four of SageMaker's once the endpoint is in service (docs/managed-monitors.md).",
    )
    workers: int = Field(
        1,
        ge=1,
        le=20,
        description="Instances of the monitor's job. More than one read a window together, on Spark; one alone reads "
        "at most 20 million requests of a window (docs/operations.md).",
    )
    period_hours: int = Field(1, ge=1, le=24, description="Length of a window, and time between two runs.")
    minimum_rows: int = Field(100, ge=10, description="A window with fewer rows proves nothing.")
    minimum_labels: int = Field(50, ge=10, description="Quality is not judged on fewer labels.")
    labels_within_hours: int = Field(
        0,
        ge=0,
        le=336,
        description="Labels count that are collected up to so long after a window's end; each run of the monitor then "
        "looks at two windows: at its own, and at the quality of the one that ended so long ago. 0: a window's quality "
        "is judged at its end.",
        examples=[48],
    )
    drift_threshold: float = Field(0.2, gt=0, description="Distance of one feature from the training set.")
    thresholds: dict[FeatureName, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="Distance of single features, in place of `drift_threshold`.",
        examples=[{"age": 0.1}],
    )
    numeric_distance: NumericDistance = Field(
        "kolmogorov_smirnov",
        description="How the drift of numbers is measured. Population stability and Wasserstein (in standard "
        "deviations) have no largest value.",
    )
    categorical_distance: CategoricalDistance = Field(
        "l_infinity", description="How the drift of categories is measured."
    )
    prediction_threshold: float = Field(0.2, gt=0, lt=1, description="Distance of the model's answers.")
    robust: bool = Field(
        True, description="Take off what chance gives samples of this size (Kolmogorov-Smirnov and L-infinity)."
    )
    multivariate_threshold: float = Field(
        0.55,
        ge=0.5,
        lt=1,
        description="How sure a classifier of all features together must tell a window's rows from the training set's: "
        "lower bound of its AUC; 0.5 is chance.",
    )
    recent_windows: int = Field(
        24, ge=0, le=168, description="Windows before this one that it is compared with as well; 0 for none."
    )
    rules: tuple[ConsistencyRule, ...] = Field((), description="What must hold between two columns of every row.")
    freshness: FreshnessLimit | None = Field(None, description="How old what a row tells may be.")
    duplicates: float = Field(1.0, ge=0, le=1, description="Allowed share of rows that were sent before in the window.")
    segments: tuple[FeatureName, ...] = Field(
        (), description="Categorical features by whose values quality is told as well.", examples=[["region"]]
    )
    bias_tolerance: float = Field(
        0.05, ge=0, description="Allowed move of a bias metric of the sensitive features away from parity."
    )
    attribution_threshold: float = Field(0.2, gt=0, lt=1, description="Distance of a feature's attributions.")
    attribution_share: float = Field(
        0.05, ge=0, lt=1, description="A feature matters from this share of the attributions on."
    )
    completeness_threshold: float = Field(0.05, gt=0, lt=1, description="Allowed loss of a feature's completeness.")
    quality_metric: QualityMetric | None = Field(
        None,
        description="What is watched where labels arrive. Binary: accuracy (the default), auc, f1, precision, recall; "
        "multiclass: accuracy (the default) and the weighted ones; regression: rmse (the default), mae, mse, r2.",
        examples=["accuracy"],
    )
    quality_drop: float = Field(
        0.1,
        ge=0.001,
        lt=1,
        description="Allowed loss of it against the baseline, as 0.1 of an accuracy of 0.9 to 0.8; of an error (mae, "
        "mse, rmse), allowed growth as a share of the baseline, as 0.1 from 20 to 22. Of two classes' accuracy and auc "
        "it is below 0.5: what lost more is worse than chance.",
    )
    estimate_alarm: bool = Field(
        False,
        description="An alarm on the loss that is estimated without labels (docs/estimates.md). It asks for labels; it "
        "starts nothing unless `retraining.responses` says so of `ESTIMATED_LOSS`.",
    )
    alarm_periods: int = Field(2, ge=2, le=24, description="Windows that an alarm looks at.")
    alarm_datapoints: int = Field(2, ge=2, le=24, description="Windows of those that must breach.")


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
        examples=[{"age": "numeric", "region": "categorical", "visits": "numeric", "seen": "numeric"}],
    )
    sensitive: tuple[FeatureName, ...] = Field(
        (), description="Features by which fairness is assessed.", examples=[["region"]]
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
    def quality_metric(self) -> str:
        """What is watched where labels arrive."""
        return self.monitoring.quality_metric or USUAL_METRIC[self.problem]

    def policy(
        self, names: ModelNames, run_cost_usd: float, usd_per_hour: Mapping[str, float] | None = None
    ) -> ModelPolicy:
        """What Lambdas and jobs need to know. `run_cost_usd` is an upper estimate of one training run, `usd_per_hour`
        what the instance types of its jobs cost."""
        watch, retrain, release = self.monitoring, self.retraining, self.releasing
        return ModelPolicy(
            model=self.name,
            signature=self.signature,
            watch=WatchPolicy(
                period_s=watch.period_hours * 3600,
                minimum_rows=watch.minimum_rows,
                minimum_labels=watch.minimum_labels,
                labels_s=watch.labels_within_hours * 3600,
                drift_threshold=watch.drift_threshold,
                thresholds=watch.thresholds,
                numeric_distance=watch.numeric_distance,
                categorical_distance=watch.categorical_distance,
                prediction_threshold=watch.prediction_threshold,
                robust=watch.robust,
                multivariate_threshold=watch.multivariate_threshold,
                recent_windows=watch.recent_windows,
                rules=tuple(Rule(rule.left, rule.is_, rule.right) for rule in watch.rules),
                freshness=Freshness(watch.freshness.feature, watch.freshness.hours) if watch.freshness else None,
                duplicates=watch.duplicates,
                segments=watch.segments,
                bias_tolerance=watch.bias_tolerance,
                attribution_threshold=watch.attribution_threshold,
                attribution_share=watch.attribution_share,
                completeness_threshold=watch.completeness_threshold,
                quality_metric=self.quality_metric,
                quality_drop=watch.quality_drop,
                alarm_periods=watch.alarm_periods,
                alarm_datapoints=watch.alarm_datapoints,
            ),
            retrain=RetrainPolicy(
                cooldown_s=int(retrain.cooldown_hours * 3600),
                starts_per_day=retrain.starts_per_day,
                attempts_without_improvement=retrain.attempts_without_improvement,
                run_cost_usd=run_cost_usd,
                monthly_budget_usd=retrain.monthly_budget_usd,
                responses={str(verdict): response for verdict, response in retrain.responses.items()},
                approval_s=int(retrain.approval_hours * 3600),
                fallback_version=retrain.fallback_version or 0,
                grace_s=retrain.grace_minutes * 60,
                every_days=retrain.every_days or 0,
                usd_per_hour=dict(usd_per_hour or {}),
            ),
            release=ReleasePolicy(
                instance_type=self.serving.instance_type,
                minimum_instances=self.serving.minimum_instances,
                maximum_instances=self.serving.maximum_instances,
                invocations_per_instance=self.serving.invocations_per_instance,
                capture_percent=self.serving.capture_percent,
                explained_rows=self.serving.explanations,
                canary_percent=release.canary_percent,
                canary_wait_s=release.canary_wait_minutes * 60,
                rollback_alarms=(names.alarm("errors"), names.alarm("latency")),
            ),
            batch=self.batch.policy(self.training.processing_instance_type, watch.engine == "managed")
            if self.batch
            else None,
        )
