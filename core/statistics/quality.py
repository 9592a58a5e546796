"""How good a binary classifier's answers are: accuracy, auc, f1, precision, recall.

The same formulas judge a new model at the gate and a served one in the monitor, so their values can be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

METRICS = ("accuracy", "auc", "f1", "precision", "recall")

Flags = NDArray[np.bool_]
Scores = NDArray[np.float64] | NDArray[np.float32]


def quality(labels: Flags, predicted: Flags, scores: Scores) -> dict[str, float]:
    """All metrics that are defined on these rows; each lies between 0 (worst) and 1 (best).

    With tp, fp, fn, tn = rows by label and answer:

    - accuracy = (tp + tn) / rows
    - precision = tp / (tp + fp), recall = tp / (tp + fn), f1 = 2 tp / (2 tp + fp + fn); 0/0 counts as 0
    - auc: see `auc`; left out where all rows have one label

    No metric is defined on no rows: the answer is empty. Raises ValueError for a score that is NaN.

    >>> found = quality(np.array([1, 1, 0, 0], bool), np.array([1, 0, 0, 0], bool), np.array([0.9, 0.4, 0.3, 0.1]))
    >>> found["accuracy"], found["precision"], found["recall"], round(found["f1"], 3), found["auc"]
    (0.75, 1.0, 0.5, 0.667, 1.0)
    """
    if not len(labels):
        return {}
    tp = float(np.count_nonzero(labels & predicted))
    fp = float(np.count_nonzero(~labels & predicted))
    fn = float(np.count_nonzero(labels & ~predicted))
    metrics = {
        "accuracy": float(np.mean(labels == predicted)),
        "f1": _share(2 * tp, 2 * tp + fp + fn),
        "precision": _share(tp, tp + fp),
        "recall": _share(tp, tp + fn),
    }
    if 0 < tp + fn < len(labels):
        metrics["auc"] = auc(labels, scores)
    return metrics


def auc(labels: Flags, scores: Scores) -> float:
    """Area under the ROC curve: the chance that a row labelled 1 scores above one labelled 0; a tie counts half.

    auc = (mean rank of the rows labelled 1 - (n1 + 1) / 2) / n0, with midranks, n1 rows labelled 1 and n0 labelled 0.
    1 is a perfect order, 0.5 one that knows nothing, 0 the reverse. Raises ValueError for NaN or a single label.

    >>> auc(np.array([0, 0, 1, 1], bool), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75

    Source: Hanley & McNeil, The meaning and use of the area under a ROC curve (1982), its tie to Wilcoxon's statistic.
    """
    ones = int(np.count_nonzero(labels))
    zeros = len(labels) - ones
    if not ones or not zeros:
        raise ValueError(f"auc needs rows of both labels; {ones} of {len(labels)} rows have the label 1")
    return float((midranks(scores)[labels].mean() - (ones + 1) / 2) / zeros)


def midranks(scores: Scores) -> NDArray[np.float64]:
    """Rank of each value from 1 on; equal values share the mean of their ranks. Raises ValueError for NaN.

    >>> midranks(np.array([0.2, 0.7, 0.2, 0.1])).tolist()
    [2.5, 4.0, 2.5, 1.0]
    """
    if np.isnan(scores).any():
        raise ValueError("a score is NaN: it has no rank")
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    middle: NDArray[np.float64] = (last - (sizes - 1) / 2).astype(np.float64)
    return middle[group]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
