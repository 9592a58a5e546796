"""Challenger against champion where a model answers one of many classes, or a number: the rule of `champion`, with
metrics, intervals and a best answer without a model of their own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.contracts.evaluation import Evaluation
from core.contracts.problem import LOWER_IS_BETTER, REGRESSION, Target
from core.gates.conclusion import CHAMPION, LEAST_ROWS, NO_MODEL, reason_of, verdict_of
from core.statistics import quality_multiclass, quality_regression
from core.statistics.confusion import ConfusionMatrix
from core.statistics.paired import CONFIDENCE, Difference
from core.statistics.quality import Flags
from core.statistics.regression import Errors

LEAST_OF_OTHERS = 5
"""Rows beside those of the most frequent class."""
MOST = 1e300
"""In place of no bound: JSON has no infinity."""

Answers = NDArray[np.int64] | NDArray[np.float64]
"""What a model says to each row: its class, or its score (NaN where it says nothing)."""


class Kind(Protocol):
    """What is particular to a problem."""

    def metrics(self, labels: Answers, answers: Answers) -> dict[str, float]: ...
    def difference(self, metric: str, labels: Answers, first: Answers, second: Answers) -> Difference: ...
    def no_model(self, metric: str, labels: Answers) -> Answers: ...
    def doubt(self, labels: Answers) -> str | None: ...


def compete(
    target: Target,
    metric: str,
    labels: Answers,
    challenger: Answers,
    champion: Answers | None,
    groups: Mapping[str, Flags],
) -> Evaluation:
    """Compare on the same rows. `champion` is None where nothing is in service; `groups` are masks over the rows.

    `low` and `high` of the result bound how much better the challenger is: of an error, how much smaller its error.
    Raises ValueError for a metric that the problem has not.
    """
    kind = _kind(target)
    if doubt := _doubt(kind, labels, challenger, champion):
        return undecided(doubt, target, metric, labels, challenger, groups)
    rival = kind.no_model(metric, labels) if champion is None else champion
    found = kind.difference(metric, labels, challenger, rival)
    metrics, others = kind.metrics(labels, challenger), kind.metrics(labels, rival)
    rivals = NO_MODEL if champion is None else CHAMPION
    return Evaluation(
        verdict=verdict_of(found),
        reason=reason_of(metric, metrics[metric], others[metric], rivals, found, len(labels)),
        rows=len(labels),
        metric=metric,
        challenger=metrics[metric],
        champion=None if champion is None else others[metric],
        low=found.low,
        high=found.high,
        confidence=CONFIDENCE,
        metrics=metrics,
        groups=_by_group(kind, labels, challenger, groups),
    )


def undecided(
    why: str, target: Target, metric: str, labels: Answers, challenger: Answers, groups: Mapping[str, Flags]
) -> Evaluation:
    """INCONCLUSIVE without a comparison: the difference may be anything."""
    kind, sound = _kind(target), bool(np.isfinite(challenger).all())
    metrics = kind.metrics(labels, challenger) if sound else {}
    most = MOST if metric in LOWER_IS_BETTER or metric == "r2" else 1.0
    return Evaluation(
        verdict="INCONCLUSIVE",
        reason=why,
        rows=len(labels),
        metric=metric,
        challenger=metrics.get(metric, 0.0),
        champion=None,
        low=-most,
        high=most,
        confidence=CONFIDENCE,
        metrics=metrics,
        groups=_by_group(kind, labels, challenger, groups) if sound else {},
    )


def _doubt(kind: Kind, labels: Answers, challenger: Answers, champion: Answers | None) -> str | None:
    """Why nothing can be said at all."""
    for name, answers in (("challenger", challenger), (CHAMPION, champion)):
        if answers is not None and (unknown := int(np.count_nonzero(~np.isfinite(answers)))):
            return f"the {name} gives no finite answer to {unknown} of {len(labels)} test rows"
    if len(labels) < LEAST_ROWS:
        return f"the test set has {len(labels)} rows; at least {LEAST_ROWS} are needed"
    return kind.doubt(labels)


def _by_group(
    kind: Kind, labels: Answers, challenger: Answers, groups: Mapping[str, Flags]
) -> dict[str, dict[str, float]]:
    return {
        name: {"rows": float(np.count_nonzero(mask)), **measured}
        for name, mask in groups.items()
        if (measured := kind.metrics(labels[mask], challenger[mask])) and not any(map(math.isnan, measured.values()))
    }


def _kind(target: Target) -> Kind:
    return _Numbers() if target.problem == REGRESSION else _Classes(target.classes)


class _Classes:
    def __init__(self, classes: int) -> None:
        self._classes = classes

    def metrics(self, labels: Answers, answers: Answers) -> dict[str, float]:
        return ConfusionMatrix.of(labels, answers, self._classes).multiclass() if len(labels) else {}

    def difference(self, metric: str, labels: Answers, first: Answers, second: Answers) -> Difference:
        truth, one, other = (np.asarray(each, np.int64) for each in (labels, first, second))
        return quality_multiclass.difference(metric, truth, one, other, self._classes)

    def no_model(self, metric: str, labels: Answers) -> Answers:
        """Always the most frequent class, chosen on the test rows themselves, which favours it a little."""
        return np.full(len(labels), np.bincount(np.asarray(labels, np.int64)).argmax(), np.int64)

    def doubt(self, labels: Answers) -> str | None:
        others = len(labels) - int(np.bincount(np.asarray(labels, np.int64)).max())
        if others >= LEAST_OF_OTHERS:
            return None
        return f"{others} of {len(labels)} test rows are not of the most frequent class; {LEAST_OF_OTHERS} are needed"


class _Numbers:
    def metrics(self, labels: Answers, answers: Answers) -> dict[str, float]:
        return Errors.of(labels, answers).metrics()

    def difference(self, metric: str, labels: Answers, first: Answers, second: Answers) -> Difference:
        truth, one, other = (np.asarray(each, np.float64) for each in (labels, first, second))
        return quality_regression.difference(metric, truth, one, other)

    def no_model(self, metric: str, labels: Answers) -> Answers:
        """Always the number with the smallest error of that kind on the test rows: their median, or their mean."""
        return np.full(len(labels), np.median(labels) if metric == "mae" else np.mean(labels))

    def doubt(self, labels: Answers) -> str | None:
        return f"all {len(labels)} test rows have the same label" if np.ptp(labels) == 0 else None
