"""The flip test over a sample: by distances that several facets share, with how sure it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fairness.flip_test import MOST_WORK, Flips, flip_test, flips, most_rows, of_categories, of_numbers


def random_rows(seed: int, rows: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    facet = random.random(rows) < 0.4
    facet[:2] = True, False
    return random.normal(size=(rows, 3)), facet, random.random(rows) < 0.5


@given(st.integers(0, 200), st.integers(4, 60))
def test_each_row_asks_its_nearest_rows_of_the_rest(seed: int, count: int) -> None:
    rows, facet, answers = random_rows(seed, count)
    rest = np.flatnonzero(~facet)
    votes = 5 if len(rest) > 9 else 1
    lost = gained = 0
    for at in np.flatnonzero(facet):
        nearest = sorted(rest, key=lambda other, at=at: float(((rows[at] - rows[other]) ** 2).sum()))[:votes]
        other = sum(answers[nearest]) * 2 > votes
        lost, gained = lost + (answers[at] and not other), gained + (not answers[at] and other)
    assert flip_test(rows, facet, answers) == pytest.approx((lost - gained) / facet.sum())


def test_columns_add_up_to_the_distances_of_whole_rows() -> None:
    rows, facet, answers = random_rows(1)
    distances = sum(of_numbers(column, 0.0, 1.0) for column in rows.T)
    assert flips(distances, facet, answers).value == flip_test(rows, facet, answers)


def test_numbers_count_in_deviations_and_categories_as_columns_of_their_own() -> None:
    assert of_numbers(np.array([10.0, 30.0, np.nan]), 10.0, 10.0).tolist() == [[0, 4, 0], [4, 0, 4], [0, 4, 0]]
    assert of_numbers(np.array([3.0, 3.0]), 3.0, 0.0).tolist() == [[0, 0], [0, 0]]
    values = np.array([1.0, 2.0, np.nan, 1.0])
    of = of_categories(values)
    assert of[0].tolist() == [0, 2, 2, 0]
    assert of[2, 2] == 0
    one_hot = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
    assert (of == ((one_hot[:, None] - one_hot) ** 2).sum(axis=2)).all()


def test_rows_of_which_all_are_answered_otherwise_leave_a_doubt() -> None:
    one = Flips(0, 30, 0).measured(seed=0)
    assert one.low is not None
    assert one.value is not None
    assert 0.8 < one.low < 0.97, "of 30 rows, a tenth may be otherwise"
    assert one.value == one.high == 1


def test_the_interval_holds_the_value_and_narrows_with_the_rows() -> None:
    few, many = Flips(10, 25, 65).measured(seed=0), Flips(1000, 2500, 6500).measured(seed=0)
    assert (few.value, many.value) == (0.15, 0.15)
    assert None not in (few.low, few.high, many.low, many.high)
    assert few.low < 0.15 < few.high
    assert many.high - many.low < (few.high - few.low) / 5
    assert Flips(10, 25, 65).measured().low is None


@given(st.integers(1, 20_000))
def test_the_work_is_bounded_however_many_columns_there_are(columns: int) -> None:
    assert most_rows(columns) ** 2 * columns <= MOST_WORK
