"""Rows that are like none of training: what counts as far, and how many of them are beyond chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contracts import reports
from core.statistics.anomalies import MOST_ROWS, anomalies, anomaly_violation
from core.statistics.baseline import Baseline, FeatureBaseline, WholeBaseline
from core.statistics.categories import Categories
from core.statistics.histogram import Histogram
from core.statistics.nearness import nearest, points

NOTHING = Histogram.of([])
LEAST = 100


def feature(name: str, kind: str = "numeric") -> FeatureBaseline:
    held = Categories({}) if kind in ("categorical", "boolean", "language") else NOTHING
    return FeatureBaseline(name, kind, 1.0, held, None, None, 1.0, NOTHING, 0.1)  # type: ignore[arg-type]


def families(rows: int, seed: int) -> np.ndarray:
    """Age, children, and where they live: who is young has no children."""
    random = np.random.default_rng(seed)
    age = random.uniform(0, 90, rows)
    children = np.where(age < 18, 0, random.integers(0, 6, rows))
    return np.column_stack((age, children, random.integers(0, 3, rows))).astype(np.float32).astype(np.float64)


BASELINE = Baseline(
    4000, (feature("age"), feature("children"), feature("town", "categorical")), NOTHING, sample=families(2000, 0)
)

SMALL = replace(BASELINE, sample=families(400, 0))


def with_children_of_five(rows: np.ndarray, many: int) -> np.ndarray:
    changed = rows.copy()
    changed[:many, 0], changed[:many, 1] = np.linspace(1, 6, many), 3
    return changed


def told(rows: np.ndarray, baseline: Baseline = BASELINE) -> list[reports.Violation]:
    return list(anomaly_violation(anomalies(baseline, rows, LEAST)))


def test_rows_as_in_training_hold_as_many_anomalies_as_training() -> None:
    found = anomalies(BASELINE, families(2000, 1), LEAST)
    assert found is not None
    assert found.low <= 0.01 <= found.high
    assert found.baseline <= 0.01
    assert (found.rows, found.trained) == (2000, 2000)
    assert told(families(2000, 1)) == []


def test_values_that_are_usual_alone_and_never_occurred_together_are_anomalies() -> None:
    found = anomalies(BASELINE, with_children_of_five(families(1000, 2), 50), LEAST)
    assert found is not None
    assert found.share >= 0.05
    assert list(found.features)[:1] in (["age"], ["children"])
    assert "town" not in list(found.features)[:1]
    (violation,) = told(with_children_of_five(families(1000, 2), 50))
    assert violation.check == reports.ANOMALIES
    assert "age" in violation.description


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100), st.integers(0, 100))
def test_more_anomalies_are_never_told_as_fewer(some: int, more: int) -> None:
    rows = families(200, 3)
    fewer, many = (with_children_of_five(rows, count) for count in (some, some + more))
    shares = [found.share for found in (anomalies(SMALL, each, LEAST) for each in (fewer, many)) if found]
    assert shares[0] <= shares[1]
    assert len(told(fewer, SMALL)) <= len(told(many, SMALL))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    rows = with_children_of_five(families(200, 4), 20)
    order = np.random.default_rng(seed).permutation(len(rows))
    whole, shuffled = anomalies(SMALL, rows, LEAST), anomalies(SMALL, rows[order], LEAST)
    assert whole is not None
    assert shuffled is not None
    assert whole.features == pytest.approx(shuffled.features)
    assert replace(whole, features={}) == replace(shuffled, features={})


def test_rows_of_few_different_values_lie_equally_far_and_are_none() -> None:
    """The largest distance of training is that of many rows: it is not exceeded by rounding."""
    random = np.random.default_rng(5)
    draw = lambda rows: random.integers(0, 3, (rows, 4)).astype(float)  # noqa: E731
    baseline = replace(BASELINE, features=tuple(feature(f"n{at}") for at in range(4)), sample=draw(1500))
    found = anomalies(baseline, draw(1000), LEAST)
    assert found is not None
    assert found.share == found.baseline == 0


def test_few_rows_prove_nothing() -> None:
    assert anomalies(BASELINE, families(LEAST - 1, 6), LEAST) is None
    assert anomalies(replace(BASELINE, sample=np.empty((0, 3))), families(500, 6), LEAST) is None
    assert told(families(LEAST - 1, 6)) == []


def test_no_more_rows_are_looked_at_than_cost_allows() -> None:
    found = anomalies(BASELINE, families(MOST_ROWS + 500, 7), LEAST)
    assert found is not None
    assert found.rows == MOST_ROWS
    wide = tuple(feature(f"n{at}") for at in range(4000))
    rows = np.random.default_rng(8).normal(size=(600, 4000))
    many = anomalies(replace(BASELINE, features=wide, sample=rows), rows, LEAST)
    assert many is not None
    assert many.rows == 500


class TestDistance:
    def plain(self, before: np.ndarray, now: np.ndarray, kinds: list[str]) -> np.ndarray:
        """As the definition says it, number by number."""
        found = np.zeros((len(now), len(before)))
        for at, kind in enumerate(kinds):
            column = before[:, at]
            spread, mean = np.nanstd(column), np.nanmean(column)
            for i, mine in enumerate(now[:, at]):
                for j, theirs in enumerate(column):
                    gone = np.isnan(mine), np.isnan(theirs)
                    if kind == "numeric":
                        one, other = (mean if np.isnan(each) else each for each in (mine, theirs))
                        found[i, j] += ((one - other) / spread) ** 2 + (gone[0] != gone[1])
                    else:
                        found[i, j] += gone[0] != gone[1] if any(gone) else mine != theirs
        return found

    def test_it_is_the_sum_over_features_that_is_promised(self) -> None:
        random = np.random.default_rng(9)
        kinds = ["numeric", "categorical", "numeric", "boolean"]
        before, now = (
            np.column_stack(
                (random.normal(5, 3, n), random.integers(0, 3, n), random.normal(size=n), random.integers(0, 2, n))
            )
            for n in (40, 30)
        )
        for rows in (before, now):
            rows[random.random(rows.shape) < 0.2] = np.nan
        baseline = replace(BASELINE, features=tuple(feature(f"f{at}", kind) for at, kind in enumerate(kinds)))
        known, new = points(baseline, before, now)
        squares = new.squares(known, slice(None))
        assert squares == pytest.approx(self.plain(before, now, kinds), abs=1e-9)
        distances, first = nearest(new, known, 3)
        assert distances == pytest.approx(np.sqrt(np.sort(squares, axis=1)[:, 2]))
        parts = new.parts(known, np.arange(30), first, 4)
        assert parts.sum(axis=1) == pytest.approx(squares.min(axis=1), abs=1e-9)

    def test_no_row_is_its_own_neighbour(self) -> None:
        rows = np.array([[0.0], [1.0], [3.0]])
        known, _ = points(replace(BASELINE, features=(feature("n"),)), rows, rows)
        distances, first = nearest(known, known, 1, same=True)
        assert distances * rows.std() == pytest.approx([1, 1, 2])
        assert first.tolist() == [1, 0, 1]

    def test_an_embedding_counts_as_one_feature(self) -> None:
        """Two vectors that differ by one standard deviation in every number are 1 apart, as two numbers are."""
        whole = WholeBaseline("face", "embedding", ("face.0", "face.1", "face.2", "face.3"), NOTHING, 0.5, 0.0)
        columns = tuple(feature(name, "dimension") for name in whole.columns)
        baseline = replace(BASELINE, features=columns, wholes=(whole,))
        before = np.array([[0.0] * 4, [2.0] * 4])  # a standard deviation of 1
        known, new = points(baseline, before, np.array([[1.0] * 4]))
        assert new.squares(known, slice(None)).tolist() == [[1.0, 1.0]]

    @pytest.mark.parametrize("far", [1e30, 3e38])
    def test_a_number_of_whatever_size_leaves_a_number(self, far: float) -> None:
        rows = families(300, 10)
        rows[0, 0] = far
        found = anomalies(BASELINE, rows, LEAST)
        assert found is not None
        assert np.isfinite(found.share)
        assert found.share >= 1 / 300

    def test_a_number_that_training_held_once_only_is_compared_as_a_category(self) -> None:
        before, now = np.array([[7.0], [7.0]]), np.array([[7.0], [7.5]])
        known, new = points(replace(BASELINE, features=(feature("n"),)), before, now)
        assert new.squares(known, slice(None)).tolist() == [[0, 0], [1, 1]]

    def test_a_column_that_is_left_out_adds_nothing(self) -> None:
        rows = families(300, 11)
        rows[:, 0] += 1e6
        found = anomalies(BASELINE, rows, LEAST, frozenset({"age"}))
        assert found is not None
        assert "age" not in found.features
        assert told(rows)
        assert list(anomaly_violation(found)) == []
