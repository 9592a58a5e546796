"""All that a monitor found in one window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.contracts.problem import BINARY, Problem
from core.contracts.reports.answers import (
    BiasReport,
    EstimatedQuality,
    FacetRates,
    LabelLines,
    QualityReport,
    SegmentReport,
)
from core.contracts.reports.checks import Violation
from core.contracts.reports.inputs import (
    Anomalies,
    DataQuality,
    FeatureReport,
    GroupReport,
    Multivariate,
    Outliers,
    Windows,
)

VERSION = 2


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
    corrected for sample size. 0 where there is no answer, and where `answered` is 0 it says nothing."""
    quality: QualityReport | None
    """None where fewer labels arrived than the policy asks for, and where `unjudged` says why."""
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
    """None where it is not known: where windows before do not matter, and in reports of before it was told."""
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
    unchecked: tuple[str, ...] = ()
    """What the team's file asks for and the release in service cannot tell: it was trained before the columns were
    there (`containers.monitor.ahead`)."""
    unjudged: str = ""
    """Why quality is not judged although enough labels arrived."""
    partial: bool = False
    """Whether only the first rows were read, as many as the policy lets one process read."""
    label_lines: LabelLines | None = None
    """None in reports of before they were counted."""
    answered: int | None = None
    """Rows with an answer that counts: that could be read, and that the release in service gave. None in reports of
    before they were counted."""
    version: int = VERSION

    def to_json(self) -> str:
        """Infinity is written as Python's JSON does, and read again."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> MonitorReport:
        """Raises ValueError for a report of another version, and for what is no report."""
        try:
            return cls._read(json.loads(text))
        except (KeyError, TypeError, AttributeError, RecursionError) as reason:
            raise ValueError(f"this is not what a monitor wrote: {type(reason).__name__}: {reason}") from reason

    @classmethod
    def _read(cls, value: Any) -> MonitorReport:
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
                "segments": tuple(SegmentReport(**{**each, **_qualities(each)}) for each in value["segments"]),
                "bias": tuple(BiasReport(**bias) for bias in value["bias"]),
                "rates": tuple(map(FacetRates.from_value, value.get("rates", ()))),
                "confusion": tuple(map(tuple, value.get("confusion", ()))),
                "unchecked": tuple(value.get("unchecked", ())),
                "estimated": EstimatedQuality(**value["estimated"]) if value.get("estimated") else None,
                "label_lines": LabelLines(**value["label_lines"]) if value.get("label_lines") else None,
            }
        )


def _qualities(segment: Mapping[str, Any]) -> dict[str, QualityReport]:
    return {name: QualityReport(**segment[name]) for name in ("quality", "before") if segment.get(name)}


def _windows(value: Mapping[str, Any] | None) -> Windows | None:
    if not value:
        return None
    return Windows(**{**value, "missing": tuple(value["missing"]), "late": tuple(value.get("late", ()))})
