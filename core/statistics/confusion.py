"""How good a classifier's answers are, from the counts of labels and answers: of two classes or of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
"""Names of the managed model-quality report, by beta: how much more recall counts than precision."""


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionMatrix:
    """`counts[label, answer]` of classes 0 to k - 1. Matrices of parts add up.

    >>> found = ConfusionMatrix.of([0, 0, 0, 1], [0, 1, 1, 1], classes=2)
    >>> found.counts.tolist(), found.accuracy, round(found.precision(1), 4), found.recall(1)
    ([[1, 2], [0, 1]], 0.5, 0.3333, 1.0)
    """

    counts: NDArray[np.int64]

    @classmethod
    def of(cls, labels: ArrayLike, answers: ArrayLike, classes: int) -> ConfusionMatrix:
        """Raises ValueError for a class that is not below `classes`."""
        pairs = np.stack((np.asarray(labels, np.int64), np.asarray(answers, np.int64)))
        if pairs.size and not (pairs.min() >= 0 and pairs.max() < classes):
            raise ValueError(f"a class lies between {pairs.min()} and {pairs.max()}; accepted: 0 to {classes - 1}")
        counted = np.bincount(pairs[0] * classes + pairs[1], minlength=classes * classes)
        return cls(counted.reshape(classes, classes))

    def __add__(self, other: ConfusionMatrix) -> ConfusionMatrix:
        return ConfusionMatrix(self.counts + other.counts)

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def accuracy(self) -> float:
        """Share of right answers; 0 without rows."""
        return _share(np.trace(self.counts), self.counts.sum())

    def precision(self, of: int) -> float:
        """Of the answers `of`, the share that is right; 0 where there is none."""
        return _share(self.counts[of, of], self.counts[:, of].sum())

    def recall(self, of: int) -> float:
        """Of the labels `of`, the share that was answered; 0 where there is none."""
        return _share(self.counts[of, of], self.counts[of].sum())

    def f_beta(self, of: int, beta: float) -> float:
        """(1 + b^2) precision recall / (b^2 precision + recall); 0 where both are."""
        precision, recall = self.precision(of), self.recall(of)
        return _share((1 + beta**2) * precision * recall, beta**2 * precision + recall)

    def binary(self) -> dict[str, float]:
        """The managed report's `binary_classification_metrics` that need counts alone; class 1 is positive."""
        positive, negative = self.recall(1), self.recall(0)
        return {
            "accuracy": self.accuracy,
            "precision": self.precision(1),
            "recall": positive,
            **{name: self.f_beta(1, beta) for name, beta in BETAS.items()},
            "true_positive_rate": positive,
            "false_negative_rate": _share(self.counts[1, 0], self.counts[1].sum()),
            "true_negative_rate": negative,
            "false_positive_rate": _share(self.counts[0, 1], self.counts[0].sum()),
        }

    def multiclass(self) -> dict[str, float]:
        """The managed report's `multiclass_classification_metrics`: means over classes, weighted by labels."""
        weights = self.counts.sum(axis=1)

        def weighted(values: list[float]) -> float:
            return _share(float(np.dot(weights, values)), float(weights.sum()))

        classes = range(len(self.counts))
        return {
            "accuracy": self.accuracy,
            "weighted_precision": weighted([self.precision(of) for of in classes]),
            "weighted_recall": weighted([self.recall(of) for of in classes]),
            **{f"weighted_{name}": weighted([self.f_beta(of, beta) for of in classes]) for name, beta in BETAS.items()},
        }


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
