"""All that is kept of one column of a data set or window. Summaries of parts add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.statistics.categories import LONGEST, Categories, category
from core.statistics.distances import Floats
from core.statistics.fences import NOTHING, Beyond, Fences
from core.statistics.frequent import Frequent
from core.statistics.histogram import COMPILED, Histogram
from core.statistics.moments import Moments
from core.statistics.sketch import Sketch


@dataclass(frozen=True, slots=True)
class Presence:
    """What the cells of a column hold, before any number is looked at."""

    missing: int = 0
    integral: int = 0
    fractional: int = 0
    texts: int = 0
    """Neither missing nor a finite number."""
    negative: int = 0
    """Of the numbers of a numeric column; categories are not counted."""

    @classmethod
    def of(cls, values: Floats, texts: int) -> Presence:
        present = values[~np.isnan(values)]
        integral = int((present == np.floor(present)).sum())
        negative = int((present < 0).sum())
        return cls(len(values) - len(present) - texts, integral, len(present) - integral, texts, negative)

    def __add__(self, other: Presence) -> Presence:
        return Presence(
            self.missing + other.missing,
            self.integral + other.integral,
            self.fractional + other.fractional,
            self.texts + other.texts,
            self.negative + other.negative,
        )

    @property
    def rows(self) -> int:
        return self.missing + self.integral + self.fractional + self.texts

    @property
    def numbers(self) -> int:
        return self.integral + self.fractional


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """A column of numbers. A text cannot be used by the model, so it counts as absent; `presence` tells how many."""

    presence: Presence
    moments: Moments
    sketch: Sketch
    frequent: Frequent
    histogram: Histogram
    """Over the edges that the column was counted with: none for a first pass."""
    beyond: Beyond = NOTHING
    """The fences that it was counted with, if any."""

    @classmethod
    def of(cls, values: Floats, texts: Sequence[str], edges: Floats, fences: Fences | None = None) -> NumericColumn:
        """`values` [rows] with NaN where there is no number; `texts` is what the others hold, where they do."""
        return cls(
            Presence.of(values, len(texts)),
            Moments.of(values),
            Sketch.of(values),
            Frequent.of(values),
            Histogram.of(edges, values),
            Beyond.of(values, fences),
        )

    def __add__(self, other: NumericColumn) -> NumericColumn:
        return NumericColumn(
            self.presence + other.presence,
            self.moments + other.moments,
            self.sketch + other.sketch,
            self.frequent + other.frequent,
            self.histogram + other.histogram,
            self.beyond + other.beyond,
        )

    @property
    def present(self) -> int:
        return self.presence.numbers

    @property
    def completeness(self) -> float:
        """Share of the rows that hold a number; 1 without rows."""
        return self.present / self.presence.rows if self.presence.rows else 1.0


@dataclass(frozen=True, slots=True)
class CategoricalColumn:
    """A column of categories, written as numbers; a text is a category of its own."""

    presence: Presence
    categories: Categories = field(default_factory=Categories)

    @classmethod
    def of(
        cls,
        values: Floats,
        texts: Sequence[str],
        name: Callable[[float], str] = category,
        known: frozenset[str] | None = None,
    ) -> CategoricalColumn:
        """`known`: the categories of the training set; None where this is a training set, which is counted at once."""
        found, counts = _tallied(values)
        names = [name(number) for number in found.tolist()]
        named = dict(zip(names, counts.tolist(), strict=True))
        if texts or len(named) < len(names):  # several of one name
            named = Counter(text[:LONGEST] for text in texts)
            for each, count in zip(names, counts.tolist(), strict=True):
                named[each] += count
        present, integral = int(counts.sum()), int(counts[found == np.floor(found)].sum())
        presence = Presence(len(values) - present - len(texts), integral, present - integral, len(texts))
        return cls(presence, Categories.described(named) if known is None else Categories.counted(named, known))

    def __add__(self, other: CategoricalColumn) -> CategoricalColumn:
        return CategoricalColumn(self.presence + other.presence, self.categories + other.categories)

    @property
    def present(self) -> int:
        return self.presence.numbers + self.presence.texts

    @property
    def completeness(self) -> float:
        """Share of the rows that hold a category; 1 without rows."""
        return self.present / self.presence.rows if self.presence.rows else 1.0


def _tallied(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """The numbers that occur, rising, and how often each does."""
    if len(values) >= COMPILED:
        from core.statistics.whole_numbers import tally

        if (told := tally(values)) is not None:
            return told
    found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    return found, counts


Column = NumericColumn | CategoricalColumn
