"""What a report shows, read against the policy: the columns of the diagnosis table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.contracts.policy import WatchPolicy
from core.contracts.reports import (
    ATTRIBUTION_DRIFT,
    BIAS_DRIFT,
    MERE_DRIFT,
    UNLIKE_TRAINING,
    FeatureReport,
    GroupReport,
    MonitorReport,
    SegmentReport,
    Violation,
)

Quality = Literal["unknown", "holds", "noisy", "fell"]


@dataclass(frozen=True, slots=True)
class Signs:
    """Each sign is present or not; how far it goes is in the evidence."""

    enough_rows: bool
    sound: bool
    """Every number of the report is a number."""
    faults: tuple[Violation, ...]
    """Violations that are not mere drift."""
    inputs: tuple[FeatureReport, ...]
    """Features whose distribution moved."""
    leaned_on: tuple[FeatureReport, ...]
    """Those of them that matter to the model."""
    attributions: tuple[FeatureReport, ...]
    """Features that matter and whose attributions moved."""
    together: bool
    """All features together moved: a classifier tells the window's rows from the training set's."""
    answers: bool
    """The model's answers moved, or how sure it is of them."""
    quality: Quality
    confirmed: bool
    """Labels exclude a loss larger than allowed."""
    unlike: tuple[Violation, ...] = ()
    """Some rows, or some of their numbers, are like none of training."""
    estimate_fell: bool = False
    """Quality is estimated to have fallen. Weak evidence: it asks for labels, and by itself starts nothing."""
    groups: tuple[GroupReport, ...] = ()
    """Groups of features that matter and whose attributions moved: a team that names a group asks to have it watched
    as one feature, and many features of which none matters may matter together."""
    segments: tuple[SegmentReport, ...] = ()
    """Parts of the rows for which the model got worse."""
    bias: tuple[Violation, ...] = ()
    """Groups that are treated otherwise than in the training set."""
    order: bool = False
    """The model leans on its features in another order."""
    labels_lost: bool = False
    """Labels came that would have told the quality, and could not be used."""
    unjudged: bool = False
    """Labels came, enough of them, and they do not tell the quality."""

    @property
    def joint(self) -> bool:
        """The model makes something else of inputs of which each, for itself, is distributed as before."""
        return self.grounds and not self.inputs and self.together

    @property
    def grounds(self) -> bool:
        """The model decides on other grounds."""
        return bool(self.attributions or self.groups)

    @property
    def moved(self) -> bool:
        """Whatever labels say: anything of the inputs, or of what the model makes of them."""
        return bool(self.inputs or self.grounds or self.answers or self.together)


def read_signs(report: MonitorReport, policy: WatchPolicy) -> Signs:
    """A distance moved when it reaches its threshold: of a feature the report's, which holds what was edited for it."""
    features = sorted(report.features, key=lambda feature: (-weight(feature), feature.name))
    inputs = tuple(feature for feature in features if feature.drift >= feature.threshold)
    quality, checks = _quality(report, policy), {violation.check for violation in report.violations}
    return Signs(
        enough_rows=report.rows >= policy.minimum_rows,
        sound=all(math.isfinite(number) for number in _numbers(report)),
        faults=tuple(violation for violation in report.violations if violation.check not in MERE_DRIFT),
        inputs=inputs,
        leaned_on=tuple(feature for feature in inputs if weight(feature) >= policy.attribution_share),
        attributions=tuple(
            feature
            for feature in features
            if weight(feature) >= policy.attribution_share and feature.attribution_drift >= policy.attribution_threshold
        ),
        together=report.multivariate is not None and report.multivariate.low >= policy.multivariate_threshold,
        answers=max(report.prediction_drift, report.confidence_drift or 0.0) >= policy.prediction_threshold,
        quality=quality,
        confirmed=quality == "holds" and report.quality is not None and report.quality.worst_loss < policy.quality_drop,
        unlike=tuple(violation for violation in report.violations if violation.check in UNLIKE_TRAINING),
        estimate_fell=_estimate_fell(report, policy),
        groups=tuple(
            group
            for group in report.groups
            if group_weight(group) >= policy.attribution_share and group.drift >= policy.attribution_threshold
        ),
        segments=tuple(segment for segment in report.segments if segment.fell),
        bias=tuple(violation for violation in report.violations if violation.check == BIAS_DRIFT),
        order=ATTRIBUTION_DRIFT in checks,
        labels_lost=quality == "unknown" and _labels_lost(report, policy),
        unjudged=quality == "unknown" and bool(report.unjudged),
    )


def weight(feature: FeatureReport) -> float:
    """How much the model leans on a feature: its share of the attributions, then or now."""
    return max(feature.attribution_share, feature.baseline_share)


def group_weight(group: GroupReport) -> float:
    """The same of a group of features, whose attributions are summed."""
    return max(group.share, group.baseline_share)


def _quality(report: MonitorReport, policy: WatchPolicy) -> Quality:
    """`fell`: the loss is larger than allowed, and the confidence interval excludes the baseline.

    Of an error, growth is the loss.
    """
    quality = report.quality
    if quality is None or quality.labels < policy.minimum_labels:
        return "unknown"
    if quality.loss < policy.quality_drop:
        return "holds"
    return "fell" if quality.certain else "noisy"


def _labels_lost(report: MonitorReport, policy: WatchPolicy) -> bool:
    """Most lines of labels are damaged or ambiguous; or labels had their time, and none is for an answer of the window.

    Without a time of their own labels may be for windows before, whenever they come: that proves nothing.
    """
    lines, least = report.label_lines, policy.minimum_labels
    if lines is None or lines.came < least:
        return False
    useless = lines.unreadable + lines.ambiguous
    if useless >= least and 2 * useless > lines.came:
        return True
    return bool(policy.labels_s) and not lines.joined and not lines.sampled and (report.answered or 0) >= least


def _estimate_fell(report: MonitorReport, policy: WatchPolicy) -> bool:
    """As `fell`, by the estimate and its interval."""
    lost = report.estimated.loss if report.estimated else None
    return lost is not None and lost >= policy.quality_drop


def _numbers(report: MonitorReport) -> Iterator[float]:
    yield report.prediction_drift
    if report.confidence_drift is not None:
        yield report.confidence_drift
    for feature in report.features:
        yield from (feature.completeness, feature.baseline_completeness, feature.drift, feature.attribution_drift)
        yield from (feature.attribution_share, feature.baseline_share)
    for group in report.groups:
        yield from (group.share, group.baseline_share, group.drift)
    if report.multivariate is not None:
        yield from (report.multivariate.auc, report.multivariate.low, report.multivariate.high)
    if report.quality is not None:
        yield from (report.quality.value, report.quality.low, report.quality.high, report.quality.baseline)
    if report.estimated is not None:
        bounds = (report.estimated.value, report.estimated.low, report.estimated.high)
        yield from (number for number in bounds if number is not None)
