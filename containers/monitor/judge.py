"""The monitor's meaning: a window's requests and labels in, what they prove out. No AWS, no file, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from containers.attributions import attributions
from containers.model import TrainedModel
from containers.monitor.capture import Span, batches
from containers.monitor.labels import join_labels
from containers.monitor.measured import measure
from containers.monitor.window import Window, summarize
from core.contracts.evaluation import Evaluation
from core.contracts.policy import WatchPolicy
from core.contracts.release import Release
from core.contracts.reports import FeatureReport, MonitorReport, Violation
from core.diagnosis import Diagnosis, diagnose
from core.statistics import managed
from core.statistics.baseline import Baseline
from core.statistics.checks import feature_violations, request_violations
from core.statistics.comparison import compare
from core.statistics.distances import Floats, kolmogorov_smirnov, robust


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched, and against what."""

    schedule: str
    """Name of the schedule that the metrics carry."""
    policy: WatchPolicy
    release: Release
    model: TrainedModel
    baseline: Baseline
    constraints: dict[str, Any]
    """Content of the baseline's constraints.json."""
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that one run has to say."""

    report: MonitorReport
    diagnosis: Diagnosis
    statistics: dict[str, Any]
    constraints: dict[str, Any]
    """As they were applied: the baseline's, with the policy's threshold of drift."""
    attributions: dict[str, float]
    """Mean absolute attribution of each feature in log-odds; empty where no row was explained."""
    quality: dict[str, float]
    """All metrics of the model on labelled rows; empty where there are not enough of them."""
    enough: bool
    """Whether the window holds enough rows to prove anything, and `seen_enough` whether enough was seen of it, read
    or not, to tell that requests are malformed."""
    seen_enough: bool
    partial: bool
    """Whether the window held more requests than are read."""


def judge(
    watched: Watched, start: datetime, end: datetime, requests: Iterable[bytes], truth: Iterable[bytes]
) -> Judgement:
    """Read the window [start, end) once, then compare it with the baseline."""
    policy, baseline = watched.policy, watched.baseline
    span = Span(start, end, since=datetime.fromisoformat(watched.release.released_at))
    window = summarize(batches(requests, span, len(baseline.features)), baseline)
    labelled = join_labels(window.answered, truth)
    attributed = attributions(watched.model, window.explained.rows)
    features = compare(baseline, window.columns, attributed)
    quality = measure(labelled, watched.model.signature.threshold)
    known = len(labelled.labels) >= policy.minimum_labels
    report = MonitorReport(
        endpoint=watched.release.endpoint,
        schedule=watched.schedule,
        package_arn=watched.release.package_arn,
        start=start.astimezone(UTC).isoformat(),
        end=end.astimezone(UTC).isoformat(),
        rows=window.shape.rows,
        unreadable=window.shape.unreadable,
        features=features,
        prediction_drift=_prediction_drift(baseline, window),
        quality=quality.report(policy.quality_metric, watched.evaluation) if known else None,
        labels=len(labelled.labels),
        violations=_violations(watched, window, features),
    )
    return Judgement(
        report=report,
        diagnosis=diagnose(report, policy),
        statistics=managed.statistics(window.columns, window.shape.rows),
        constraints=applied(watched.constraints, policy),
        attributions=_means(baseline, attributed),
        quality=quality.metrics if known else {},
        enough=_enough(window.shape.rows, policy),
        seen_enough=_enough(window.shape.seen, policy),
        partial=window.shape.partial,
    )


def _enough(rows: int, policy: WatchPolicy) -> bool:
    return rows >= policy.minimum_rows


def _violations(watched: Watched, window: Window, features: tuple[FeatureReport, ...]) -> tuple[Violation, ...]:
    """Those of the request are told on malformed rows too; those of features, on rows that could be read."""
    policy, constraints = watched.policy, applied(watched.constraints, watched.policy)
    found: tuple[Violation, ...] = ()
    if _enough(window.shape.seen, policy):
        found += request_violations(constraints, window.shape)
    if _enough(window.shape.rows, policy):
        loss = policy.completeness_threshold
        found += feature_violations(constraints, watched.baseline, window.columns, features, loss)
    return found


def applied(constraints: dict[str, Any], policy: WatchPolicy) -> dict[str, Any]:
    """The baseline's constraints with the team's threshold of drift in place of the default."""
    config = constraints["monitoring_config"]
    comparison = {**config["distribution_constraints"], "comparison_threshold": policy.drift_threshold}
    return {**constraints, "monitoring_config": {**config, "distribution_constraints": comparison}}


def _prediction_drift(baseline: Baseline, window: Window) -> float:
    before, now = baseline.predictions, window.predictions
    return robust(kolmogorov_smirnov(before.counts, now.counts), before.total, now.total)


def _means(baseline: Baseline, attributed: Floats) -> dict[str, float]:
    if not len(attributed):
        return {}
    means = np.abs(attributed).mean(axis=0).tolist()
    return dict(zip((feature.name for feature in baseline.features), means, strict=True))
