"""What every model can do, whatever framework made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.attribution.ensemble import TreeEnsemble
from core.contracts.explaining import Method
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem, Target

Rows = NDArray[np.float64] | NDArray[np.float32]
Floats = NDArray[np.float64]
Scores = NDArray[np.float32]

SURE = 1e-6
"""Nearer to 1 a 32-bit probability tells its log-odds badly (1 - p within 6 %), so these stay within +-13.8."""


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """What each column, or feature, adds to each output; `expected` is what they add to."""

    values: Floats
    """[rows, outputs, columns]. Of a row they and `expected` sum to its margin, except by LIME."""
    expected: Floats
    """[outputs]: the margin that is expected of a row of which nothing is known."""


class Predictor(Protocol):
    """A model over rows [rows, columns] of 32-bit or 64-bit numbers, NaN where a value is missing.

    Trees take missing values as they learned to; any other model gets the NaN and has to put something in its place
    itself, or it answers NaN.
    """

    @property
    def file(self) -> str:
        """What it is called in an archive."""

    @property
    def columns(self) -> int | None:
        """How many it takes; None where it does not say."""

    @property
    def rounds(self) -> int:
        """Trees of each output; 0 of a model that is none of trees."""

    @property
    def needs_background(self) -> bool:
        """Whether rows that stand for "nothing is known" are needed to explain it."""

    def content(self) -> bytes:
        """Of `file`."""

    def scores(self, rows: Rows) -> Scores:
        """Probabilities [rows] of the positive class or [rows, classes], or the scores [rows] of a regression.

        Raises ValueError where it cannot answer.
        """

    def margins(self, rows: Rows) -> Floats:
        """What contributions add up to, [rows, outputs]: of trees their sum before the link function; of other models
        the log-odds of each probability; of a regression the score."""

    def contributions(self, rows: Rows, outputs: Sequence[int], background: Floats | None, by: Method) -> Contributions:
        """Of these outputs, in their order. `by` says how where the answers are all that is known of a model.

        Raises ValueError where they cannot be found.
        """

    def ensemble(self) -> TreeEnsemble:
        """Its trees as arrays. Raises NotCovered for a model that they cannot express."""

    def method(self, by: Method) -> str:
        """What `contributions` does, in one word."""


def log_odds(probabilities: NDArray[Any]) -> Floats:
    """
    >>> log_odds(np.array([0.5, 1.0])).round(2).tolist()
    [0.0, 13.82]
    """
    kept = np.clip(probabilities.astype(np.float64), SURE, 1 - SURE)
    return np.asarray(np.log(kept / (1 - kept)))


def margins_of(scores: Scores, problem: Problem) -> Floats:
    """Of a model that tells its answers alone: [rows, outputs]."""
    told = scores.astype(np.float64) if problem == REGRESSION else log_odds(scores)
    return told if problem == MULTICLASS else told[:, None]


def shaped(found: NDArray[Any], target: Target) -> Scores:
    """A framework's answers in the form of `Predictor.scores`: a column alone is taken for a vector, and of the
    probabilities of two classes the second. What has none of these forms stays as it is.

    >>> shaped(np.array([[0.3, 0.7]]), Target()).tolist()
    [0.699999988079071]
    """
    if found.ndim == 2 and target.problem != MULTICLASS:
        if found.shape[1] == 1:
            found = found[:, 0]
        elif found.shape[1] == 2 and target.problem == BINARY:
            found = found[:, 1]
    return np.asarray(found, np.float32)
