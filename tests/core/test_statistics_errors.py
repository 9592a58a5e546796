"""Quality of classifiers of many classes and of regressions, from parts."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance
from sklearn import metrics as sklearn

from core.statistics.confusion import BETAS, ConfusionMatrix
from core.statistics.regression import Errors
from core.statistics.transport import wasserstein

CASES = json.loads((Path(__file__).parent / "cases" / "quality.json").read_text(encoding="utf-8"))["cases"]
NUMBERS = st.floats(-1e6, 1e6)
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=50)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_published_numbers_are_met(case: dict[str, Any]) -> None:
    given = case["input"]["confusion"]
    counts = [[row[c] for c in "01"] for row in map(given.get, "01")] if isinstance(given, dict) else given
    matrix = ConfusionMatrix(np.array(counts))
    found = {**matrix.binary(), **matrix.multiclass()} if isinstance(given, list) else matrix.binary()
    assert found[case["function"]] == pytest.approx(case["expected"], abs=case["tolerance"], rel=0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=80), st.integers(0, 80))
def test_classes_are_measured_as_by_scikit_learn_and_in_parts(pairs: list[tuple[int, int]], cut: int) -> None:
    labels, answers = zip(*pairs, strict=True)
    whole = ConfusionMatrix.of(labels, answers, 4)
    parts = [ConfusionMatrix.of(labels[part], answers[part], 4) for part in (slice(cut), slice(cut, None))]
    assert (parts[0] + parts[1]).multiclass() == whole.multiclass()
    found = whole.multiclass()
    assert found["accuracy"] == pytest.approx(sklearn.accuracy_score(labels, answers))
    for name, beta in BETAS.items():
        theirs = sklearn.fbeta_score(labels, answers, beta=beta, average="weighted", zero_division=0)
        assert found[f"weighted_{name}"] == pytest.approx(theirs)


@given(PAIRS, st.integers(0, 50))
def test_errors_add_up_and_are_those_of_scikit_learn(pairs: list[tuple[float, float]], cut: int) -> None:
    labels, answers = (np.array(side) for side in zip(*pairs, strict=True))
    whole = Errors.of(labels, answers)
    parts = Errors.of(labels[:cut], answers[:cut]) + Errors.of(labels[cut:], answers[cut:])
    for name, value in whole.metrics().items():
        if name != "r2" or abs(value) < 1e6:  # labels that hardly differ: a quotient of rounding errors
            assert parts.metrics()[name] == pytest.approx(value, rel=1e-6, abs=1e-9)
    assert whole.mae == pytest.approx(sklearn.mean_absolute_error(labels, answers), rel=1e-9, abs=1e-12)
    assert whole.mse == pytest.approx(sklearn.mean_squared_error(labels, answers), rel=1e-9, abs=1e-12)
    for metric in ("mae", "mse", "rmse"):
        low, high = whole.interval(metric)
        assert 0 <= low <= getattr(whole, metric) * (1 + 1e-9) + 1e-9
        assert high >= getattr(whole, metric) * (1 - 1e-9)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        errors = random.normal(size=300)
        low, high = Errors.of(np.zeros(300), errors).interval("mae")
        held += low <= math.sqrt(2 / math.pi) <= high
    assert 0.91 < held / 400 < 0.98


def test_what_is_no_number_or_no_class_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Errors.of([1.0, float("nan")], [1.0, 1.0])
    with pytest.raises(ValueError, match="accepted: 0 to 1"):
        ConfusionMatrix.of([0, 2], [0, 1], 2)
    with pytest.raises(ValueError, match="mae, mse and rmse"):
        Errors.of([1.0], [1.0]).interval("r2")


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.lists(NUMBERS, min_size=1, max_size=30), st.floats(0, 100))
def test_transport_is_scipy_s_and_a_shift_costs_what_it_moves(a: list[float], b: list[float], step: float) -> None:
    assert wasserstein(a, b) == pytest.approx(wasserstein_distance(a, b), rel=1e-9, abs=1e-6)
    assert wasserstein(a, b) == pytest.approx(wasserstein(b, a), rel=1e-9, abs=1e-9)
    assert wasserstein(a, np.array(a) + step) == pytest.approx(step, rel=1e-6, abs=1e-6)


def test_no_mass_has_no_distance() -> None:
    assert math.isnan(wasserstein([], [1.0]))
