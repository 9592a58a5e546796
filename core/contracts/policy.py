"""How one model is watched, remediated and released: from the team's YAML, by an SSM parameter, to Lambdas and jobs.

`infra` writes it as the JSON value of `ModelNames.policy_parameter` (4 KB at most); the parameters under a team's
prefix are the list of the models that its Lambdas may touch.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from core.contracts.signature import Signature


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """Thresholds of the monitor. Distances lie between 0 and 1."""

    period_s: int = 3600
    """Length of a window, and time between two runs."""
    minimum_rows: int = 100
    """A window with fewer rows proves nothing."""
    minimum_labels: int = 50
    drift_threshold: float = 0.2
    """Of the Kolmogorov-Smirnov (numeric) or L-infinity (categorical) distance of a feature."""
    attribution_threshold: float = 0.2
    """Of the Kolmogorov-Smirnov distance of a feature's attributions, for features that matter."""
    attribution_share: float = 0.05
    """A feature matters when it holds this share of the total mean absolute attribution."""
    completeness_threshold: float = 0.05
    """Allowed loss of completeness of a feature against the baseline."""
    quality_metric: str = "accuracy"
    quality_drop: float = 0.1
    """Allowed loss of the quality metric against the baseline."""
    alarm_periods: int = 2
    alarm_datapoints: int = 2


@dataclass(frozen=True, slots=True)
class RetrainPolicy:
    """When drift may start a training run, and what a run may cost."""

    cooldown_s: int = 6 * 3600
    lease_s: int = 3600
    """How long a claim is left to the handler that made it before the sweeper resumes it."""
    starts_per_day: int = 2
    attempts_without_improvement: int = 3
    """After this many starts without a released model the circuit opens until a person closes it."""
    run_cost_usd: float = 1.0
    """Upper estimate of one run, from the instances and limits of the pipeline's jobs."""
    monthly_budget_usd: float = 100.0
    event_age_s: int = 24 * 3600
    """Older events are rejected."""


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """How an approved package reaches the endpoint."""

    instance_type: str = "ml.m5.large"
    minimum_instances: int = 1
    maximum_instances: int = 2
    invocations_per_instance: int = 500
    """Per minute, what autoscaling aims at."""
    capture_percent: int = 100
    canary_percent: int = 10
    canary_wait_s: int = 600
    rollback_alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelPolicy:
    """Everything that runs needs to know about one model."""

    model: str
    signature: Signature
    watch: WatchPolicy = field(default_factory=WatchPolicy)
    retrain: RetrainPolicy = field(default_factory=RetrainPolicy)
    release: ReleasePolicy = field(default_factory=ReleasePolicy)

    def to_json(self) -> str:
        """Without spaces: an SSM parameter holds 4,096 characters.

        >>> from core.contracts.signature import Feature
        >>> policy = ModelPolicy("churn", Signature((Feature("age", "numeric"),), "left"))
        >>> ModelPolicy.from_json(policy.to_json()) == policy
        True
        """
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> ModelPolicy:
        value: dict[str, Any] = json.loads(text)
        return cls(
            model=value["model"],
            signature=Signature.from_json(json.dumps(value["signature"])),
            watch=WatchPolicy(**value["watch"]),
            retrain=RetrainPolicy(**value["retrain"]),
            release=ReleasePolicy(
                **{**value["release"], "rollback_alarms": tuple(value["release"]["rollback_alarms"])}
            ),
        )
