"""The monitor's report of one window: written by `containers/monitor`, read by diagnosis, remediation and people.

Lies at `<reports bucket>/<ModelNames.report_prefix><window end>/report.json`, with `statistics.json`,
`constraints.json`, `constraint_violations.json` and `report.html` beside it; `<report prefix>latest.json` is a copy
of the newest one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

VERSION = 1
REPORT = "report.json"
LATEST = "latest.json"
PAGE = "report.html"
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
    """Kolmogorov-Smirnov distance (numeric) or L-infinity distance (categorical), corrected for sample size."""
    attribution_share: float
    """This feature's part of the total mean absolute attribution in the window, 0 to 1."""
    baseline_share: float
    attribution_drift: float
    """Kolmogorov-Smirnov distance of the attributions' distributions, corrected for sample size."""


@dataclass(frozen=True, slots=True)
class QualityReport:
    """The model's quality on the window's labelled rows, with a 95 % confidence interval."""

    metric: str
    value: float
    low: float
    high: float
    baseline: float
    labels: int


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
    """Kolmogorov-Smirnov distance of the predicted probabilities, corrected for sample size."""
    quality: QualityReport | None
    """None where fewer labels arrived than the policy asks for."""
    labels: int
    violations: tuple[Violation, ...]
    version: int = VERSION

    def to_json(self) -> str:
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
                "violations": tuple(Violation(**violation) for violation in value["violations"]),
                "quality": QualityReport(**value["quality"]) if value["quality"] else None,
            }
        )
