"""Sentences with the numbers that a verdict rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from core.contracts import reports
from core.contracts.policy import WatchPolicy
from core.contracts.problem import BINARY, LOWER_IS_BETTER, MULTICLASS, REGRESSION
from core.contracts.reports import FeatureReport, GroupReport, MonitorReport, QualityReport, SegmentReport, Violation
from core.diagnosis.signs import Signs, weight

Item = TypeVar("Item")

ANSWERS = {BINARY: "predicted probabilities", MULTICLASS: "predicted classes", REGRESSION: "scores"}
MOST = 5
"""Sentences of one kind; a report with a hundred moved features is not read to the end."""


def sentences(report: MonitorReport, policy: WatchPolicy, signs: Signs) -> tuple[str, ...]:
    """What was measured, the gravest first."""
    return (
        *_few(signs.faults, _fault),
        *_rows(report, policy, signs),
        *_quality(report, policy),
        *_label_lines(report),
        *_few(signs.segments, _segment),
        *_estimated(report),
        *_few(signs.attributions, lambda feature: _attribution(feature, policy)),
        *_few(signs.groups, lambda group: _group(group, policy)),
        *_answers(report, policy, signs),
        *_few(signs.inputs, _input),
        *_few(signs.bias, _fault),
        *_together(report, policy, signs),
        *_order(report, signs),
        *_few(signs.unlike, _fault),
        *_few(_lately(report), _late),
        *_few(_reasons_lately(report, policy), _late_reason),
        *_calm(report, signs),
        *_gaps(report),
    )


def _few(items: Sequence[Item], sentence: Callable[[Item], str]) -> Iterator[str]:
    yield from (sentence(item) for item in items[:MOST])
    if len(items) > MOST:
        yield f"And {len(items) - MOST} more of this kind."


def _fault(violation: Violation) -> str:
    return f"{violation.feature}: {violation.description} ({violation.check})"


def _rows(report: MonitorReport, policy: WatchPolicy, signs: Signs) -> Iterator[str]:
    if not signs.enough_rows:
        yield f"{report.rows} rows could be read; {policy.minimum_rows} are needed to prove anything."
    if report.partial:
        yield f"Only the first {report.rows:,} rows were read; of those after them nothing is known."
    if report.unreadable:
        yield f"{report.unreadable} captured lines could not be read."
    if not signs.sound:
        yield "The report holds a value that is not a finite number."


def _quality(report: MonitorReport, policy: WatchPolicy) -> Iterator[str]:
    quality = report.quality
    if quality is None and report.unjudged:
        yield f"The model's quality is not judged: {report.unjudged}."
        return
    if quality is None:
        came = report.label_lines is not None and report.label_lines.came
        found = "answers have a label" if came else "labels arrived"
        yield f"{report.labels} {found}; {policy.minimum_labels} are needed to judge the model's quality."
        return
    yield (
        f"{quality.metric} is {_told(quality.value)} (95% interval {_told(quality.low)} to {_told(quality.high)}) on "
        f"{quality.labels} labelled rows, against {_told(quality.baseline)} when the model was released; "
        f"{_allowed(quality, policy)} is allowed."
    )


def _label_lines(report: MonitorReport) -> Iterator[str]:
    """Where all were joined there is nothing to say."""
    lines = report.label_lines
    if lines is None or lines.joined == lines.came:
        return
    rest = {
        f"{lines.unreadable} could not be read": lines.unreadable,
        f"{lines.ambiguous} bear an id that several requests have, so nobody knows which is meant": lines.ambiguous,
        f"{lines.elsewhere} are for no answer of the window": lines.elsewhere,
    }
    counted = ", ".join(what for what, count in rest.items() if count)
    yield f"{lines.came} lines of labels came: {lines.joined} joined, {counted}."


def _segment(segment: SegmentReport) -> str:
    now, before = segment.quality, segment.before
    against = f", against {_told(before.value)} on {before.labels} held-out rows of the same" if before else ""
    return (
        f"{now.metric} of {segment.feature}={segment.value} is {_told(now.value)} (95% interval {_told(now.low)} to "
        f"{_told(now.high)}) on {now.labels} labelled rows{against}."
    )


def _estimated(report: MonitorReport) -> Iterator[str]:
    """Where labels tell the quality, nobody needs the estimate."""
    found = report.estimated
    if found is None or report.quality is not None:
        return
    if found.value is None or found.low is None or found.high is None:
        yield f"Without labels {found.metric} is not estimated either: {found.refused}."
        return
    before = "" if found.baseline is None else f", against {_told(found.baseline)} measured when the model was released"
    yield (
        f"Without labels {found.metric} is estimated at {_told(found.value)} (95% interval {_told(found.low)} "
        f"to {_told(found.high)}){before}: weak evidence, for it holds only if the relation of inputs to label is as "
        "it was."
    )


def _told(number: float) -> str:
    """Three digits that count, for an error has any unit; of a large one all before the point."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:#.3g}"


def _allowed(quality: QualityReport, policy: WatchPolicy) -> str:
    growth = quality.metric in LOWER_IS_BETTER
    return f"a growth by {policy.quality_drop:.0%}" if growth else f"a loss of {policy.quality_drop:g}"


def _attribution(feature: FeatureReport, policy: WatchPolicy) -> str:
    return (
        f"Attributions of {feature.name} moved by {feature.attribution_drift:.2f} "
        f"(threshold {policy.attribution_threshold:g}); its share of all attributions went from "
        f"{feature.baseline_share:.0%} to {feature.attribution_share:.0%}.{_reason_since(feature, policy)}"
    )


def _reason_since(feature: FeatureReport, policy: WatchPolicy) -> str:
    found = feature.recent_attribution_drift
    if found is None:
        return ""
    told = "it came with this window" if found >= policy.attribution_threshold else "it had moved already"
    return f" From the windows before they moved by {found:.2f}: {told}."


def _group(group: GroupReport, policy: WatchPolicy) -> str:
    return (
        f"Attributions of the group {group.name} ({', '.join(group.features[:MOST])}"
        f"{', ...' if len(group.features) > MOST else ''}), summed row by row, moved by {group.drift:.2f} "
        f"(threshold {policy.attribution_threshold:g}); its share went from {group.baseline_share:.0%} to "
        f"{group.share:.0%}."
    )


def _answers(report: MonitorReport, policy: WatchPolicy, signs: Signs) -> Iterator[str]:
    if not signs.answers:
        return
    moved = {f"The {ANSWERS[report.problem]}": report.prediction_drift}
    if report.confidence_drift is not None:
        moved["How sure the model is of the class that it says"] = report.confidence_drift
    for what, distance in moved.items():
        yield f"{what} moved by {distance:.2f} (threshold {policy.prediction_threshold:g})."


def _input(feature: FeatureReport) -> str:
    return (
        f"{feature.name} moved by {feature.drift:.2f} (threshold {feature.threshold:g}){_most(feature)}; "
        f"the model gives it {weight(feature):.0%} of its attributions.{_since(feature)}"
    )


def _most(feature: FeatureReport) -> str:
    """A text moves as its columns do."""
    most = max(feature.parts, key=lambda column: feature.parts[column], default="")
    return f", most of all {most}" if most else ""


def _since(feature: FeatureReport) -> str:
    """Drift that stays is another matter than drift that came with this window."""
    if feature.recent_drift is None:
        return ""
    new = feature.recent_drift >= feature.threshold
    told = "it came with this window" if new else "it had moved already"
    return f" From the windows before it moved by {feature.recent_drift:.2f}: {told}."


def _lately(report: MonitorReport) -> list[FeatureReport]:
    """Moved since the windows before, though not out of what the training set holds."""
    return [
        feature
        for feature in report.features
        if feature.recent_drift is not None and feature.recent_drift >= feature.threshold > feature.drift
    ]


def _late(feature: FeatureReport) -> str:
    return f"{feature.name} moved by {feature.recent_drift:.2f} from the windows before, though not from training."


def _reasons_lately(report: MonitorReport, policy: WatchPolicy) -> list[FeatureReport]:
    """The model makes something else of a feature that matters than it did lately, though not than in training."""
    limit = policy.attribution_threshold
    return [
        feature
        for feature in report.features
        if (feature.recent_attribution_drift or 0.0) >= limit > feature.attribution_drift
        and weight(feature) >= policy.attribution_share
    ]


def _late_reason(feature: FeatureReport) -> str:
    return (
        f"Attributions of {feature.name} moved by {feature.recent_attribution_drift:.2f} from the windows before, "
        "though not from training."
    )


def _together(report: MonitorReport, policy: WatchPolicy, signs: Signs) -> Iterator[str]:
    found = report.multivariate
    if found is None or not (signs.together or not signs.moved):
        return
    how = "tells" if signs.together else "does not tell"
    yield (
        f"A classifier of all features together {how} the window's rows from the training set's: AUC {found.auc:.2f} "
        f"(95% interval {found.low:.2f} to {found.high:.2f}; its lower bound reaches {policy.multivariate_threshold:g} "
        f"where they moved)."
    )


def _order(report: MonitorReport, signs: Signs) -> Iterator[str]:
    if signs.order and report.ndcg is not None:
        yield f"The order of the features by attribution is like that of training by an nDCG of {report.ndcg:.2f}."


def _calm(report: MonitorReport, signs: Signs) -> Iterator[str]:
    if signs.moved or not report.features:
        return
    largest = max(report.features, key=lambda feature: feature.drift)
    yield f"In {report.rows} rows no feature moved; the largest distance is {largest.drift:.2f} ({largest.name})."


def _gaps(report: MonitorReport) -> Iterator[str]:
    """Change since the windows before is told against those that were watched."""
    known = report.windows
    if known is not None and known.missing:
        yield (
            f"Windows before this one without a report: {known.expected - known.found} of {known.expected}, the newest "
            f"that of {known.missing[0]}; what is told of change since then rests on the others."
        )
    if known is not None and known.late:
        yield (
            f"Windows before this one that were told of late: {known.told_late} of {known.expected}, the newest that "
            f"of {known.late[0]}; what was told of change until their reports were there rests on the others."
        )


CAUSES = {
    reports.FRESHNESS: "what rows tell, or the requests themselves, come late, or a clock is wrong",
    reports.DATA_TYPE: "the type or format of a field changed upstream",
    reports.MISSING_COLUMN: "requests have fewer columns than the model takes: the caller's schema changed",
    reports.EXTRA_COLUMN: "requests have more columns than the model takes: the caller's schema changed",
    reports.NON_NEGATIVE: "values are negative as none of the training set is: a sign or a unit changed upstream",
    reports.CATEGORICAL_VALUES: "a code that the model never saw appeared: an encoding changed upstream, or there "
    "is a new category",
}


def likely_cause(report: MonitorReport, violation: Violation) -> str:
    """What usually lies behind a violation."""
    if violation.check != reports.COMPLETENESS:
        return CAUSES.get(violation.check, "the data breaks a constraint of the baseline")
    found = next((each for each in report.features if violation.feature in (each.name, *each.parts)), None)
    if found is not None and found.completeness >= found.baseline_completeness:
        return "one value stands in for missing ones: a default or sentinel is filled in upstream"
    return "the field stopped arriving: its source, or a join on the way, fails"
