"""How one model is watched, remediated and released: from the team's YAML, by an SSM parameter, to Lambdas and jobs.

`infra` writes its JSON to `ModelNames.policy_parameter`, and what does not fit there beside it
(`core.contracts.policy_parts`); the parameters under a team's prefix are the list of the models that its Lambdas may
touch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from core.contracts.batch import BatchPolicy
from core.contracts.constraints import Edit
from core.contracts.explaining import Explaining, Method
from core.contracts.fairness import Fairness
from core.contracts.signature import Signature

NumericDistance = Literal["kolmogorov_smirnov", "jensen_shannon", "population_stability", "wasserstein"]
CategoricalDistance = Literal["l_infinity", "jensen_shannon", "population_stability"]
Response = Literal["watch", "notify", "ask", "retrain", "rollback", "fallback", "freeze"]
"""What is done about a verdict; `core.remediation.responses` says what each means and where it is accepted."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between two columns of every row, or a column and a number, where both are present."""

    left: str
    is_: Literal["<", "<=", "==", "!=", ">=", ">"]
    right: str | float

    def __str__(self) -> str:
        return f"{self.left} {self.is_} {self.right}"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old what a row tells may be when the request comes."""

    feature: str
    """Holds the time that the row is of, in seconds since 1970."""
    hours: float


@dataclass(frozen=True, slots=True)
class WatchPolicy:
    """Thresholds of the monitor. Distances lie between 0 and 1."""

    period_s: int = 3600
    """Length of a window, and time between two runs."""
    most_requests: int = 20_000_000
    """That one reader reads of a window: their keys take 8 bytes each, and twice as much while they are merged. Several
    readers keep the keys apart, and read all."""
    minimum_rows: int = 100
    """A window with fewer rows proves nothing."""
    minimum_labels: int = 50
    labels_s: int = 0
    """Labels count that come up to so long after a window's end; its quality is judged then, once. 0: it is judged at
    its end, by the labels that there are."""
    drift_threshold: float = 0.2
    """Of a feature's distance from the training set, in the unit of the distance that is chosen."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Of single features, in place of `drift_threshold`."""
    numeric_distance: NumericDistance = "kolmogorov_smirnov"
    categorical_distance: CategoricalDistance = "l_infinity"
    prediction_threshold: float = 0.2
    """Of the distance of the answers: Kolmogorov-Smirnov, or L-infinity where they are classes."""
    robust: bool = True
    """Whether what chance gives samples of this size is taken off Kolmogorov-Smirnov and L-infinity distances."""
    multivariate_threshold: float = 0.55
    """Of the lower bound of a domain classifier's AUC: above 0.5 it tells the window's rows from the training set's."""
    recent_windows: int = 24
    """Windows before this one that it is compared with as well, together."""
    rules: tuple[Rule, ...] = ()
    constraints: Mapping[str, Edit] = field(default_factory=dict)
    """Of single features, in place of what the training set suggests."""
    freshness: Freshness | None = None
    duplicates: float = 1.0
    """Allowed share of rows that were sent before in the window."""
    segments: tuple[str, ...] = ()
    """Categorical features by whose values quality is told as well."""
    bias_tolerance: float = 0.05
    """Allowed move of a bias metric away from parity, against the training set."""
    fairness: Fairness = field(default_factory=Fairness)
    attribution_threshold: float = 0.2
    """Of the Kolmogorov-Smirnov distance of a feature's attributions, for features that matter."""
    attribution_share: float = 0.05
    """A feature matters when it holds this share of the total mean absolute attribution."""
    explained_rows: int = 2000
    """Of a window, drawn at random: attributions are theirs, and classifiers and estimates learn from them."""
    explaining: Explaining = field(default_factory=Explaining)
    completeness_threshold: float = 0.05
    """Allowed loss of completeness of a feature against the baseline."""
    quality_metric: str = "accuracy"
    quality_drop: float = 0.1
    """Allowed loss of the quality metric against the baseline; of an error, allowed growth as a share of it."""
    alarm_periods: int = 2
    alarm_datapoints: int = 2

    def threshold(self, feature: str) -> float:
        """Of one feature's drift."""
        return self.thresholds.get(feature, self.drift_threshold)


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
    responses: Mapping[str, Response] = field(default_factory=dict)
    """Verdict -> response, where the team chose another than the usual one."""
    approval_s: int = 24 * 3600
    """How long a person has to answer where one is asked first."""
    fallback_version: int = 0
    """Version of the model package that the response `fallback` puts into service; 0 for none."""
    grace_s: int = 3600
    """For so long after an alarm was made or changed, it going into ALARM proves nothing."""
    every_days: int = 0
    """A run is due this often, whatever the alarms say; 0 for never."""
    usd_per_hour: Mapping[str, float] = field(default_factory=dict)
    """Of the instance types of the pipeline's jobs: makes costs of the jobs' durations."""


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """How an approved package reaches the endpoint."""

    instance_type: str = "ml.m5.large"
    minimum_instances: int = 1
    maximum_instances: int = 2
    invocations_per_instance: int = 500
    """Per minute, what autoscaling aims at."""
    capture_percent: int = 100
    explained_rows: int = 100
    """Of a request that asks for explanations; 0 for none."""
    explained_by: Method = "permutation"
    """As the baseline and the monitor do it."""
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
    batch: BatchPolicy | None = None
    """None where nothing is scored by a schedule."""

    def to_json(self) -> str:
        """Without spaces, for few SSM parameters to hold it.

        >>> from core.contracts.signature import Feature
        >>> policy = ModelPolicy("churn", Signature((Feature("age", "numeric"),), "left"))
        >>> ModelPolicy.from_json(policy.to_json()) == policy
        True
        """
        value = {**asdict(self), "signature": self.signature.to_value()}
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> ModelPolicy:
        value: dict[str, Any] = json.loads(text)
        return cls(
            model=value["model"],
            signature=Signature.from_json(json.dumps(value["signature"])),
            watch=_watch(value["watch"]),
            retrain=RetrainPolicy(**value["retrain"]),
            release=ReleasePolicy(
                **{**value["release"], "rollback_alarms": tuple(value["release"]["rollback_alarms"])}
            ),
            batch=BatchPolicy(**value["batch"]) if value.get("batch") else None,
        )


def _watch(value: dict[str, Any]) -> WatchPolicy:
    freshness = value["freshness"]
    return WatchPolicy(
        **{
            **value,
            "rules": tuple(Rule(**rule) for rule in value["rules"]),
            "freshness": Freshness(**freshness) if freshness else None,
            "constraints": {name: Edit.from_value(edit) for name, edit in value.get("constraints", {}).items()},
            "segments": tuple(value["segments"]),
            "explaining": Explaining.from_value(value.get("explaining", {})),
            "fairness": Fairness.from_value(value.get("fairness", {})),
        }
    )
