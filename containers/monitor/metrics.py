"""What a run publishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from containers.monitor.bias import seen_by_labels
from containers.monitor.judgement import Judgement
from core.contracts import metrics, reports
from core.contracts.metrics import Metric
from core.contracts.policy import WatchPolicy
from core.contracts.problem import REGRESSION, limit
from core.contracts.reports import MonitorReport
from core.diagnosis.signs import group_weight, weight
from core.fairness.post_training import BY_ANSWERS

Datum = tuple[str, dict[str, Any]]


def told_at(end: datetime) -> datetime:
    """The time of what is told of a window that ends then: its last second, within the period of the alarms."""
    return end - timedelta(seconds=1)


class Publication:
    """Data points of one run, each at the last second of the window, so that it falls into the window's period."""

    def __init__(self, endpoint: str, schedule: str, end: datetime) -> None:
        self._dimensions = {"Endpoint": endpoint, "MonitoringSchedule": schedule}
        self._at = told_at(end)

    def datum(self, metric: Metric, value: float, **dimensions: str) -> Datum:
        return metric.namespace, metric.datum(value, self._at, {**self._dimensions, **dimensions})


def nothing_released(publication: Publication) -> list[Datum]:
    """No rows were watched; that the monitor runs is still said, for silence is an alarm."""
    return [publication.datum(metrics.ROWS, 0)]


def of_window(publication: Publication, found: Judgement, policy: WatchPolicy, label: str) -> list[Datum]:
    """`rows` always; what too few rows or labels cannot prove is left out, so that it wakes no alarm."""
    data = [publication.datum(metrics.ROWS, found.report.rows)]
    if found.seen_enough:
        faults = [violation for violation in found.report.violations if violation.check not in reports.MERE_DRIFT]
        data.append(publication.datum(metrics.VIOLATIONS, len(faults)))
    if found.enough:
        data += _drift(publication, found)
        data += _attributions(publication, found, policy, label)
        data += _data_quality(publication, found)
        data += _bias(publication, found, label)
    if found.report.quality is not None:
        lost = max((found.report.quality.loss, *(each.loss for each in found.report.segments if each.fell)))
        data.append(publication.datum(metrics.QUALITY_DROP, lost / policy.quality_drop))
    data += [publication.datum(metrics.model_quality(name), value) for name, value in found.quality.items()]
    return [*data, *estimated_data(publication, found.report, policy)]


def estimated_data(publication: Publication, report: MonitorReport, policy: WatchPolicy) -> Iterator[Datum]:
    """What is refused is left out. The limit stands beside what is measured, too."""
    known, quality = report.estimated, report.quality
    baseline = quality.baseline if quality else known.baseline if known else None
    if baseline is not None:
        yield publication.datum(metrics.QUALITY_LIMIT, limit(policy.quality_metric, baseline, policy.quality_drop))
    if known is None or known.low is None or known.high is None:
        return
    for name, value in known.values.items():
        yield publication.datum(metrics.estimated_quality(name), value)
    yield publication.datum(metrics.estimated_bound(known.metric, "low"), known.low)
    yield publication.datum(metrics.estimated_bound(known.metric, "high"), known.high)
    if known.loss is not None:
        lost = known.loss if quality is None else 0.0
        yield publication.datum(metrics.ESTIMATED_DROP, lost / policy.quality_drop)


def _drift(publication: Publication, found: Judgement) -> Iterator[Datum]:
    features = found.report.features
    largest = max((feature.drift / feature.threshold for feature in features), default=0.0)
    yield publication.datum(metrics.DRIFT, largest)
    recent = [feature.recent_drift / feature.threshold for feature in features if feature.recent_drift is not None]
    if recent:
        yield publication.datum(metrics.RECENT_DRIFT, max(recent))
    if found.report.multivariate is not None:
        yield publication.datum(metrics.MULTIVARIATE, found.report.multivariate.auc)
    yield from answers_data(publication, found.report)
    for feature in features:
        yield publication.datum(metrics.feature_drift(feature.name), feature.drift)
        yield publication.datum(metrics.feature_non_null(feature.name), feature.completeness)
        for column, moved in feature.parts.items():
            yield publication.datum(metrics.feature_drift(column), moved)


def _attributions(publication: Publication, found: Judgement, policy: WatchPolicy, label: str) -> Iterator[Datum]:
    """How far they moved, of what matters; then each by itself, as the managed monitor tells it."""
    report, limit = found.report, policy.attribution_threshold
    features = [each for each in report.features if weight(each) >= policy.attribution_share]
    groups = [each for each in report.groups if group_weight(each) >= policy.attribution_share]
    moved = [*(each.attribution_drift for each in features), *(each.drift for each in groups)]
    yield publication.datum(metrics.ATTRIBUTION_DRIFT, max(moved, default=0.0) / limit)
    lately = [*(each.recent_attribution_drift for each in features), *(each.recent_drift for each in groups)]
    known = [each for each in lately if each is not None]
    if known:
        yield publication.datum(metrics.RECENT_ATTRIBUTION_DRIFT, max(known) / limit)
    of = {"ExplainabilityMethod": metrics.EXPLAINABILITY_METHOD, "Label": label}
    for name, value in found.attributions.items():
        yield publication.datum(metrics.attribution(name), value, **of, ValueType=metrics.GLOBAL_VALUES)
    total = sum(found.attributions.values())
    for group in report.groups if found.attributions else ():
        together = metrics.group_attribution(group.name)
        yield publication.datum(together, group.share * total, **of, ValueType=metrics.GLOBAL_VALUES)
        yield publication.datum(metrics.group_drift(group.name), group.drift)
    if found.expected is not None:
        yield publication.datum(metrics.EXPECTED_VALUE, found.expected, **of, ValueType=metrics.EXPECTED)


def answers_data(publication: Publication, report: MonitorReport) -> Iterator[Datum]:
    """As distances, of which `WatchPolicy.prediction_threshold` is the limit; of answers that there are."""
    if report.answered != 0:
        yield publication.datum(metrics.PREDICTION_DRIFT, report.prediction_drift)
    if report.confidence_drift is not None:
        yield publication.datum(metrics.CONFIDENCE_DRIFT, report.confidence_drift)


def _data_quality(publication: Publication, found: Judgement) -> Iterator[Datum]:
    if found.report.data_quality is not None:
        for dimension, share in asdict(found.report.data_quality).items():
            if share is not None:
                yield publication.datum(metrics.data_quality(dimension), share)


def _bias(publication: Publication, found: Judgement, label: str) -> Iterator[Datum]:
    """Of groups that the training set has, what is a finite number. A regression has no such metrics."""
    if not found.facets or found.report.problem == REGRESSION:
        return
    drifted = sum(violation.check == reports.BIAS_DRIFT for violation in found.report.violations)
    yield publication.datum(metrics.BIAS_DRIFT, drifted)
    if found.quality:
        yield publication.datum(metrics.BIAS_DRIFT_BY_LABELS, seen_by_labels(found.facets, BY_ANSWERS))
    known = {(one.facet, one.group, one.metric) for one in found.report.bias if one.baseline is not None}
    for facet in found.facets:
        for group in facet.groups:
            stages = ((metrics.PRE_TRAINING, group.pre_training), (metrics.POST_TRAINING, group.post_training))
            for stage, one in ((stage, one) for stage, measured in stages for one in measured):
                if (facet.facet, group.group, one.name) not in known or one.value is None or not isfinite(one.value):
                    continue
                yield publication.datum(
                    metrics.bias(one.name),
                    one.value,
                    BiasStage=stage,
                    Label=label,
                    LabelValue=found.positive,
                    Facet=facet.facet,
                    FacetValue=group.group,
                )
