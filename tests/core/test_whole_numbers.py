"""The compiled tally of whole numbers is what sorting them tells, and it counts nothing that it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.statistics.column import CategoricalColumn
from core.statistics.histogram import COMPILED
from core.statistics.whole_numbers import SIZE, tally

WHOLE = st.one_of(st.integers(0, SIZE - 1).map(float), st.sampled_from([0.0, -0.0, float(SIZE - 1), float("nan")]))
BEYOND = st.sampled_from([-1.0, 0.5, float(SIZE), float("inf"), float("-inf"), 1e300, 5e-324, SIZE - 1 + 2.0**-20])


@settings(deadline=None)
@given(arrays(np.float64, st.integers(0, 1200), elements=WHOLE))
def test_whole_numbers_are_counted_as_by_sorting(values: np.ndarray) -> None:
    found = tally(values)
    assert found is not None
    for mine, sorted_ones in zip(found, np.unique(values[~np.isnan(values)], return_counts=True), strict=True):
        assert mine.tolist() == sorted_ones.tolist()


@settings(deadline=None)
@given(arrays(np.float64, st.integers(1, 1200), elements=WHOLE), BEYOND, st.data())
def test_one_other_number_and_nothing_is_told(values: np.ndarray, other: float, data: st.DataObject) -> None:
    values[data.draw(st.integers(0, len(values) - 1))] = other
    assert tally(values) is None


@pytest.mark.parametrize("other", [1.0, float(SIZE), 0.5, float("nan")])
def test_a_column_counts_many_categories_as_it_counts_few(other: float) -> None:
    values = np.random.default_rng(0).integers(0, 50, COMPILED + 10).astype(float)
    values[::100] = np.nan
    values[5], texts = other, ["x", "x", "y"]
    values[:3] = np.nan  # where the texts are
    half = COMPILED // 2
    both = CategoricalColumn.of(values[:half], texts) + CategoricalColumn.of(values[half:], [])
    whole = CategoricalColumn.of(values, texts)
    assert (whole.presence, whole.categories) == (both.presence, both.categories)
