"""Groups of rows by one feature: by its categories, or on both sides of its median."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics.baseline import FeatureBaseline
from core.statistics.categories import category
from core.statistics.distances import Floats
from core.statistics.histogram import Histogram

MOST = 20
"""Categories that are told apart, the most frequent of the training set."""
MISSING, OTHER = "missing", "other"


@dataclass(frozen=True, slots=True)
class Groups:
    """Names of the groups by code; the last two are values that are no such category or number, and missing ones."""

    names: tuple[str, ...]
    median: float | None = None

    @classmethod
    def of(cls, feature: FeatureBaseline) -> Groups:
        if isinstance(feature.distribution, Histogram):
            edges, counts = feature.distribution.edges, feature.distribution.counts
            middle = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
            median = float(edges[min(middle, len(edges) - 1)]) if len(edges) else 0.0
            return cls((f"<= {median:g}", f"> {median:g}", OTHER, MISSING), median)
        ordered = sorted(feature.distribution.counts.items(), key=lambda item: (-item[1], item[0]))
        return cls((*sorted(name for name, _ in ordered[:MOST]), OTHER, MISSING))

    def codes(self, values: Floats, texts: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Code of each row's group. `texts`: whether the cell holds a text that is no number, and so no value."""
        missing = np.isnan(values)
        if self.median is not None:
            found = np.where(values <= self.median, 0, 1)
        else:
            known, place = np.unique(values[~missing], return_inverse=True)
            index = {name: code for code, name in enumerate(self.names[:-2])}
            codes = np.array([index.get(category(value), len(self.names) - 2) for value in known.tolist()], np.int64)
            found = np.zeros(len(values), np.int64)
            found[~missing] = codes[place] if len(known) else 0
        nothing = len(self.names) - (1 if texts is None else 1 + texts.astype(np.int64))
        return np.where(missing, nothing, found).astype(np.int64)
