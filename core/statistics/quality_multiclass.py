"""How good the answers of a classifier of many classes are, how sure that is, and how much better another one's are.

All metrics are functions of the counts of labels and answers, so drawing rows with replacement is drawing counts: the
bootstrap intervals cost the same for any number of rows with the same counted cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.contracts.problem import MULTICLASS, QUALITY_METRICS
from core.statistics.confusion import BETAS, ConfusionMatrix
from core.statistics.intervals import wilson
from core.statistics.paired import CONFIDENCE, RESAMPLES, SEED, Difference, accuracy_difference

METRICS = QUALITY_METRICS[MULTICLASS]
PROPORTIONS = frozenset({"accuracy", "weighted_recall"})
"""Recall weighted by labels is the share of right answers."""
TOGETHER = 500
"""Draws that are counted at once, which bounds the memory."""

Classes = NDArray[np.int64]
Floats = NDArray[np.float64]


def interval(metric: str, matrix: ConfusionMatrix) -> tuple[float, float]:
    """95 % interval of a metric, given the counts it was computed from.

    Of accuracy and weighted recall, which are proportions, Wilson's; of the others the percentile interval of a
    bootstrap with a fixed seed, from the counted rows and two answers more: one right, of a class as often as it was
    answered, and one wrong, of any. So it has a width even where every answer is right, and knows of errors that are
    too rare to have been seen; the plain bootstrap of a window's few rows holds the truth far less often than 95 %.
    Without rows it is everything. Raises ValueError for an unknown metric.

    >>> matrix = ConfusionMatrix.of([0, 1, 2] * 30, [0, 1, 2] * 20 + [0, 1, 1] * 10, classes=3)
    >>> [round(bound, 2) for bound in interval("accuracy", matrix)]
    [0.81, 0.94]

    Sources: Efron & Tibshirani, An introduction to the bootstrap (1993), chapter 13; the rows more as in Agresti &
    Coull, Approximate is better than "exact" for interval estimation of binomial proportions (1998), who add two each.
    """
    _check(metric)
    if metric in PROPORTIONS:
        return wilson(int(np.trace(matrix.counts)), matrix.rows)
    if not matrix.rows:
        return 0.0, 1.0
    labels, answers = np.nonzero(matrix.counts)
    counts, cells = matrix.counts[labels, answers], _Cells(labels, answers, len(matrix.counts))
    value = float(_metric(metric, cells.sums(counts[np.newaxis].astype(np.float64)))[0])
    low, high = _percentiles(np.concatenate([_metric(metric, sums) for sums in _smoothed(matrix, cells)]))
    return min(value, low), max(value, high)


def difference(metric: str, labels: Classes, first: Classes, second: Classes, classes: int) -> Difference:
    """A metric of the first classifier's answers minus that of the second's to the same rows, with a 95 % interval.

    Of accuracy and weighted recall as `core.statistics.paired.accuracy_difference`; of the others a paired bootstrap:
    the cells of label, first and second answer are drawn together. Raises ValueError for an unknown metric.
    """
    _check(metric)
    if metric in PROPORTIONS:
        return accuracy_difference(labels == first, labels == second)
    codes, counts = np.unique((labels * classes + first) * classes + second, return_counts=True)
    of_label, of_first, of_second = codes // classes**2, codes // classes % classes, codes % classes
    ones, others = _Cells(of_label, of_first, classes), _Cells(of_label, of_second, classes)

    def between(part: Floats) -> Floats:
        return ones.value(metric, part) - others.value(metric, part)

    point = float(between(counts[np.newaxis].astype(np.float64))[0])
    return Difference(point, *_percentiles(np.concatenate([between(part) for part in _draws(counts)])))


class _Cells:
    """Which class each counted cell has as its label and as its answer, as matrices that sum draws by class."""

    def __init__(self, labels: NDArray[np.intp], answers: NDArray[np.intp], classes: int) -> None:
        known = np.arange(classes)
        self._labels = (labels[:, np.newaxis] == known).astype(np.float64)
        self._answers = (answers[:, np.newaxis] == known).astype(np.float64)
        self._right = self._labels * self._answers

    def value(self, metric: str, draws: Floats) -> Floats:
        """The metric of each line of counts [draws, cells]."""
        return _metric(metric, self.sums(draws))

    def sums(self, draws: Floats) -> _Sums:
        return _Sums(draws @ self._labels, draws @ self._answers, draws @ self._right)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Rows by class, each [draws, classes]."""

    labels: Floats
    answers: Floats
    right: Floats


def _metric(metric: str, of: _Sums) -> Floats:
    """One number a draw."""
    if metric == "weighted_precision":
        by_class = _shares(of.right, of.answers)
    else:  # (1 + b^2) right / (b^2 labels + answers) is the same as by precision and recall
        square = BETAS[metric.removeprefix("weighted_")] ** 2
        by_class = _shares((1 + square) * of.right, square * of.labels + of.answers)
    found: Floats = (by_class * of.labels).sum(axis=1) / of.labels.sum(axis=1)
    return found


def _draws(counts: NDArray[np.int64]) -> Iterator[Floats]:
    random = np.random.default_rng(SEED)
    rows = int(counts.sum())
    for _ in range(RESAMPLES // TOGETHER):
        yield random.multinomial(rows, counts / rows, size=TOGETHER).astype(np.float64)


def _smoothed(matrix: ConfusionMatrix, cells: _Cells) -> Iterator[_Sums]:
    """As many rows as were counted, from these and the two that are added."""
    random = np.random.default_rng(SEED)
    rows, weights = matrix.rows, np.append(matrix.counts[matrix.counts > 0], (1, 1))
    classes, answered = len(matrix.counts), matrix.counts.sum(axis=0) / matrix.rows
    for _ in range(RESAMPLES // TOGETHER):
        drawn = random.multinomial(rows, weights / weights.sum(), size=TOGETHER)
        sums = cells.sums(drawn[:, :-2].astype(np.float64))
        right, wrong = (np.repeat(np.arange(TOGETHER), times) for times in (drawn[:, -2], drawn[:, -1]))
        of_right = random.choice(classes, size=len(right), p=answered)
        for counted in (sums.labels, sums.answers, sums.right):
            np.add.at(counted, (right, of_right), 1)
        label = random.integers(classes, size=len(wrong))
        np.add.at(sums.labels, (wrong, label), 1)
        np.add.at(sums.answers, (wrong, (label + random.integers(1, classes, size=len(wrong))) % classes), 1)
        yield sums


def _percentiles(values: Floats) -> tuple[float, float]:
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(values, [tail, 100 - tail]).tolist()
    return low, high


def _shares(part: Floats, whole: Floats) -> Floats:
    """0/0 counts as 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _check(metric: str) -> None:
    if metric not in METRICS:
        raise ValueError(f"no comparison is known for {metric!r}; it is for {', '.join(METRICS)}")
