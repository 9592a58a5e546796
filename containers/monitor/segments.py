"""The model's quality on parts of the window: by the values of single features, against held-out rows of the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import hypot

import numpy as np
from scipy.stats import norm  # type: ignore[import-untyped]

from containers.model import TrainedModel
from containers.monitor.labels import Labelled
from containers.monitor.measured import measure
from containers.monitor.window import Reading
from containers.targets import as_labels
from core.contracts.evaluation import Evaluation
from core.contracts.policy import WatchPolicy
from core.contracts.problem import LOWER_IS_BETTER, limit
from core.contracts.reports import SegmentReport, Violation
from core.statistics.distances import Floats
from core.statistics.managed_quality import operator

CHANCE = 0.001
"""Of a window in which any segment falls without a reason."""
Z95 = float(norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows with one value of a feature."""

    feature: str
    value: str
    code: int
    at: int
    """Column of `Labelled.answered` that holds the codes of the feature."""

    def of(self, rows: Labelled) -> Labelled:
        inside = rows.answered[:, self.at] == self.code
        return Labelled(rows.labels[inside], rows.answered[inside])


def segment_reports(
    labelled: Labelled, reading: Reading, model: TrainedModel, evaluation: Evaluation
) -> tuple[SegmentReport, ...]:
    """Every segment with enough labels."""
    held = _held(reading, model)
    metric, least = reading.policy.quality_metric, reading.policy.minimum_labels
    found = []
    for segment in _segments(reading):
        part = segment.of(labelled)
        if len(part.labels) < least:
            continue
        now = measure(part, reading).report(metric, evaluation)
        if now is not None:
            known = segment.of(held) if held is not None else None
            enough = known is not None and len(known.labels) >= least
            before = measure(known, reading).report(metric, evaluation) if known is not None and enough else None
            found.append(SegmentReport(segment.feature, segment.value, now, before))
    return tuple(replace(each, fell=fell(each, reading.policy.quality_drop, len(found))) for each in found)


def lost_in(segments: Iterable[SegmentReport], policy: WatchPolicy) -> tuple[Violation, ...]:
    """Those in which the model fell, as a violation of the metric's constraint."""
    return tuple(_violation(segment, policy) for segment in segments if segment.fell)


def _violation(segment: SegmentReport, policy: WatchPolicy) -> Violation:
    now, before = segment.quality, segment.before
    assert before is not None  # else nothing could fall
    check, most = operator(now.metric), limit(now.metric, before.value, policy.quality_drop)
    where = f"{now.metric} of {segment.feature}={segment.value}"
    found = f"{now.value:.4g} ({now.low:.4g} to {now.high:.4g})"
    text = f"Metric {where} with {found} was {check} '{most:.4g}', by held-out rows of the same"
    return Violation(where, check, text)


def _segments(reading: Reading) -> Iterator[Segment]:
    for at, feature in enumerate(reading.policy.segments):
        for code, name in enumerate(reading.groups(feature).names):
            yield Segment(feature, name, code, 1 + len(reading.facets) + at)


def _held(reading: Reading, model: TrainedModel) -> Labelled | None:
    """Rows that the model never saw, as those of a window whose labels are known."""
    held = reading.baseline.held
    if held is None or not reading.policy.segments:
        return None
    rows: Floats = held.rows
    codes = [reading.groups(name).codes(rows[:, reading.columns.index(name)]) for name in reading.grouped]
    return Labelled(as_labels(reading.target, held.labels), np.column_stack((model.answered(rows), *codes)))


def fell(segment: SegmentReport, allowed: float, segments: int) -> bool:
    """By the interval of the difference of the two, at a level that the segments share.

    Source: Zou & Donner, Construction of confidence limits about effect measures, Statistics in Medicine 27 (2008).
    """
    now, before = segment.quality, segment.before
    if before is None:
        return False
    if now.metric in LOWER_IS_BETTER:
        moved, arms = now.value - before.value, (now.value - now.low, before.high - before.value)
    else:
        moved, arms = before.value - now.value, (now.high - now.value, before.value - before.low)
    wider = float(norm.ppf(1 - CHANCE / segments)) / Z95
    return segment.loss >= allowed and moved > wider * hypot(*arms)
