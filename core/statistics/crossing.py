"""Combinations of several features' groups that are told apart: kept in the baseline, so that every window counts by
the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 20
"""Combinations that are told apart, the most frequent of the training set."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """`kept` are the combinations' places in the table of all, the first feature turning slowest, rising."""

    features: tuple[str, ...]
    kept: tuple[int, ...]

    @classmethod
    def of(cls, features: Sequence[str], codes: Sequence[NDArray[np.int64]], sizes: Sequence[int]) -> Crossing:
        """Of the training set's rows: `codes` of the features' groups, of which the last is that of missing values.

        >>> Crossing.of(["a", "b"], [np.array([0, 1, 1, 2]), np.array([1, 1, 1, 0])], [3, 3]).kept
        (1, 4)
        """
        table = np.ravel_multi_index(tuple(codes), tuple(sizes))
        present = np.all([code < size - 1 for code, size in zip(codes, sizes, strict=True)], axis=0)
        found, counts = np.unique(table[present], return_counts=True)
        frequent = found[np.argsort(-counts, kind="stable")[:MOST]]
        return cls(tuple(features), tuple(sorted(frequent.tolist())))

    def to_value(self) -> dict[str, Any]:
        return {"features": self.features, "kept": self.kept}

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Crossing:
        """
        >>> Crossing.from_value(Crossing(("a", "b"), (1, 4)).to_value())
        Crossing(features=('a', 'b'), kept=(1, 4))
        """
        return cls(tuple(map(str, value["features"])), tuple(map(int, value["kept"])))
