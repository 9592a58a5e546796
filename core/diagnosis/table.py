"""The diagnosis, as a table: the first row that fits is the verdict.

Drift of the inputs alone says little: a model may not care. What the model makes of its inputs (attributions) and
how often it is right (quality) decide. Derived from the SageMaker guide's pages on attribution drift and from
simulations of incidents (docs/incidents.md), which `tests/containers` repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.contracts.parameters import TrainOn
from core.contracts.policy import WatchPolicy
from core.contracts.reports import ANOMALIES, OUTLIERS, MonitorReport
from core.contracts.signature import owner
from core.diagnosis.evidence import likely_cause, sentences
from core.diagnosis.signs import Signs, read_signs
from core.diagnosis.verdict import Diagnosis, Drift, Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it applies, and what it says."""

    when: Callable[[Signs], bool]
    verdict: Verdict
    cause: str
    confidence: str
    response: str
    train_on: TrainOn | None = None


TABLE = (
    Row(
        lambda signs: bool(signs.faults),
        Verdict.UPSTREAM_FAULT,
        "",  # by the violated check
        "high: the data breaks what held for the whole training set",
        "Do not retrain. Repair the source; if the change is meant, release a model that was trained on data with it.",
    ),
    Row(
        lambda signs: not signs.enough_rows or not signs.sound,
        Verdict.INCONCLUSIVE,
        "little traffic, or a report that could not be computed",
        "none",
        "Wait for the next window.",
    ),
    Row(
        lambda signs: signs.quality == "fell" and not signs.moved,
        Verdict.REAL_DRIFT,
        "the relation between inputs and label changed, or labels or inputs are joined wrongly",
        "high: labels show it",
        "Check the join of labels and inputs, then retrain on recent rows: older ones teach the old relation.",
        "recent",
    ),
    Row(
        lambda signs: signs.quality == "fell",
        Verdict.REAL_DRIFT,
        "the world moved to where the model is wrong",
        "high: labels show it",
        "Retrain on recent rows.",
        "recent",
    ),
    Row(
        lambda signs: bool(signs.segments),
        Verdict.REAL_DRIFT,
        "the model got worse for a part of the rows",
        "high: labels of those rows show it",
        "Look at what is special about that part, and at the join of its labels. Retrain on recent rows: the gate says "
        "whether that helps.",
        "recent",
    ),
    Row(
        lambda signs: signs.joint and signs.quality != "unknown",
        Verdict.REAL_DRIFT,
        "features changed together: each is distributed as before, and the model makes something else of them",
        "moderate: labels do not show a loss beyond doubt",
        "Look at pairs of the named features and at segments; retrain on all labelled rows, and let the gate compare.",
        "all",
    ),
    Row(
        lambda signs: signs.joint,
        Verdict.LABELS_NEEDED,
        "features changed together: each is distributed as before, and the model makes something else of them",
        "moderate: without labels nobody knows whether it is wrong",
        "Collect labels for requests of this window, and look at pairs of the named features.",
    ),
    Row(
        lambda signs: signs.grounds and signs.quality != "unknown",
        Verdict.REAL_DRIFT,
        "the model decides on other grounds than when it was released",
        "moderate: labels do not show a loss beyond doubt",
        "Retrain on all labelled rows, and let the gate compare with the model in service.",
        "all",
    ),
    Row(
        lambda signs: signs.grounds and signs.quality == "unknown",
        Verdict.LABELS_NEEDED,
        "the model decides on other grounds than when it was released",
        "moderate: without labels nobody knows whether it is wrong",
        "Collect labels for requests of this window. Retraining without them would give the same model again.",
    ),
    Row(
        lambda signs: signs.answers and signs.quality == "unknown",
        Verdict.LABELS_NEEDED,
        "several inputs moved together, each of them little",
        "moderate: without labels nobody knows whether the answers are wrong",
        "Collect labels for requests of this window.",
    ),
    Row(
        lambda signs: bool(signs.leaned_on) and signs.quality == "unknown",
        Verdict.LABELS_NEEDED,
        "an input that the model leans on moved; it makes the same of it, as it may of values beyond all that it knows",
        "moderate: without labels nobody knows whether it is wrong",
        "Check unit, range and source of the named features, and collect labels for requests of this window.",
    ),
    Row(
        lambda signs: signs.estimate_fell and signs.quality == "unknown",
        Verdict.ESTIMATED_LOSS,
        "requests come in that are like those about which the model was wrong more often",
        "low: an estimate without labels, which holds only if the relation of inputs to label is as it was",
        "Collect labels for requests of this window: an estimate alone is no reason to retrain.",
        "all",  # where the team's file says that an estimate is reason enough
    ),
    Row(
        lambda signs: signs.quality == "noisy",
        Verdict.INCONCLUSIVE,
        "one noisy window, or the beginning of a loss",
        "low: so few labels show such a loss by chance",
        "Wait for the next window, or collect more labels.",
    ),
    Row(
        lambda signs: signs.labels_lost,
        Verdict.INCONCLUSIVE,
        "labels came and could not be used: their lines are damaged, or their ids are not those of single requests",
        "none: what they would have told is not known",
        "Look at what writes the labels: form of the lines, and an id of its own for every request.",
    ),
    Row(
        lambda signs: signs.unjudged,
        Verdict.INCONCLUSIVE,
        "labels enough came, and they do not tell what is watched",
        "none: whether the model is as right as it was is not known",
        "Wait for labels of every class, or watch another metric: monitoring.quality_metric.",
    ),
    Row(
        lambda signs: bool(signs.bias),
        Verdict.INCONCLUSIVE,
        "groups of a sensitive feature are treated otherwise than in the training set",
        "high: their intervals exclude it; whether it is wrong is for people to say",
        "Look at the named groups and metrics. What is done is the team's answer to the alarm of bias.",
    ),
    Row(
        lambda signs: signs.answers,
        Verdict.BENIGN_DRIFT,
        "other requests come in, and the model is as right about them as before",
        "",  # by how sure labels are
        "Do not retrain; keep watching.",
    ),
    Row(
        lambda signs: bool(signs.leaned_on),
        Verdict.BENIGN_DRIFT,
        "an input that the model leans on moved, and the model is as right as before",
        "",  # by how sure labels are
        "Do not retrain. Check unit, range and source of the named features, and keep watching.",
    ),
    Row(
        lambda signs: bool(signs.inputs),
        Verdict.BENIGN_DRIFT,
        "inputs moved where the model does not depend on them",
        "",  # by whether quality is known
        "Do not retrain. Tell the owner of the data, and keep watching.",
    ),
    Row(
        lambda signs: signs.together,
        Verdict.BENIGN_DRIFT,
        "inputs moved together, each of them little, and the model makes the same of them",
        "",  # by whether quality is known
        "Do not retrain. Look at which features are correlated otherwise than before, and keep watching.",
    ),
    Row(
        lambda signs: bool(signs.unlike),
        Verdict.BENIGN_DRIFT,
        "some rows are like none of training: errors, or a new kind of case; the answers as a whole are as before",
        "",  # by whether quality is known
        "Do not retrain. Look at such rows where they come from: of what the model never saw, its answers are guesses.",
    ),
    Row(
        lambda signs: signs.order,
        Verdict.BENIGN_DRIFT,
        "the model leans on its features in another order, on each of them by little more or less",
        "",  # by whether quality is known
        "Do not retrain; keep watching.",
    ),
    Row(
        lambda signs: True,
        Verdict.HEALTHY,
        "nothing moved",
        "",  # by whether quality is known
        "Nothing to do.",
    ),
)


def diagnose(report: MonitorReport, policy: WatchPolicy) -> Diagnosis:
    """The verdict on one window."""
    signs = read_signs(report, policy)
    row = next(row for row in TABLE if row.when(signs))
    return Diagnosis(
        verdict=row.verdict,
        features=_concerned(report, signs),
        evidence=sentences(report, policy, signs),
        cause=row.cause or "; ".join(dict.fromkeys(likely_cause(report, fault) for fault in signs.faults)),
        confidence=row.confidence or _confidence(signs),
        blind_spots=_blind_spots(report, policy, signs),
        response=row.response,
        train_on=row.train_on,
        drift=_kind(signs),
    )


def _kind(signs: Signs) -> Drift:
    if signs.faults or not signs.enough_rows or not signs.sound or signs.quality == "noisy":
        return Drift.UNCLEAR
    if signs.quality == "fell" or signs.segments:
        return Drift.REAL
    if not signs.moved and not signs.unlike:
        return Drift.NONE
    return Drift.VIRTUAL if signs.quality == "holds" and not signs.grounds else Drift.DATA


def _concerned(report: MonitorReport, signs: Signs) -> tuple[str, ...]:
    """Features as a request gives them: what is wrong with a column of a text is wrong with the text."""
    if signs.faults:
        owners = {column: feature.name for feature in report.features for column in feature.parts}
        named = [owners.get(violation.feature, violation.feature) for violation in signs.faults]
    else:
        inside = [member for group in signs.groups for member in group.features]
        named = [*(feature.name for feature in (*signs.attributions, *signs.inputs)), *inside]
    named = named or [segment.feature for segment in signs.segments] or [violation.feature for violation in signs.bias]
    return tuple(dict.fromkeys(named or _unlike(report, signs)))


def _unlike(report: MonitorReport, signs: Signs) -> list[str]:
    """Features with numbers far out, then what sets rows apart that are like none of training."""
    checks = {violation.check for violation in signs.unlike}
    alone = [owner(violation.feature) for violation in signs.unlike if violation.check == OUTLIERS]
    return alone + list(report.anomalies.features if report.anomalies and ANOMALIES in checks else ())


def _joined_none(report: MonitorReport) -> bool:
    lines = report.label_lines
    return lines is not None and lines.came > 0 and not lines.joined


def _confidence(signs: Signs) -> str:
    if signs.quality == "unknown":
        return "moderate: no labels confirm it"
    return "high: labels confirm it" if signs.confirmed else "moderate: so few labels do not exclude a loss"


def _blind_spots(report: MonitorReport, policy: WatchPolicy, signs: Signs) -> tuple[str, ...]:
    """What the signs cannot tell from health: labels exclude some, all features together another."""
    small = "a fault in a small group of rows"
    unchecked = tuple(f"{each}: the released model has no such column" for each in report.unchecked)
    if signs.confirmed or signs.quality in ("noisy", "fell"):
        return (*unchecked, small)
    together = report.multivariate
    excluded = together is not None and (signs.together or together.high < policy.multivariate_threshold)
    guessed = report.estimated.metric if report.estimated and report.estimated.value is not None else ""
    return (
        *unchecked,
        "a changed relation between inputs and label (concept drift)",
        *((f"a loss of {guessed} that its estimate cannot see: it takes that relation as it was",) if guessed else ()),
        "a wrong join or a flipped sign that leaves every distribution as it was",
        *(("ids of labels that are not those of requests: none was joined",) if _joined_none(report) else ()),
        *(() if excluded else ("inputs that moved together, each of them little",)),
        small,
    )
