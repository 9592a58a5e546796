"""The model's quality on the rows of a window whose labels are known."""

from __future__ import annotations

from dataclasses import dataclass

from containers.monitor.labels import Labelled
from core.contracts.evaluation import Evaluation
from core.contracts.reports import QualityReport
from core.statistics.intervals import Confusion, quality_interval


@dataclass(frozen=True, slots=True)
class Measured:
    """All metrics, and the counts that they rest on."""

    metrics: dict[str, float]
    """By the names of the managed model-quality report."""
    confusion: Confusion

    def report(self, metric: str, evaluation: Evaluation) -> QualityReport:
        """The watched metric against its value when the model was released.

        Raises LookupError for a metric that the evaluation lacks.
        """
        if metric not in evaluation.metrics:
            raise LookupError(f"evaluation.json has no {metric!r}; it has {', '.join(sorted(evaluation.metrics))}")
        value = self.metrics[metric]
        low, high = quality_interval(metric, value, self.confusion)
        found = self.confusion
        labels = found.true_positives + found.false_positives + found.false_negatives + found.true_negatives
        return QualityReport(metric, value, low, high, evaluation.metrics[metric], labels)
