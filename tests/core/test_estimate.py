"""Quality without labels: closed forms, what holds for all inputs, and that it is right where its assumption is."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.statistics.calibration import DRAWS, ISOTONIC_FROM, KNOTS, LEAST_ROWS, Calibration, calibrate
from core.statistics.confusion import ConfusionMatrix
from core.statistics.estimate import MOST_SCORES, estimate_binary, estimate_multiclass
from core.statistics.quality import quality


def known(curves: int = 1) -> Calibration:
    """Of a model whose scores are probabilities already."""
    line = np.tile(np.linspace(0, 1, KNOTS), (curves, 1))
    return Calibration("isotonic", 10_000, line, np.tile(line, (1 + DRAWS, 1, 1)), 0.0)


def world(rows: int, seed: int, slope: float = 1.6, shift: float = -0.3) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a model that is too modest (slope > 1) or too sure (< 1), and labels."""
    random = np.random.default_rng(seed)
    z = random.normal(0, 2, rows)
    p = 1 / (1 + np.exp(-(slope * z + shift)))
    return 1 / (1 + np.exp(-z)), (random.random(rows) < p).astype(np.int64)


def test_the_expected_counts_of_four_rows_are_their_probabilities() -> None:
    """tp = .9 + .8, fp = .1 + .2, fn = .4 + .1, tn = .6 + .9."""
    found = estimate_binary(np.array([0.9, 0.8, 0.4, 0.1]), 0.5, known())
    assert found["accuracy"].value == pytest.approx(3.2 / 4)
    assert found["precision"].value == pytest.approx(1.7 / 2)
    assert found["recall"].value == pytest.approx(1.7 / 2.2)
    assert found["f1"].value == pytest.approx(3.4 / 4.2)


def test_auc_of_two_rows_is_the_share_of_right_pairs_among_those_of_different_labels() -> None:
    """Right: upper 1, lower 0, .8 x .7; wrong: upper 0, lower 1, .2 x .3."""
    found = estimate_binary(np.array([0.8, 0.3]), 0.5, known())
    assert found["auc"].value == pytest.approx(0.56 / (0.56 + 0.06))


def test_rows_of_one_score_tell_no_order() -> None:
    assert estimate_binary(np.full(7, 0.3), 0.5, known())["auc"].value == pytest.approx(0.5)


def test_a_model_that_is_sure_and_calibrated_is_right_without_doubt() -> None:
    found = estimate_binary(np.array([0.0, 1.0] * 50), 0.5, known())
    assert {(one.value, one.low, one.high) for one in found.values()} == {(1.0, 1.0, 1.0)}


def test_the_interval_of_accuracy_is_that_of_a_sum_of_independent_labels() -> None:
    scores = np.full(400, 0.8)
    found = estimate_binary(scores, 0.5, known())["accuracy"]
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.sqrt(0.8 * 0.2 / 400), rel=0.25)


def test_the_expected_matrix_of_three_classes() -> None:
    found = estimate_multiclass(np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]), known(3))
    assert found["accuracy"].value == pytest.approx(1.3 / 2)
    assert found["weighted_recall"].value == pytest.approx(1.3 / 2)
    assert found["weighted_precision"].value == pytest.approx((0.8 * 0.7 + 0.5 * 0 + 0.7 * 0.6) / 2)


def test_nothing_is_estimated_of_no_rows() -> None:
    assert estimate_binary(np.empty(0), 0.5, known()) == {}
    assert estimate_multiclass(np.empty((0, 3)), known(3)) == {}


scores_of_rows = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(scores_of_rows, st.floats(0, 1), st.randoms())
@settings(deadline=None, max_examples=50)
def test_an_estimate_is_a_share_inside_its_interval_whatever_the_order_of_the_rows(
    scores: list[float], threshold: float, random: object
) -> None:
    found = estimate_binary(np.array(scores), threshold, known())
    for one in found.values():
        assert 0 <= one.low <= one.value + 1e-12
        assert one.value <= one.high + 1e-12 <= 1 + 1e-9
    random.shuffle(scores)  # type: ignore[attr-defined]
    again = estimate_binary(np.array(scores), threshold, known())
    assert {name: vars_of(one) for name, one in again.items()} == {name: vars_of(one) for name, one in found.items()}


def vars_of(one: object) -> tuple[float, float, float]:
    return one.value, one.low, one.high  # type: ignore[attr-defined]


@given(st.integers(0, 1000), st.integers(2, 5))
@settings(deadline=None, max_examples=25)
def test_of_many_classes_too(seed: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.dirichlet(np.ones(classes + 1), 30)
    found = estimate_multiclass(scores, known(classes + 1))
    assert all(0 <= one.low <= one.value + 1e-12 and one.value <= one.high + 1e-12 for one in found.values())
    again = estimate_multiclass(scores[random.permutation(30)], known(classes + 1))
    assert {name: pytest.approx(vars_of(one)) for name, one in found.items()} == {
        name: vars_of(one) for name, one in again.items()
    }


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=20)
def test_two_classes_are_the_same_as_one_probability(seed: int) -> None:
    p = np.random.default_rng(seed).random(50)
    both = estimate_multiclass(np.column_stack((1 - p, p)), known(2))
    assert both["accuracy"].value == pytest.approx(estimate_binary(p, 0.5, known())["accuracy"].value, abs=1e-6)


def test_bins_of_very_many_scores_change_little() -> None:
    scores = np.random.default_rng(3).beta(2, 3, 3 * MOST_SCORES)
    found = estimate_binary(scores, 0.37, known())
    p, said = scores, scores >= 0.37
    assert found["accuracy"].value == pytest.approx(np.where(said, p, 1 - p).mean(), abs=1e-4)
    assert found["recall"].value == pytest.approx(p[said].sum() / p.sum(), abs=1e-4)


@pytest.mark.parametrize("rows", [400, 3000])
def test_where_scores_mean_what_they_meant_the_measured_value_is_met_on_average_and_held_by_the_interval(
    rows: int,
) -> None:
    """40 worlds: 95 % intervals hold at least 80 % of the measured values, and the mean error is near 0."""
    errors: dict[str, list[float]] = {}
    held: dict[str, list[bool]] = {}
    for seed in range(40):
        learned = calibrate(world(rows, seed)[0][:, np.newaxis], world(rows, seed)[1])
        assert learned is not None
        scores, labels = world(600, 1000 + seed)
        measured = quality(labels == 1, scores >= 0.5, scores)
        for name, one in estimate_binary(scores, 0.5, learned).items():
            errors.setdefault(name, []).append(one.value - measured[name])
            held.setdefault(name, []).append(one.low <= measured[name] <= one.high)
    assert max(abs(np.mean(found)) for found in errors.values()) < 0.012
    assert min(np.mean(found) for found in held.values()) >= 0.8


def test_it_follows_the_inputs_where_the_relation_stays_and_cannot_see_that_the_relation_moved() -> None:
    """Rows come from where the model is unsure: the estimate falls with the truth. Labels turn around: it does not."""
    learned = calibrate(*_column(world(4000, 1)))
    assert learned is not None
    scores, labels = world(20_000, 2)
    unsure = np.abs(scores - 0.5) < 0.25
    before = estimate_binary(scores, 0.5, learned)["accuracy"].value
    now = estimate_binary(scores[unsure], 0.5, learned)["accuracy"].value
    assert now == pytest.approx(float(np.mean((scores >= 0.5) == labels, where=unsure)), abs=0.02)
    assert before - now > 0.1
    turned = float(np.mean((scores >= 0.5) == (1 - labels)))
    assert before - turned > 0.5  # and nothing in the scores tells it


def test_three_classes_are_met_on_average() -> None:
    def draw(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        z = random.normal(0, 1.5, (rows, 3))
        sharp = np.exp(1.5 * z) / np.exp(1.5 * z).sum(axis=1, keepdims=True)
        labels = (random.random((rows, 1)) >= sharp.cumsum(axis=1)[:, :2]).sum(axis=1)
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), labels

    learned = calibrate(*draw(3000, 1))
    assert learned is not None
    errors = []
    for seed in range(20):
        scores, labels = draw(800, 100 + seed)
        said = scores.argmax(axis=1)
        measured = ConfusionMatrix.of(labels, said, 3).multiclass()
        found = estimate_multiclass(scores, learned)
        errors.append([found[name].value - measured[name] for name in ("accuracy", "weighted_f1")])
    assert np.abs(np.mean(errors, axis=0)).max() < 0.015


def _column(drawn: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return drawn[0][:, np.newaxis], drawn[1]


@pytest.mark.parametrize(("rows", "method"), [(ISOTONIC_FROM - 1, "platt"), (5 * ISOTONIC_FROM, "isotonic")])
def test_calibration_makes_probabilities_of_scores(rows: int, method: str) -> None:
    found = calibrate(*_column(world(rows, 5)))
    assert found is not None
    assert found.method == method
    scores, labels = world(50_000, 6)
    calibrated = found.probabilities(scores[:, np.newaxis])[:, 0]
    for low in (0.1, 0.3, 0.5, 0.7):
        inside = (calibrated >= low) & (calibrated < low + 0.2)
        assert labels[inside].mean() == pytest.approx(calibrated[inside].mean(), abs=0.07)


def test_platt_s_scaling_finds_the_slope_and_shift_that_made_the_labels() -> None:
    scores, _ = world(900, 7)
    p = 1 / (1 + np.exp(-(1.6 * np.log(scores / (1 - scores)) - 0.3)))
    found = calibrate(scores[:, np.newaxis], (np.random.default_rng(8).random(900) < p).astype(np.int64))
    assert found is not None
    middle = found.probabilities(np.array([[0.5], [0.8]]))[:, 0]
    assert middle == pytest.approx(1 / (1 + np.exp([0.3, 0.3 - 1.6 * np.log(4)])), abs=0.05)


def test_scores_that_do_not_rise_with_the_probability_are_found_out() -> None:
    """Right in the middle, wrong at both ends: no rising function calibrates that."""
    random = np.random.default_rng(9)
    scores = random.random(3000)
    labels = (random.random(3000) < np.where(np.abs(scores - 0.5) < 0.25, 0.9, 0.1)).astype(np.int64)
    found = calibrate(scores[:, np.newaxis], labels)
    assert found is not None
    assert found.error > 0.2
    good = calibrate(*_column(world(3000, 9)))
    assert good is not None
    assert good.error < 0.03


@pytest.mark.parametrize(
    "labels",
    [np.arange(LEAST_ROWS - 1) % 2, np.zeros(1000, int), (np.arange(1000) < 19).astype(int), np.zeros(0, int)],
)
def test_too_few_rows_or_rows_of_a_class_calibrate_nothing(labels: np.ndarray) -> None:
    assert calibrate(np.linspace(0, 1, len(labels))[:, np.newaxis], labels) is None


def test_a_score_that_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="not a probability"):
        calibrate(np.full((500, 1), 1.5), np.arange(500) % 2)
    with pytest.raises(ValueError, match="not a probability"):
        calibrate(np.full((500, 1), np.nan), np.arange(500) % 2)


@pytest.mark.parametrize("rows", [300, 1500])
def test_the_order_of_the_rows_changes_no_calibration_and_it_is_read_as_it_was_written(rows: int) -> None:
    scores, labels = _column(world(rows, 11))
    order = np.random.default_rng(1).permutation(rows)
    found, again = calibrate(scores, labels), calibrate(scores[order], labels[order])
    assert found is not None
    assert again is not None
    np.testing.assert_array_equal(found.values, again.values)
    read = Calibration.from_value(json.loads(json.dumps(found.to_value())))
    np.testing.assert_allclose(read.values, found.values, atol=1e-6)
    assert (read.method, read.rows, read.error) == (found.method, found.rows, found.error)


def test_constant_scores_calibrate_to_their_frequency() -> None:
    found = calibrate(np.full((1000, 1), 0.4), (np.arange(1000) % 4 == 0).astype(np.int64))
    assert found is not None
    assert found.probabilities(np.array([[0.4]]))[0, 0] == pytest.approx(0.25, abs=0.01)
