"""Attributions of any model: exact where they can be, additive always, and near the truth elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attribution.integrated_gradients import NotConverged, integrated_gradients
from core.attribution.kernel_shap import kernel_shap
from core.attribution.lime import lime
from core.attribution.sampled_shapley import linear_shapley, sampled_shapley
from core.attribution.summary import grouped, ndcg

Floats = np.ndarray
BACKGROUND = np.random.default_rng(0).normal(size=(50, 4))
ROWS = np.random.default_rng(1).normal(size=(6, 4))
WEIGHTS = np.array([2.0, -1.0, 0.5, 0.0])


def linear(rows: Floats) -> Floats:
    return np.asarray(rows @ WEIGHTS + 3)


def curved(rows: Floats) -> Floats:
    return np.asarray(rows[:, 0] * rows[:, 1] + np.tanh(rows[:, 2]) + 1)


def test_a_linear_model_has_its_textbook_values() -> None:
    expected = linear_shapley(WEIGHTS, ROWS, BACKGROUND.mean(axis=0))
    for row, values in zip(ROWS, expected, strict=True):
        assert kernel_shap(linear, row, BACKGROUND) == pytest.approx(values, abs=1e-9)
    found = sampled_shapley(linear, ROWS, BACKGROUND, pairs=400)
    assert np.abs(found.values - expected).max() < 4 * found.errors.max()
    one = np.array([1.0, 1.0, 1.0])  # the published case: weights 1, 0, 0 and means 0
    assert linear_shapley(np.array([1.0, 0, 0]), one[None], np.zeros(3))[0].tolist() == [1, 0, 0]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(2, 5))
def test_values_and_the_expected_answer_sum_to_the_answer(seed: int, pairs: int) -> None:
    found = sampled_shapley(curved, ROWS, BACKGROUND, pairs=pairs, seed=seed)
    assert found.values.sum(axis=1) + found.expected == pytest.approx(curved(ROWS), abs=1e-9)
    whole = kernel_shap(curved, ROWS[0], BACKGROUND, subsets=8, seed=seed)
    assert whole.sum() + curved(BACKGROUND).mean() == pytest.approx(curved(ROWS)[0], abs=1e-9)


def test_samples_approach_the_exact_values() -> None:
    exact = kernel_shap(curved, ROWS[0], BACKGROUND)
    sampled = sampled_shapley(curved, ROWS[:1], BACKGROUND, pairs=800)
    assert np.abs(sampled.values[0] - exact).max() < 4 * sampled.errors.max()
    drawn = kernel_shap(curved, ROWS[0], BACKGROUND, subsets=12)
    assert np.abs(drawn - exact).max() < 1.0


def test_a_feature_that_the_model_does_not_read_gets_nothing() -> None:
    assert kernel_shap(curved, ROWS[0], BACKGROUND)[3] == pytest.approx(0, abs=1e-9)
    assert lime(curved, ROWS[0], np.ones(4)).weights[3] == pytest.approx(0, abs=0.05)


def test_one_feature_takes_all() -> None:
    assert kernel_shap(lambda rows: rows[:, 0] ** 2, np.array([3.0]), np.array([[1.0]])).tolist() == [8.0]


def test_lime_finds_the_slope_and_says_how_well_it_fits() -> None:
    steep = lime(linear, ROWS[0], np.array([1.0, 2.0, 1.0, 0.0]))
    assert steep.weights == pytest.approx([2, -2, 0.5, 0], abs=0.05)
    assert steep.fit > 0.99
    noise = np.random.default_rng(0)
    assert lime(lambda rows: noise.normal(size=len(rows)), ROWS[0], np.ones(4)).fit < 0.2


def test_integrated_gradients_sum_to_the_difference_of_the_answers() -> None:
    def gradient(rows: Floats) -> Floats:
        return np.column_stack((rows[:, 1], rows[:, 0], 1 / np.cosh(rows[:, 2]) ** 2, np.zeros(len(rows))))

    values = integrated_gradients(curved, gradient, ROWS, np.zeros(4))
    assert values.sum(axis=1) == pytest.approx(curved(ROWS) - curved(np.zeros((1, 4))), abs=1e-9)
    with pytest.raises(NotConverged, match="more than 64 steps"):
        integrated_gradients(curved, lambda rows: 2 * gradient(rows), ROWS, np.zeros(4))


def test_a_group_s_dimensions_cancel_before_they_count() -> None:
    values, names = grouped(np.array([[3.0, 1.0, -1.0]]), ["age", "e0", "e1"], {"text": ["e0", "e1"]})
    assert (values.tolist(), names) == ([[0.0, 3.0]], ("text", "age"))
    with pytest.raises(ValueError, match="e9"):
        grouped(np.zeros((1, 1)), ["a"], {"text": ["e9"]})


@given(st.permutations([1.0, 2.0, 3.0, 4.0]))
def test_ndcg_is_one_for_the_same_order_alone(order: list[float]) -> None:
    found = ndcg(np.array([1.0, 2.0, 3.0, 4.0]), np.array(order))
    assert 0 < found <= 1 + 1e-12
    assert (found > 1 - 1e-12) == (order == sorted(order))


def test_too_little_to_estimate_from_is_refused() -> None:
    with pytest.raises(ValueError, match="two pairs"):
        sampled_shapley(linear, ROWS, BACKGROUND, pairs=1)
    with pytest.raises(ValueError, match="background"):
        kernel_shap(linear, ROWS[0], BACKGROUND[:0])
