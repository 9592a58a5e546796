"""Rows that are like none of the training set, though each of their values may be usual."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from core.contracts import reports
from core.contracts.reports import Anomalies, Violation
from core.statistics.baseline import Baseline
from core.statistics.checks import REQUEST
from core.statistics.distances import Floats
from core.statistics.intervals import wilson
from core.statistics.nearness import nearest, points
from core.statistics.proportions import excess

NEIGHBOUR = 5
"""A row that some four others are like is still rare."""
USUAL = 0.99
"""Share of the training rows that lie nearer than an anomaly."""
MOST_ROWS = 2000
WORK = 1_000_000_000
"""Products of the numbers of two rows: with more than 250 columns fewer rows are looked at."""
TOLERANCE = 1e-9
"""Of a distance: rows of few different values lie equally far, but for what is rounded."""
ALLOWED = 0.02
"""By so much the share of anomalies may grow before it is told."""
STANDARD_ERRORS = 4
NAMED = 5
"""Features that are told, of those that set the rows apart."""


def anomalies(baseline: Baseline, rows: Floats, least: int, without: frozenset[str] = frozenset()) -> Anomalies | None:
    """`rows` [rows, columns] is a random sample of a window; None where it, or the baseline's, has fewer than `least`.

    A row is an anomaly where its distance to the fifth-nearest training row is larger than that of 99 % of the training
    rows to the fifth-nearest of the others. Both are samples of at most 2,000 rows; `without` names columns that do not
    count. What a distance is: `core.statistics.nearness.Points`.

    Source: Ramaswamy, Rastogi & Shim, Efficient algorithms for mining outliers from large data sets (2000).
    """
    most = min(MOST_ROWS, math.isqrt(WORK // max(1, len(baseline.features))))
    before, now = baseline.sample[:most], rows[:most]
    if min(len(before), len(now)) < max(least, NEIGHBOUR + 1):
        return None
    known, new = points(baseline, before, now, without)
    usual, _ = nearest(known, known, NEIGHBOUR, same=True)
    limit = float(np.quantile(usual, USUAL)) * (1 + TOLERANCE) + TOLERANCE
    distances, closest = nearest(new, known, NEIGHBOUR)
    odd = np.flatnonzero(distances > limit)
    low, high = wilson(len(odd), len(now))
    parts = new.parts(known, odd, closest[odd], len(baseline.units))
    return Anomalies(
        share=len(odd) / len(now),
        low=low,
        high=high,
        baseline=float((usual > limit).mean()),
        rows=len(now),
        trained=len(before),
        features=_apart(parts, [unit.name for unit in baseline.units]),
    )


def anomaly_violation(found: Anomalies | None) -> Iterator[Violation]:
    """More than in training, by more than ALLOWED and beyond chance."""
    if found is None or found.share - found.baseline <= ALLOWED:
        return
    odd, before = round(found.share * found.rows), round(found.baseline * found.trained)
    if excess(odd, found.rows, before, found.trained) > STANDARD_ERRORS:
        named = ", ".join(f"{name} ({part:.0%})" for name, part in found.features.items())
        text = (
            f"{found.share:.1%} of the rows are like none of training (95% interval {found.low:.1%} to "
            f"{found.high:.1%}), against {found.baseline:.1%} there; what sets them apart: {named}"
        )
        yield Violation(REQUEST, reports.ANOMALIES, text)


def _apart(parts: Floats, names: list[str]) -> dict[str, float]:
    """The mean over rows of each feature's part of the whole distance, the largest ones first."""
    whole = parts.sum(axis=1, keepdims=True)
    shares = (parts[whole[:, 0] > 0] / whole[whole > 0][:, None]).mean(axis=0) if whole.any() else np.zeros(len(names))
    order = np.argsort(-shares, kind="stable")[:NAMED]
    return {names[at]: float(shares[at]) for at in order if shares[at] > 0}
