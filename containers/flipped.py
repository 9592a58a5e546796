"""The flip test of a sample of rows: of all that a bias report tells, the one number that counts cannot give."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from containers.model import TrainedModel
from core.contracts.signature import NUMBERS
from core.fairness.assessment import Measured
from core.fairness.flip_test import (
    DESCRIPTION,
    LEAST,
    NAME,
    TOO_FEW,
    Rows,
    flips,
    most_rows,
    of_categories,
    of_numbers,
)
from core.fairness.groupings import groupings
from core.statistics.baseline import Baseline
from core.statistics.groups import Groups


def flip_tests(
    model: TrainedModel, baseline: Baseline, rows: Rows, seed: int | None = None
) -> Mapping[tuple[str, str], Measured]:
    """By facet and group, intersections too; none of a regression. `rows` [rows, columns of the model] are a random
    sample, of which the first are used; the model answers them anew. Distances are in standard deviations of the
    training set's numbers."""
    signature = model.signature
    if not signature.sensitive or not signature.positive:
        return {}
    names = list(signature.column_names)
    rows = rows[: most_rows(len(names))]
    near = _Distances(model, baseline, rows)
    answers = np.isin(model.labels(model.probabilities(rows)), signature.positive) if len(rows) else np.empty(0, bool)
    groups = {name: Groups.of(baseline.features[names.index(name)]) for name in signature.sensitive}
    codes = {name: found.codes(rows[:, names.index(name)]) for name, found in groups.items()}
    found = {}
    for grouping in groupings(groups, baseline.crossings):
        distances, own = near.without(grouping.features), grouping.codes(codes)
        for code, group in enumerate(grouping.groups):
            facet = own == code
            enough = LEAST <= facet.sum() <= len(rows) - LEAST
            told = flips(distances, facet, answers).measured(seed) if enough else None
            found[grouping.name, group] = told or Measured(NAME, DESCRIPTION, None, error=TOO_FEW)
    return found


class _Distances:
    """Squared distances of rows, by all columns but those of a facet."""

    def __init__(self, model: TrainedModel, baseline: Baseline, rows: Rows) -> None:
        columns = model.signature.columns
        self._sensitive = {column.name for column in columns if column.feature in model.signature.sensitive}
        self._rows, self._sample = rows, baseline.sample
        self._columns = {column.name: (at, column.kind in NUMBERS) for at, column in enumerate(columns)}
        self._all = np.zeros((len(rows), len(rows)))
        for name in self._columns:
            if name not in self._sensitive:
                self._all += self._of(name)

    def without(self, facet: tuple[str, ...]) -> Rows:
        found = self._all.copy()
        for name in sorted(self._sensitive - set(facet)):
            found += self._of(name)
        return found

    def _of(self, name: str) -> Rows:
        at, is_number = self._columns[name]
        if not is_number:
            return of_categories(self._rows[:, at])
        known = self._sample[:, at][~np.isnan(self._sample[:, at])]
        return of_numbers(self._rows[:, at], float(known.mean()), float(known.std())) if len(known) else self._none()

    def _none(self) -> Rows:
        return np.zeros((len(self._rows), len(self._rows)))
