"""What every model can do, whatever framework made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.attribution.ensemble import TreeEnsemble
from core.contracts.explaining import Method
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem, Target

Rows = NDArray[np.float64] | NDArray[np.float32]
Floats = NDArray[np.float64]
Scores = NDArray[np.float32]

ROUNDED = np.float32(1e-4)
SURE, SURER = 1e-5, 1e-12
"""Nearer to 1 a 32-bit probability tells its log-odds badly (1 - p within 0.6 %), so these stay within +-11.5; of a
64-bit one, or where the other classes' probabilities are known, within +-27.6."""


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """What each column, or feature, adds to each output; `expected` is what they add to."""

    values: Floats
    """[rows, outputs, columns]. Of a row they and `expected` sum to its margin, except by LIME."""
    expected: Floats
    """[outputs]: the margin that is expected of a row of which nothing is known."""


Scale = Literal["margin", "log_odds", "score"]


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

    @property
    def scale(self) -> Scale:
        """Of its margins."""

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
    """Of one probability a row, or of all classes' [rows, classes]: there the others tell 1 - p better than p does.

    >>> log_odds(np.array([0.5, 1.0], np.float32)).round(2).tolist()
    [0.0, 11.51]
    >>> log_odds(np.array([[0.5, 0.25, 0.25]])).round(2).tolist()
    [[0.0, -1.1, -1.1]]
    """
    told = probabilities.astype(np.float64)
    if told.ndim == 1:
        sure = SURER if probabilities.dtype == np.float64 else SURE
        told = np.clip(told, sure, 1 - sure)
        return np.asarray(np.log(told / (1 - told)))
    others = told.sum(axis=1, keepdims=True) - told
    return np.asarray(np.log(np.maximum(told, SURER)) - np.log(np.maximum(others, SURER)))


def scale_of(problem: Problem) -> Scale:
    """Of a model that tells its answers alone."""
    return "score" if problem == REGRESSION else "log_odds"


def margins_of(scores: NDArray[Any], problem: Problem) -> Floats:
    """Of the same, [rows, outputs]."""
    told = scores.astype(np.float64) if problem == REGRESSION else log_odds(scores)
    return told if problem == MULTICLASS else told[:, None]


def shaped(found: Any, target: Target) -> Any:
    """A framework's answers, an array of numpy or a tensor, in the form of `Predictor.scores`: a column alone is taken
    for a vector, and of the probabilities of two classes the second. What has none of these forms stays as it is.

    >>> shaped(np.array([[0.3, 0.7]]), Target()).tolist()
    [0.7]
    """
    if found.ndim == 2 and target.problem != MULTICLASS:
        if found.shape[1] == 1:
            found = found[:, 0]
        elif found.shape[1] == 2 and target.problem == BINARY:
            found = found[:, 1]
    return found


def answers(found: NDArray[Any], target: Target) -> Scores:
    """`shaped`, with probabilities that miss 0 or 1 by what 32 bits lose in a forest's sum taken for these.

    >>> answers(np.array([1.0000004, 0.5, 7.0]), Target()).tolist()
    [1.0, 0.5, 7.0]
    """
    scores = np.ascontiguousarray(shaped(found, target), np.float32)
    if target.problem == REGRESSION:
        return scores
    kept = np.clip(scores, 0, 1)
    return np.where(np.abs(scores - kept) < ROUNDED, kept, scores)
