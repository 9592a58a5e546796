"""What the page draws: a feature's distribution in training and in the window, as bars of the same bins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.statistics.categories import Categories
from core.statistics.comparison import Distribution
from core.statistics.distances import Floats
from core.statistics.histogram import Histogram

BARS = 24
MOST_CATEGORIES = 10
WIDTH, HEIGHT = 240.0, 60.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Left edge and width, and the heights of training and window; in the units of the drawing."""

    x: float
    width: float
    before: float
    now: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One feature. `low` and `high` are what is written under the axis."""

    name: str
    bars: tuple[Bar, ...]
    low: str
    high: str


def plot(name: str, before: Distribution, now: Distribution) -> Plot | None:
    """None where there is nothing to draw: nothing was present in training."""
    if isinstance(before, Histogram) and isinstance(now, Histogram):
        if not len(before.edges) or not before.total:
            return None
        labels, p, q = _numbers(before, now)
    elif isinstance(before, Categories) and isinstance(now, Categories):
        labels, p, q = _categories(before, now)
    else:
        raise TypeError(f"{name} is numeric or categorical, in training as in the window")
    if not labels:
        return None
    tallest, step = max(float(p.max()), float(q.max()), 1e-12), WIDTH / len(labels)
    bars = tuple(
        Bar(
            at * step,
            step * 0.9,
            HEIGHT * float(one) / tallest,
            HEIGHT * float(other) / tallest,
            _told(label, one, other),
        )
        for at, (label, one, other) in enumerate(zip(labels, p, q, strict=True))
    )
    return Plot(name, bars, labels[0], labels[-1])


def _told(label: str, before: float, now: float) -> str:
    return f"{label}: {before:.1%} in training, {now:.1%} now"


def _numbers(before: Histogram, now: Histogram) -> tuple[list[str], Floats, Floats]:
    """Few values: a bar each, and one for what lies between two of them. Many: bars of equal width between the
    percentiles, one below and one above them.

    Inside a bin of the histogram the mass is spread evenly.
    """
    edges = before.edges
    gaps = _gaps(edges)
    drawn = ~gaps | (before.counts > 0) | (now.counts > 0)
    if drawn.sum() <= BARS + 1:
        ends = [f"{edge:.4g}" for edge in edges]
        between = [
            f"{low} to {high}" if gap else high for (low, high), gap in zip(pairwise(ends), gaps[1:-1], strict=True)
        ]
        named = np.array([f"up to {ends[0]}", *between, f"over {ends[-1]}"])
        return named[drawn].tolist(), _shares(before.counts)[drawn], _shares(now.counts)[drawn]
    low, high = float(edges[1]), float(edges[-2])
    borders = np.linspace(low, high, BARS + 1)
    labels = [f"{start:.4g} to {end:.4g}" for start, end in pairwise(borders)]
    sides = []
    for side in (before, now):
        below = np.interp(borders, edges, np.cumsum(side.counts)[:-1])
        sides.append(_shares(np.diff(np.concatenate(([0.0], below, [float(side.total)])))))
    return [f"under {low:.4g}", *labels, f"over {high:.4g}"], sides[0], sides[1]


def _gaps(edges: Floats) -> NDArray[np.bool_]:
    """Which bins are gaps below a value that has a bin of its own (`core.statistics.histogram.quantile_edges`)."""
    own = np.nextafter(edges[1:].astype(np.float32), np.float32(-np.inf)) <= edges[:-1]
    gaps = np.zeros(len(edges) + 1, bool)
    gaps[1:-2] = own[1:] & ~own[:-1]
    return gaps


def _categories(before: Categories, now: Categories) -> tuple[list[str], Floats, Floats]:
    """The most frequent of either side, then all others together."""
    p, q = before.total or 1, now.total or 1
    size = {
        name: max(before.counts.get(name, 0) / p, now.counts.get(name, 0) / q)
        for name in {**before.counts, **now.counts}
    }
    shown = sorted(sorted(size), key=lambda name: -size[name])[:MOST_CATEGORIES]
    sides = [np.array([side.counts.get(name, 0) / whole for name in shown]) for side, whole in ((before, p), (now, q))]
    rest = [1 - float(side.sum()) if found.total else 0.0 for side, found in zip(sides, (before, now), strict=True)]
    if max(rest, default=0.0) > 1e-9:
        return [*shown, "others"], np.append(sides[0], rest[0]), np.append(sides[1], rest[1])
    return shown, sides[0], sides[1]


def _shares(counts: Floats | np.ndarray) -> Floats:
    whole = float(counts.sum())
    return np.asarray(counts / whole if whole else np.zeros(len(counts)), float)
