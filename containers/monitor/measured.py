"""The model's quality on the rows of a window whose labels are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from containers.monitor.labels import Labelled
from core.contracts.evaluation import Evaluation
from core.contracts.reports import QualityReport
from core.statistics.intervals import Confusion, quality_interval
from core.statistics.quality import quality


@dataclass(frozen=True, slots=True)
class Measured:
    """All metrics, and the counts that they rest on."""

    metrics: dict[str, float]
    """By the names of the managed model-quality report."""
    confusion: Confusion
    labels: int

    def report(self, metric: str, evaluation: Evaluation) -> QualityReport | None:
        """The watched metric against its value when the model was released; None where it is not defined on these rows.

        Raises LookupError for a metric that the evaluation lacks.
        """
        if metric not in evaluation.metrics:
            raise LookupError(f"evaluation.json has no {metric!r}; it has {', '.join(sorted(evaluation.metrics))}")
        if metric not in self.metrics:
            return None
        value = self.metrics[metric]
        low, high = quality_interval(metric, value, self.confusion)
        return QualityReport(metric, value, low, high, evaluation.metrics[metric], self.labels)


def measure(labelled: Labelled, threshold: float) -> Measured:
    """The answer is 1 where the probability reaches the threshold, compared as 32-bit numbers, as the server does."""
    said = labelled.probabilities.astype(np.float32) >= np.float32(threshold)
    is_one = labelled.labels
    confusion = Confusion(
        true_positives=int((said & is_one).sum()),
        false_positives=int((said & ~is_one).sum()),
        false_negatives=int((~said & is_one).sum()),
        true_negatives=int((~said & ~is_one).sum()),
    )
    return Measured(quality(is_one, said, labelled.probabilities), confusion, len(is_one))
