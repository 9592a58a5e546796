"""How good a classifier's answers are where no label is known: what its calibrated scores say of themselves.

A row whose calibrated probability of class k is p_k adds p_k to the count of (label k, the model's answer): that is the
expected confusion matrix. It holds as long as a score means what it meant when it was calibrated. Inputs may move
(P(x)); the relation of inputs to label must not (no concept drift), and scores must come from where they were
calibrated.

Inputs that moved do move the meaning of a score as well, wherever a model is not perfect: of all rows with the score
0.7, others come in now. So the calibration is learned from held-out rows weighed by how much they are like the
window's (`containers.monitor.likeness`), and the interval holds what that moved once more, for weights are learned too
and take the shift in part. docs/estimates.md has the coverage with and without.

Source: confidence-based performance estimation, NannyML's documentation "How CBPE works" and Bialek et al., Estimating
model performance under covariate shift without labels (arXiv 2401.08348), which also has the weights (as PAPE); limits:
Garg et al., Leveraging unlabeled data to predict out-of-distribution performance (arXiv 2201.04234), which proves that
no such estimate is right without an assumption on the shift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics.calibration import Calibration
from core.statistics.confusion import ConfusionMatrix
from core.statistics.distances import Floats
from core.statistics.intervals import Z

DRAWS = 100
"""Labels of all rows that are drawn to see how far a measured value lies from the estimate."""
MOST_SCORES = 4096
"""Scores that are told apart: a hundred draws of a full window take half a second."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric, and the 95 % interval of what labels of the same rows would give."""

    value: float
    low: float
    high: float


def estimate_binary(
    scores: Floats, threshold: float, calibration: Calibration, plain: Calibration | None = None
) -> dict[str, Estimate]:
    """accuracy, precision, recall, f1 and auc of answers that are 1 from `threshold` on; empty without rows.

    `plain`: the calibration of the same rows without weights; the interval is wider by what the weights moved.
    The interval is Z standard deviations of the metric over drawn labels, each set of them under another calibration
    of resampled rows: so it holds the chance in the labels, and what is not known of the calibration. Rows of one score
    are drawn together, and scores in their order: the order of the rows does not matter.
    """
    if not len(scores):
        return {}
    known, counts, said = _together(scores, threshold)
    expected, unweighed = (_expected(known, counts, said, one) for one in (calibration, plain or calibration))
    random = np.random.default_rng(0)
    drawn = []
    for at in range(DRAWS):
        one = calibration.probabilities(known[:, np.newaxis], at % calibration.draws)[:, 0]
        ones = random.binomial(counts, one).astype(float)
        drawn.append(_binary(ones, counts, said, np.zeros(len(known))))
    return _intervals(expected, drawn, unweighed)


def estimate_multiclass(
    probabilities: Floats, calibration: Calibration, plain: Calibration | None = None
) -> dict[str, Estimate]:
    """Accuracy and the weighted metrics of `ConfusionMatrix.multiclass`, of scores [rows, classes]; as for two.

    The answer is the class of the largest score.
    """
    if not len(probabilities):
        return {}
    said = probabilities.argmax(axis=1)
    order = np.lexsort((said, *probabilities.T))
    scores, said = probabilities[order], said[order]
    classes = scores.shape[1]
    expected, unweighed = (_counted(scores, said, one).multiclass() for one in (calibration, plain or calibration))
    random = np.random.default_rng(0)
    drawn = []
    for at in range(calibration.draws):
        upto = calibration.probabilities(scores, at).cumsum(axis=1)
        labels = (random.random((len(scores), 1)) >= upto[:, :-1]).sum(axis=1)
        drawn.append(ConfusionMatrix.of(labels, said, classes).multiclass())
    return _intervals(expected, drawn, unweighed)


def _counted(scores: Floats, said: NDArray[np.int64], calibration: Calibration) -> ConfusionMatrix:
    """Expected counts of labels (lines) and answers."""
    calibrated, classes = calibration.probabilities(scores), scores.shape[1]
    return ConfusionMatrix(np.array([np.bincount(said, calibrated[:, label], classes) for label in range(classes)]))


def _expected(
    known: Floats, counts: NDArray[np.int64], said: NDArray[np.bool_], calibration: Calibration
) -> dict[str, float]:
    """Of rows that share a score, and of one row with itself, no pair of different labels is counted twice."""
    p = calibration.probabilities(known[:, np.newaxis])[:, 0]
    return _binary(p * counts, counts, said, p * (1 - p) * counts)


def _together(scores: Floats, threshold: float) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Different scores, ascending, with their counts, and whether the answer to them is 1; of very many, bins."""
    known, counts = np.unique(scores, return_counts=True)
    said = known.astype(np.float32) >= np.float32(threshold)
    if len(known) > MOST_SCORES:
        bins = (counts.cumsum() - counts) * MOST_SCORES // len(scores) + said  # no bin holds both answers
        first = np.flatnonzero(np.diff(bins, prepend=-1))
        sums, counts = np.add.reduceat(known * counts, first), np.add.reduceat(counts, first)
        known, said = sums / counts, said[first]
    return known, counts, said


def _binary(ones: Floats, counts: NDArray[np.int64], said: NDArray[np.bool_], selves: Floats) -> dict[str, float]:
    """Metrics of `ones` rows labelled 1 of `counts` at each score, ascending; whole numbers or expected ones.

    `selves`: pairs of a row with itself in ones x zeros, which are none.
    """
    zeros = counts - ones
    tp, fp, fn = ones[said].sum(), zeros[said].sum(), ones[~said].sum()
    found = {
        "accuracy": (tp + zeros[~said].sum()) / counts.sum(),
        "f1": _share(2 * tp, 2 * tp + fp + fn),
        "precision": _share(tp, tp + fp),
        "recall": _share(tp, tp + fn),
    }
    pairs = ones.sum() * zeros.sum() - selves.sum()
    if pairs > 1e-9:
        below = zeros.cumsum() - zeros
        found["auc"] = (ones @ below + (ones @ zeros - selves.sum()) / 2) / pairs
    return {name: float(value) for name, value in found.items()}


def _intervals(
    expected: dict[str, float], drawn: list[dict[str, float]], unweighed: dict[str, float]
) -> dict[str, Estimate]:
    found = {}
    for name, value in expected.items():
        half = Z * float(np.std([one[name] for one in drawn if name in one] or [0.0]))
        half += abs(value - unweighed.get(name, value))
        found[name] = Estimate(value, max(0.0, value - half), min(1.0, value + half))
    return found


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
