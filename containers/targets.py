"""Labels of a data set, by what the model answers: checked where they come in, kept in a type of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from containers.numbers import LARGEST, number
from core.contracts.problem import BINARY, REGRESSION, Target

Labels = NDArray[np.bool_] | NDArray[np.int64] | NDArray[np.float64]
"""One a row: of a binary problem whether it is 1, of a multiclass one its class, of a regression the number."""


def read_label(target: Target, text: str) -> float:
    """A cell that holds a label: 1 or 0 (also as 1.0), a whole class, or a finite number.

    Raises ValueError for anything else, an empty cell included.

    >>> read_label(Target("multiclass", 3), "2.0"), read_label(Target("regression", 0), "-1.5")
    (2.0, -1.5)
    """
    try:
        value = number(text)
    except ValueError:
        value = math.nan
    if not is_label(target, value):
        raise ValueError(repr(text[:40]))
    return value


def is_label(target: Target, value: float) -> bool:
    """Whether the number is one; NaN never is, nor is what 32 bits do not hold."""
    if target.problem == REGRESSION:
        return abs(value) <= LARGEST
    return 0 <= value < target.classes and value.is_integer()


def as_labels(target: Target, values: Sequence[float] | NDArray[np.float64]) -> Labels:
    """Numbers that are labels, in their type."""
    numbers = np.asarray(values, np.float64)
    if target.problem == REGRESSION:
        return numbers
    return numbers == 1 if target.problem == BINARY else numbers.astype(np.int64)


def written(label: float) -> str:
    """As it stands in a file: read again it is the same number.

    >>> written(True), written(2), written(0.5)
    ('1', '2', '0.5')
    """
    return repr(label) if isinstance(label, float) else str(int(label))


def one_sided(target: Target, labels: Labels, every: bool) -> str | None:
    """Why no model can be trained, or judged, on rows with these labels; None where it can.

    There have to be different labels, and with `every` rows of each class: a class that a model has never seen it
    will never answer.
    """
    if target.problem == BINARY:
        ones = int(labels.sum())
        return None if 0 < ones < len(labels) else f"{ones} have the label 1; rows of both labels are needed"
    known = np.unique(labels)
    if len(known) < 2:
        return f"{len(known)} different labels are found; at least 2 are needed"
    if target.problem == REGRESSION or not every or len(known) == target.classes:
        return None
    missing = sorted(set(range(target.classes)) - set(known.tolist()))
    shown = ", ".join(map(str, missing[:10])) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
    return f"none have the label {shown}; rows of all {target.classes} classes are needed"
