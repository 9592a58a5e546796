"""The monitor's report of one window: written by `containers/monitor`, read by diagnosis, remediation and people.

Lies at `<reports bucket>/<ModelNames.report_prefix><window end>/report.json`, with `statistics.json`,
`constraints.json`, `constraint_violations.json` and `report.html` beside it; `<report prefix>latest.json` is a copy
of the newest one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from core.contracts.problem import BINARY, LOWER_IS_BETTER, Problem, loss

VERSION = 2
REPORT = "report.json"
LATEST = "latest.json"
PAGE = "report.html"
RECENT = "recent.json"
"""Counts of the newest windows, for the next ones to be compared with; lies beside `latest.json`."""
IMPORTANCE = "importance.json"
"""What each version of the model leaned on (`core.contracts.importance`); lies beside `latest.json` too."""
EXPLANATIONS = "explanations.csv"
"""The explained rows, one a line: the attribution of each feature, and what they add up to."""
ANALYSIS = "analysis.json"
"""Bias and attributions in Clarify's form."""
STATISTICS = "statistics.json"
CONSTRAINTS = "constraints.json"
VIOLATIONS = "constraint_violations.json"
VIOLATIONS_BYOC = "constraints_violations.json"
"""The same content under the name that the guide gives custom containers."""

DATA_TYPE = "data_type_check"
COMPLETENESS = "completeness_check"
BASELINE_DRIFT = "baseline_drift_check"
MISSING_COLUMN = "missing_column_check"
EXTRA_COLUMN = "extra_column_check"
CATEGORICAL_VALUES = "categorical_values_check"
"""The checks of the managed monitor (`constraint_check_type`)."""
NON_NEGATIVE = "non_negative_check"
"""Of the constraint `is_non_negative`, for which the managed monitor's guide names no check."""
CONSISTENCY = "consistency_check"
FRESHNESS = "timeliness_check"
DUPLICATES = "duplicate_rows_check"
"""Checks that the managed monitor has not: rules between columns, age of what rows tell, rows sent again."""
OUTLIERS = "outlier_check"
ANOMALIES = "anomaly_check"
"""Numbers far out of the training set's, rows that are like none of it: errors, or a new kind of case."""
BIAS_DRIFT = "bias_drift_check"
ATTRIBUTION_DRIFT = "feature_attribution_drift_check"
"""The checks of the managed bias and explainability monitors; of the latter, the nDCG of the order of importance."""
BELOW, ABOVE = "LessThanThreshold", "GreaterThanThreshold"
"""The checks of the managed model-quality monitor: a metric of which more is better, and an error. The violation's
feature is the metric."""
UNLIKE_TRAINING = frozenset({OUTLIERS, ANOMALIES})
MERE_DRIFT = frozenset({BASELINE_DRIFT, BIAS_DRIFT, ATTRIBUTION_DRIFT, BELOW, ABOVE}) | UNLIKE_TRAINING
"""Not faults of the data: something moved."""
LEAST_NDCG = 0.9
"""The managed monitor's threshold."""


VIOLATED = "CompletedWithViolations"
"""So begins the exit message of a run that found violations, by the managed contract."""


def labels_prefix(prefix: str) -> str:
    """Below it lie the reports on windows that were judged again when their labels had come; `prefix` is that of the
    reports of the first look.

    >>> labels_prefix("churn/batch/")
    'churn/batch/labels/'
    """
    return f"{prefix}labels/"


def report_folder(prefix: str, end: datetime) -> str:
    """Key prefix of the window that ends at `end`.

    >>> report_folder("churn/", datetime(2026, 11, 20, 9, tzinfo=UTC))
    'churn/2026/11/20/09-00-00/'
    """
    return f"{prefix}{end.astimezone(UTC):%Y/%m/%d/%H-%M-%S}/"


@dataclass(frozen=True, slots=True)
class Violation:
    """As in the managed file: `check` is `constraint_check_type`."""

    feature: str
    check: str
    description: str


@dataclass(frozen=True, slots=True)
class FeatureReport:
    """One feature in the window against the baseline. Distances lie between 0 and 1."""

    name: str
    completeness: float
    baseline_completeness: float
    drift: float
    """Distance from the training set that the policy asks for; by default the Kolmogorov-Smirnov distance (numeric)
    or the L-infinity distance (categorical), corrected for sample size. Of an embedding Somers' D of a classifier of
    its vectors (`core.statistics.wholes`), of a text the largest of its columns' distances."""
    attribution_share: float
    """This feature's part of the total mean absolute attribution in the window, 0 to 1."""
    baseline_share: float
    attribution_drift: float
    """Kolmogorov-Smirnov distance of the attributions' distributions, corrected for sample size."""
    threshold: float = 0.2
    """Of `drift`."""
    recent_drift: float | None = None
    """The same distance from the windows before this one, together; None where there were none."""
    distances: Mapping[str, float] = field(default_factory=dict)
    """All distances from the training set, by name, as they are (not corrected for sample size)."""
    attribution_mean: float = 0.0
    """Signed mean of the attributions in the window, in log-odds; and in the training set."""
    baseline_attribution_mean: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)
    """Drift of each column that a text becomes, by the column's name; `drift` and `distances` are of the one that moved
    most. Empty of everything else."""
    recent_attribution_drift: float | None = None
    """`attribution_drift` from the windows before this one, together; None where there were none."""
    attribution_distances: Mapping[str, float] = field(default_factory=dict)
    """All distances of the attributions from training's, by name, as they are (`core.statistics.attributed`)."""


@dataclass(frozen=True, slots=True)
class GroupReport:
    """A group of features: their attributions, summed row by row before anything is made of them."""

    name: str
    features: tuple[str, ...]
    share: float
    """Mean |sum| as a part of the features' total mean absolute attribution: at most the sum of their shares, and less
    by what cancels inside the group."""
    baseline_share: float
    drift: float
    """Kolmogorov-Smirnov distance of the sums' distributions, corrected for sample size."""
    mean: float
    """Signed mean of the sums."""
    baseline_mean: float
    recent_drift: float | None = None
    """From the windows before this one, together; None where there were none."""
    distances: Mapping[str, float] = field(default_factory=dict)
    """As `FeatureReport.attribution_distances`."""


@dataclass(frozen=True, slots=True)
class QualityReport:
    """The model's quality on the window's labelled rows, with a 95 % confidence interval."""

    metric: str
    value: float
    low: float
    high: float
    baseline: float
    labels: int

    @property
    def loss(self) -> float:
        """How much worse than at the release (`core.contracts.problem.loss`)."""
        return loss(self.metric, self.value, self.baseline)

    @property
    def certain(self) -> bool:
        """Whether the interval lies on the worse side of the baseline."""
        return self.low > self.baseline if self.metric in LOWER_IS_BETTER else self.high < self.baseline


@dataclass(frozen=True, slots=True)
class DataQuality:
    """Shares of what arrived, 0 (none) to 1 (all), in the four dimensions of data quality."""

    accuracy: float
    """Cells that hold a value of the feature's type and, of a category, one of the training set."""
    completeness: float
    """Cells that are there."""
    consistency: float
    """Rows of the right width that break no rule between columns."""
    timeliness: float
    """Rows that were fresh; 1 where no freshness is asked for."""
    duplicates: float
    """Rows that were sent before in the window, as a share; estimated within a few percent."""
    outliers: float = 0.0
    """Numbers that lie far out of the training set's (`core.statistics.fences`)."""
    anomalies: float | None = None
    """Rows that are like none of training (`Anomalies`), of a sample; None where there were too few."""
    misplaced: float = 0.0
    """Requests that lie in the files of the window's hours and are of other hours: they came late, or a clock is ahead.
    They are in no other number."""


@dataclass(frozen=True, slots=True)
class Outliers:
    """Numbers of one column that the training set would hardly have held. Shares are of the numbers that are there."""

    column: str
    share: float
    """Far out: below `low` or above `high`."""
    baseline: float
    """The same in the training set."""
    outside: float
    """Below the smallest number of the training set, or above its largest."""
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Rows that are like none of training, though each of their values may be usual (`core.statistics.anomalies`)."""

    share: float
    low: float
    high: float
    """95 % confidence interval of the share."""
    baseline: float
    """Rows of the training set, each against all others, that lie as far."""
    rows: int
    """Rows that were looked at: a random sample of the window."""
    trained: int
    """Rows of the training set that they were compared with."""
    features: Mapping[str, float] = field(default_factory=dict)
    """What sets those rows apart: the largest parts of the squared distance to the training row that is nearest, by
    feature, on average."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows before this one that the release in service should have been watched in."""

    expected: int
    found: int
    """Those that have a report."""
    missing: tuple[str, ...] = ()
    """When the newest of the others ended, ISO 8601 in UTC; a few of them."""


@dataclass(frozen=True, slots=True)
class Multivariate:
    """How well a classifier tells the window's rows from the training set's: all features together."""

    auc: float
    """0.5: not at all; 1: always. On rows that it was not trained on."""
    low: float
    high: float
    """95 % confidence interval."""


@dataclass(frozen=True, slots=True)
class EstimatedQuality:
    """The model's quality as held-out rows like the window's tell it, without labels; or why it is not estimated.

    It assumes that the relation of inputs to label is as it was: it cannot see concept drift.
    """

    metric: str
    baseline: float | None
    """Measured when the model was released."""
    value: float | None = None
    """None where `refused` says why, as the bounds."""
    low: float | None = None
    high: float | None = None
    """95 % interval of what labels of the same rows would give, if that relation holds."""
    rows: int = 0
    """Rows that it was estimated from."""
    values: Mapping[str, float] = field(default_factory=dict)
    """All metrics, by their names in the managed model-quality report."""
    refused: str = ""

    @property
    def loss(self) -> float | None:
        """How much worse than at the release; 0 where the interval does not exclude that nothing was lost, and None
        where nothing is known."""
        if self.value is None or self.low is None or self.high is None or self.baseline is None:
            return None
        worse = self.low > self.baseline if self.metric in LOWER_IS_BETTER else self.high < self.baseline
        return max(0.0, loss(self.metric, self.value, self.baseline)) if worse else 0.0


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """The model's quality on one value of one feature."""

    feature: str
    value: str
    quality: QualityReport


@dataclass(frozen=True, slots=True)
class BiasReport:
    """One bias metric of one group of a sensitive feature against all other groups."""

    facet: str
    group: str
    metric: str
    value: float
    """May be infinite (disparate impact of a rest of whom nobody is accepted)."""
    low: float | None
    high: float | None
    baseline: float | None
    """In the training set."""
    recent: float | None = None
    """In the windows before this one, together; None where they do not tell it."""


Disparities = Mapping[str, Mapping[str, float | None]]
"""By Fairlearn's name (`demographic_parity_difference`), then by method: `between_groups` or `to_overall`. None where
no group tells it."""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """One group of a facet, as a line of Fairlearn's MetricFrame."""

    group: str
    rows: int
    labels: int
    """Rows whose label is known."""
    rates: Mapping[str, float | None]
    """By name (`selection_rate`, `true_positive_rate`); None where no row tells it."""


@dataclass(frozen=True, slots=True)
class FacetRates:
    """The rates of all groups of a sensitive feature, or of an intersection of several, and how far apart they are."""

    facet: str
    overall: Mapping[str, float | None]
    """Of all rows."""
    groups: tuple[GroupRates, ...]
    """That have rows."""
    disparities: Disparities
    """Of groups with enough rows."""
    baseline: Disparities = field(default_factory=dict)
    """In the training set; empty where it is not known."""
    recent: Disparities = field(default_factory=dict)
    """In the windows before this one, together; empty where there were none."""

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> FacetRates:
        return cls(**{**value, "groups": tuple(GroupRates(**group) for group in value["groups"])})


@dataclass(frozen=True, slots=True)
class MonitorReport:
    """One window of one endpoint."""

    endpoint: str
    schedule: str
    package_arn: str
    start: str
    """ISO 8601 in UTC, as is `end`; the window is [start, end)."""
    end: str
    rows: int
    unreadable: int
    """Captured lines that could not be read; they are in no other number."""
    features: tuple[FeatureReport, ...]
    prediction_drift: float
    """Kolmogorov-Smirnov distance of the predicted probabilities or scores, L-infinity distance of the classes;
    corrected for sample size."""
    quality: QualityReport | None
    """None where fewer labels arrived than the policy asks for."""
    labels: int
    violations: tuple[Violation, ...]
    recent_windows: int = 0
    """Windows before this one that were found and compared with."""
    data_quality: DataQuality | None = None
    outliers: tuple[Outliers, ...] = ()
    """Of the columns that hold any."""
    anomalies: Anomalies | None = None
    """None where there were too few rows."""
    windows: Windows | None = None
    """None where it is not known: of batches, and in reports of before it was told."""
    multivariate: Multivariate | None = None
    """None where there were too few rows."""
    ndcg: float | None = None
    """Of the features' order of importance; None where no row was explained."""
    segments: tuple[SegmentReport, ...] = ()
    bias: tuple[BiasReport, ...] = ()
    rates: tuple[FacetRates, ...] = ()
    """Of each facet; empty in reports of before they were told."""
    estimated: EstimatedQuality | None = None
    """Quality without labels; None in reports of before it was estimated."""
    confidence_drift: float | None = None
    """Of a multiclass problem: Kolmogorov-Smirnov distance of the probability of the class that the model says, from
    held-out rows, corrected for sample size. None of other problems, and where there are too few rows."""
    problem: Problem = BINARY
    groups: tuple[GroupReport, ...] = ()
    """Of features whose attributions the team's file asks to be told together as well."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """Of a multiclass problem: counts of labels (lines) and answers (columns); empty where quality is not judged."""
    version: int = VERSION

    def to_json(self) -> str:
        """Infinity is written as Python's JSON does, and read again."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> MonitorReport:
        """Raises ValueError for a report of another version."""
        value = json.loads(text)
        if value.get("version") != VERSION:
            raise ValueError(f"report has version {value.get('version')!r}, this code reads {VERSION}")
        return cls(
            **{
                **value,
                "features": tuple(FeatureReport(**feature) for feature in value["features"]),
                "groups": tuple(
                    GroupReport(**{**group, "features": tuple(group["features"])}) for group in value.get("groups", ())
                ),
                "violations": tuple(Violation(**violation) for violation in value["violations"]),
                "quality": QualityReport(**value["quality"]) if value["quality"] else None,
                "data_quality": DataQuality(**value["data_quality"]) if value["data_quality"] else None,
                "outliers": tuple(Outliers(**one) for one in value.get("outliers", ())),
                "anomalies": Anomalies(**value["anomalies"]) if value.get("anomalies") else None,
                "windows": _windows(value.get("windows")),
                "multivariate": Multivariate(**value["multivariate"]) if value["multivariate"] else None,
                "segments": tuple(
                    SegmentReport(**{**segment, "quality": QualityReport(**segment["quality"])})
                    for segment in value["segments"]
                ),
                "bias": tuple(BiasReport(**bias) for bias in value["bias"]),
                "rates": tuple(map(FacetRates.from_value, value.get("rates", ()))),
                "confusion": tuple(map(tuple, value.get("confusion", ()))),
                "estimated": EstimatedQuality(**value["estimated"]) if value.get("estimated") else None,
            }
        )


def _windows(value: Mapping[str, Any] | None) -> Windows | None:
    return Windows(**{**value, "missing": tuple(value["missing"])}) if value else None
