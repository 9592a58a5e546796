"""One model: what it takes, how it is trained, served, watched, retrained and released."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.config.strict import FeatureName, InstanceType, ModelName, Strict
from core.contracts.policy import ModelPolicy, ReleasePolicy, RetrainPolicy, WatchPolicy
from core.contracts.signature import Feature, Signature
from core.names import ModelNames


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


class Monitoring(Strict):
    """How the model is watched. Distances lie between 0 and 1."""

    period_hours: int = Field(1, ge=1, le=24, description="Length of a window, and time between two runs.")
    minimum_rows: int = Field(100, ge=10, description="A window with fewer rows proves nothing.")
    minimum_labels: int = Field(50, ge=10, description="Quality is not judged on fewer labels.")
    drift_threshold: float = Field(0.2, gt=0, lt=1, description="Distance of one feature from the baseline.")
    attribution_threshold: float = Field(0.2, gt=0, lt=1, description="Distance of a feature's attributions.")
    attribution_share: float = Field(
        0.05, ge=0, lt=1, description="A feature matters from this share of the attributions on."
    )
    completeness_threshold: float = Field(0.05, gt=0, lt=1, description="Allowed loss of a feature's completeness.")
    quality_metric: Literal["accuracy", "auc", "f1", "precision", "recall"] = Field(
        "accuracy", description="What is watched where labels arrive."
    )
    quality_drop: float = Field(0.1, gt=0, lt=1, description="Allowed loss of it against the baseline.")
    alarm_periods: int = Field(2, ge=2, le=24, description="Windows that an alarm looks at.")
    alarm_datapoints: int = Field(2, ge=2, le=24, description="Windows of those that must breach.")


class Retraining(Strict):
    """When drift may start a training run."""

    cooldown_hours: float = Field(6, ge=0, le=720, description="Shortest time between two starts.")
    starts_per_day: int = Field(2, ge=1, le=24, description="After this many starts a person is called.")
    attempts_without_improvement: int = Field(
        3, ge=1, le=10, description="Starts without a released model after which no more are made."
    )
    monthly_budget_usd: float = Field(100, gt=0, description="No run starts that could exceed it.")


class Releasing(Strict):
    """How a better model reaches the endpoint."""

    approval: Literal["manual", "automatic"] = Field(
        "manual", description="Automatic: a package whose gate says BETTER is approved at its registration."
    )
    canary_percent: int = Field(10, ge=1, le=50, description="Share of the capacity that goes first.")
    canary_wait_minutes: int = Field(10, ge=1, le=60, description="Time in which an alarm rolls the canary back.")


class Model(Strict):
    """One model: what it takes, how it is trained, served, watched, retrained and released."""

    name: ModelName = Field(description="Name of the model.", examples=["churn"])
    label: FeatureName = Field(description="Column of the label, 1 or 0.", examples=["left"])
    features: Annotated[dict[FeatureName, Literal["numeric", "categorical"]], Field(min_length=1)] = Field(
        description="Columns that the model takes, in order.",
        examples=[{"age": "numeric", "region": "categorical", "visits": "numeric"}],
    )
    sensitive: tuple[FeatureName, ...] = Field(
        (), description="Features by which fairness is assessed.", examples=[["region"]]
    )
    training: Training = Field(default_factory=Training, description="How it is trained.")
    serving: Serving = Field(default_factory=Serving, description="How it is served.")
    monitoring: Monitoring = Field(default_factory=Monitoring, description="How it is watched.")
    retraining: Retraining = Field(default_factory=Retraining, description="When drift may retrain it.")
    releasing: Releasing = Field(default_factory=Releasing, description="How a better one is released.")

    @property
    def signature(self) -> Signature:
        features = tuple(Feature(name, kind) for name, kind in self.features.items())
        return Signature(features, self.label, self.sensitive)

    def policy(self, names: ModelNames, run_cost_usd: float) -> ModelPolicy:
        """What Lambdas and jobs need to know; `run_cost_usd` is an upper estimate of one training run."""
        watch, retrain, release = self.monitoring, self.retraining, self.releasing
        return ModelPolicy(
            model=self.name,
            signature=self.signature,
            watch=WatchPolicy(
                period_s=watch.period_hours * 3600,
                minimum_rows=watch.minimum_rows,
                minimum_labels=watch.minimum_labels,
                drift_threshold=watch.drift_threshold,
                attribution_threshold=watch.attribution_threshold,
                attribution_share=watch.attribution_share,
                completeness_threshold=watch.completeness_threshold,
                quality_metric=watch.quality_metric,
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
            ),
            release=ReleasePolicy(
                instance_type=self.serving.instance_type,
                minimum_instances=self.serving.minimum_instances,
                maximum_instances=self.serving.maximum_instances,
                invocations_per_instance=self.serving.invocations_per_instance,
                capture_percent=self.serving.capture_percent,
                canary_percent=release.canary_percent,
                canary_wait_s=release.canary_wait_minutes * 60,
                rollback_alarms=(names.alarm("errors"), names.alarm("latency")),
            ),
        )
