"""Rows that the model never saw, with their labels: by those that are like a window's, quality is estimated there."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.statistics.distances import Floats
from core.statistics.keys import hashed, numbered
from core.statistics.sample import Sample

MOST = 2000
"""Rows that are kept; of more, a random sample."""
LEAST_WORTH = 100
"""Rows without weights that the weighed ones must be worth."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Some of the test set."""

    rows: Floats
    """One column a feature, in 32 bits; NaN where a value is missing."""
    labels: Floats
    """Classes, or numbers."""

    @classmethod
    def of(cls, rows: Floats, labels: Floats) -> Held:
        """The same ones whatever else is held."""
        keys = numbered(hashed(["held"]).repeat(len(rows)), np.arange(len(rows)))
        kept = Sample.of(keys, np.column_stack((rows, labels)).astype(np.float32).astype(np.float64), MOST)
        return cls(kept.rows[:, :-1], kept.rows[:, -1])

    def to_value(self) -> dict[str, Any]:
        table = np.column_stack((self.rows, self.labels)).astype("<f4")
        return {"columns": table.shape[1], "rows": b64encode(table.tobytes()).decode()}

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Held:
        """Raises ValueError where the numbers are no table of so many columns."""
        table = np.frombuffer(b64decode(value["rows"]), "<f4").astype(float).reshape(-1, int(value["columns"]))
        return cls(table[:, :-1], table[:, -1])


def worth(weights: Floats) -> float:
    """(sum w)^2 / sum w^2: how many rows without weights tell as much.

    >>> worth(np.ones(50)), worth(np.array([1.0, 0.0, 0.0]))
    (50.0, 1.0)

    Source: Kish, Survey Sampling (1965), section 11.7.
    """
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0
