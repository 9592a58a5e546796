"""The model's quality on the rows of a window whose labels are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from containers.monitor.labels import Labelled
from containers.monitor.window import Reading
from core.contracts.evaluation import Evaluation
from core.contracts.policy import WatchPolicy
from core.contracts.problem import LEAST_OF_EITHER, MULTICLASS, REGRESSION, Target, limit
from core.contracts.reports import QualityReport, Violation
from core.statistics import managed_quality
from core.statistics.intervals import Confusion, quality_interval
from core.statistics.quality import quality


@dataclass(frozen=True, slots=True)
class Measured:
    """All metrics, and how sure they are."""

    metrics: dict[str, float]
    """By the names of the managed model-quality report."""
    interval: Callable[[str], tuple[float, float]]
    """95 % confidence interval of one of the metrics."""
    labels: int
    matrix: tuple[tuple[int, ...], ...] = ()
    """Counts of labels (lines) and answers (columns); empty of a regression."""

    def report(self, metric: str, evaluation: Evaluation) -> QualityReport | None:
        """The watched metric against its value when the model was released; None where it is `refused`.

        Raises LookupError for a metric that the evaluation lacks.
        """
        if metric not in evaluation.metrics:
            raise LookupError(f"evaluation.json has no {metric!r}; it has {', '.join(sorted(evaluation.metrics))}")
        if self.refused(metric):
            return None
        low, high = self.interval(metric)
        return QualityReport(metric, self.metrics[metric], low, high, evaluation.metrics[metric], self.labels)

    def refused(self, metric: str) -> str:
        """Why a metric is not judged on these rows; empty where it is."""
        rarer = min(map(sum, self.matrix), default=0)
        if metric == "auc" and rarer < LEAST_OF_EITHER:
            return f"{rarer} of the {self.labels} labels are of the rarer class; auc takes {LEAST_OF_EITHER} of either"
        return "" if metric in self.metrics else f"{metric} is not defined on the {self.labels} labelled rows"

    def block(self, target: Target) -> dict[str, Any]:
        """As the managed monitor writes it into `statistics.json`."""
        return managed_quality.statistics(target.problem, self.metrics, self.interval, self.matrix)


def constraint(target: Target, policy: WatchPolicy, evaluation: Evaluation) -> dict[str, Any]:
    """What the watched metric may not pass, by its value when the model was released; as in `constraints.json`."""
    metric, values = policy.quality_metric, evaluation.metrics
    if metric not in values:
        return {}
    return managed_quality.constraints(target.problem, metric, values[metric], policy.quality_drop)


def lost(quality: QualityReport | None, policy: WatchPolicy) -> tuple[Violation, ...]:
    """A loss that is larger than allowed, and that labels show beyond doubt; as the managed monitor says it."""
    if quality is None or quality.loss < policy.quality_drop or not quality.certain:
        return ()
    metric, check = quality.metric, managed_quality.operator(quality.metric)
    found = f"{quality.value:.4g} ({quality.low:.4g} to {quality.high:.4g})"
    most = limit(metric, quality.baseline, policy.quality_drop)
    return (Violation(metric, check, f"Metric {metric} with {found} was {check} '{most:.4g}'"),)


def measure(labelled: Labelled, reading: Reading) -> Measured:
    """By the formulas of the model's problem, which are those of the gate."""
    if reading.target.problem == MULTICLASS:
        return _of_classes(labelled, reading.target.classes)
    return _of_numbers(labelled) if reading.target.problem == REGRESSION else _of_two(labelled, reading)


def _of_two(labelled: Labelled, reading: Reading) -> Measured:
    """The answer is 1 where the probability reaches the threshold, compared as 32-bit numbers, as the server does."""
    said = reading.said(labelled.answers)
    is_one = np.asarray(labelled.labels, np.bool_)
    confusion = Confusion(
        true_positives=int((said & is_one).sum()),
        false_positives=int((said & ~is_one).sum()),
        false_negatives=int((~said & is_one).sum()),
        true_negatives=int((~said & ~is_one).sum()),
    )
    metrics = quality(is_one, said, labelled.answers)
    return Measured(
        metrics,
        lambda metric: quality_interval(metric, metrics[metric], confusion),
        len(is_one),
        (
            (confusion.true_negatives, confusion.false_positives),
            (confusion.false_negatives, confusion.true_positives),
        ),
    )


def _of_classes(labelled: Labelled, classes: int) -> Measured:
    from core.statistics.confusion import ConfusionMatrix
    from core.statistics.quality_multiclass import interval

    found = ConfusionMatrix.of(labelled.labels, labelled.answers, classes)
    matrix = tuple(tuple(line) for line in found.counts.tolist())
    metrics = found.multiclass() if found.rows else {}
    return Measured(metrics, lambda metric: interval(metric, found), found.rows, matrix)


def _of_numbers(labelled: Labelled) -> Measured:
    from core.statistics.quality_regression import interval
    from core.statistics.regression import Errors

    labels, answers = np.asarray(labelled.labels, np.float64), labelled.answers
    found = Errors.of(labels, answers)
    return Measured(found.metrics(), lambda metric: interval(metric, labels, answers), found.rows)
