"""Metrics, intervals and paired comparisons of many classes and of numbers, against scikit-learn, scipy and chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t, ttest_rel
from sklearn.metrics import fbeta_score, precision_score

from core.contracts.problem import BINARY, MULTICLASS, QUALITY_METRICS, REGRESSION, Target
from core.gates.contest import MOST, compete
from core.statistics import quality_multiclass as of_classes
from core.statistics import quality_regression as of_numbers
from core.statistics.confusion import ConfusionMatrix
from core.statistics.paired import accuracy_difference
from core.statistics.regression import Errors

CLASSES = 4
GROUPS = {"all": np.ones(200, bool), "none": np.zeros(200, bool)}


def answers(right: float, rows: int, seed: int, truth_seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and answers of which about the share `right` is right."""
    labels = np.random.default_rng(truth_seed).integers(0, CLASSES, rows)
    random = np.random.default_rng(seed)
    said = np.where(random.random(rows) < right, labels, random.integers(0, CLASSES, rows))
    return labels, said


def numbers(scale: float, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and answers that lie beside them by about `scale`."""
    labels = np.random.default_rng(0).normal(10, 3, rows)
    return labels, labels + np.random.default_rng(seed).normal(0, scale, rows)


class TestManyClasses:
    def test_the_bootstrap_counts_as_scikit_learn_does(self) -> None:
        labels, first = answers(0.7, 300, 1)
        _, second = answers(0.5, 300, 2)
        for metric, expected in {
            "weighted_precision": lambda said: precision_score(labels, said, average="weighted", zero_division=0),
            "weighted_f0_5": lambda said: fbeta_score(labels, said, beta=0.5, average="weighted", zero_division=0),
            "weighted_f2": lambda said: fbeta_score(labels, said, beta=2, average="weighted", zero_division=0),
        }.items():
            found = of_classes.difference(metric, labels, first, second, CLASSES)
            assert found.point == pytest.approx(expected(first) - expected(second))
            assert found.low < found.point < found.high

    def test_accuracy_and_weighted_recall_are_the_same_proportion(self) -> None:
        labels, first = answers(0.7, 300, 1)
        _, second = answers(0.5, 300, 2)
        expected = accuracy_difference(labels == first, labels == second)
        for metric in ("accuracy", "weighted_recall"):
            assert of_classes.difference(metric, labels, first, second, CLASSES) == expected

    @settings(deadline=None, max_examples=5)
    @given(st.sampled_from(of_classes.METRICS), st.integers(0, 1000))
    def test_the_order_of_rows_says_nothing(self, metric: str, seed: int) -> None:
        labels, first = answers(0.6, 60, 1)
        _, second = answers(0.6, 60, 2)
        order = np.random.default_rng(seed).permutation(60)
        found = of_classes.difference(metric, labels, first, second, CLASSES)
        assert of_classes.difference(metric, labels[order], first[order], second[order], CLASSES) == found

    @pytest.mark.slow
    def test_intervals_hold_the_truth_about_as_often_as_they_promise(self) -> None:
        labels, said = answers(0.7, 200_000, 1)
        truth = ConfusionMatrix.of(labels, said, CLASSES).multiclass()["weighted_f1"]
        random, held = np.random.default_rng(5), 0
        for _ in range(60):
            chosen = random.integers(0, len(labels), 200)
            low, high = of_classes.interval("weighted_f1", ConfusionMatrix.of(labels[chosen], said[chosen], CLASSES))
            held += low <= truth <= high
        assert held >= 52

    @pytest.mark.parametrize(("rows", "right"), [(50, 0.85), (200, 0.95)])
    @pytest.mark.parametrize("metric", ["weighted_precision", "weighted_f1"])
    def test_a_rare_class_leaves_the_intervals_what_they_promise(self, metric: str, rows: int, right: float) -> None:
        often = np.array([0.9, 0.08, 0.02])
        cells = (1 - right) * np.outer(often, often) + right * np.diag(often)
        truth = ConfusionMatrix((cells * 1e9).astype(np.int64)).multiclass()[metric]
        random, held = np.random.default_rng(5), 0
        for _ in range(100):
            drawn = random.multinomial(rows, cells.ravel()).reshape(3, 3)
            low, high = of_classes.interval(metric, ConfusionMatrix(drawn))
            held += low <= truth <= high
        assert held >= 90

    @pytest.mark.parametrize("metric", of_classes.METRICS)
    @pytest.mark.parametrize("shift", [0, 1])
    def test_answers_that_are_all_right_or_all_wrong_are_not_beyond_doubt(self, metric: str, shift: int) -> None:
        for labels in ([0] * 51, [0, 1, 2] * 17):
            matrix = ConfusionMatrix.of(labels, [(label + shift) % 3 for label in labels], classes=3)
            low, high = of_classes.interval(metric, matrix)
            assert low <= matrix.multiclass()[metric] <= high
            assert 0.001 < high - low < 0.18

    def test_without_rows_everything_is_possible(self) -> None:
        assert of_classes.interval("weighted_f1", ConfusionMatrix.of([], [], CLASSES)) == (0.0, 1.0)

    def test_an_unknown_metric_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'auc'; it is for accuracy, weighted_precision"):
            of_classes.interval("auc", ConfusionMatrix.of([0], [0], CLASSES))


class TestNumbers:
    def test_the_comparison_of_mean_errors_is_the_paired_t_test(self) -> None:
        labels, first = numbers(1.0, 50, 1)
        _, second = numbers(1.3, 50, 2)
        for metric, error in {"mae": np.abs, "mse": np.square}.items():
            found = of_numbers.difference(metric, labels, first, second)
            expected = ttest_rel(error(second - labels), error(first - labels)).confidence_interval(0.95)
            assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-5)

    @pytest.mark.parametrize("freedom", [20, 29, 100, 10_000])
    def test_the_quantile_is_students(self, freedom: int) -> None:
        assert of_numbers.student(freedom) == pytest.approx(t.ppf(0.975, freedom), abs=1e-4)

    @pytest.mark.parametrize("metric", of_numbers.METRICS)
    def test_the_other_way_round_it_is_the_opposite(self, metric: str) -> None:
        labels, first = numbers(1.0, 50, 1)
        _, second = numbers(1.3, 50, 2)
        found, turned = (of_numbers.difference(metric, labels, *two) for two in ((first, second), (second, first)))
        assert (turned.point, turned.low, turned.high) == pytest.approx((-found.point, -found.high, -found.low))

    @pytest.mark.parametrize("metric", of_numbers.METRICS)
    def test_a_difference_is_that_of_the_metrics_and_smaller_errors_are_better(self, metric: str) -> None:
        labels, first = numbers(0.5, 400, 1)
        _, second = numbers(2.0, 400, 2)
        found = of_numbers.difference(metric, labels, first, second)
        one, other = (Errors.of(labels, said).metrics()[metric] for said in (first, second))
        assert found.point == pytest.approx(one - other if metric == "r2" else other - one)
        assert found.low > 0

    @pytest.mark.parametrize("metric", of_numbers.METRICS)
    def test_intervals_hold_the_truth_about_as_often_as_they_promise(self, metric: str) -> None:
        labels, said = numbers(1.0, 200_000, 1)
        truth = Errors.of(labels, said).metrics()[metric]
        random, held = np.random.default_rng(5), 0
        for _ in range(300):
            chosen = random.integers(0, len(labels), 200)
            low, high = of_numbers.interval(metric, labels[chosen], said[chosen])
            held += low <= truth <= high
        assert 270 <= held <= 299

    def test_equal_labels_tell_nothing_of_r2(self) -> None:
        low, high = of_numbers.interval("r2", np.ones(10), np.arange(10.0))
        assert (low, high) == (-np.inf, 1.0)


class TestTheGate:
    def test_a_model_that_is_surely_better_is_better(self) -> None:
        labels, strong = answers(0.9, 200, 1)
        _, weak = answers(0.5, 200, 2)
        target = Target(MULTICLASS, CLASSES)
        found = compete(target, "weighted_f1", labels, strong, weak, GROUPS)
        assert (found.verdict, found.rows) == ("BETTER", 200)
        assert found.champion is not None
        assert found.challenger > found.champion
        assert found.groups["all"]["accuracy"] == found.metrics["accuracy"]
        assert "none" not in found.groups
        assert compete(target, "weighted_f1", labels, weak, strong, GROUPS).verdict == "WORSE"
        assert compete(target, "weighted_f1", labels, weak, weak, GROUPS).verdict == "INCONCLUSIVE"

    @pytest.mark.parametrize("metric", QUALITY_METRICS[REGRESSION])
    def test_of_an_error_the_smaller_one_is_better(self, metric: str) -> None:
        labels, strong = numbers(0.5, 200, 1)
        _, weak = numbers(2.0, 200, 2)
        target = Target(REGRESSION, 0)
        assert compete(target, metric, labels, strong, weak, {}).verdict == "BETTER"
        assert compete(target, metric, labels, weak, strong, {}).verdict == "WORSE"
        assert compete(target, metric, labels, strong, None, {}).verdict == "BETTER"

    @pytest.mark.parametrize("metric", QUALITY_METRICS[REGRESSION])
    def test_a_model_that_knows_nothing_does_not_beat_the_best_constant(self, metric: str) -> None:
        labels = np.random.default_rng(0).normal(10, 3, 300)
        blind = np.random.default_rng(1).normal(10, 0.5, 300)
        assert compete(Target(REGRESSION, 0), metric, labels, blind, None, {}).verdict != "BETTER"

    def test_always_the_same_class_does_not_beat_itself(self) -> None:
        labels, _ = answers(0.9, 200, 1)
        constant = np.full(200, np.bincount(labels).argmax())
        for metric in QUALITY_METRICS[MULTICLASS]:
            found = compete(Target(MULTICLASS, CLASSES), metric, labels, constant, None, {})
            assert found.verdict == "INCONCLUSIVE"

    def test_what_cannot_be_compared_is_said(self) -> None:
        labels, said = numbers(1.0, 20, 1)
        found = compete(Target(REGRESSION, 0), "mae", labels, said, None, {})
        assert (found.verdict, found.low, found.high) == ("INCONCLUSIVE", -MOST, MOST)
        assert "the test set has 20 rows; at least 30 are needed" in found.reason
        labels, said = numbers(1.0, 40, 1)
        said[3] = np.nan
        assert "no finite answer to 1 of 40" in compete(Target(REGRESSION, 0), "mae", labels, said, None, {}).reason
        same = np.full(40, 2.0)
        assert "have the same label" in compete(Target(REGRESSION, 0), "mae", same, same, None, {}).reason
        one_class = np.zeros(40, np.int64)
        found = compete(Target(MULTICLASS, CLASSES), "accuracy", one_class, one_class, None, {})
        assert "0 of 40 test rows are not of the most frequent class" in found.reason

    def test_an_unknown_metric_is_refused(self) -> None:
        labels, said = answers(0.9, 200, 1)
        with pytest.raises(ValueError, match=f"'{QUALITY_METRICS[BINARY][1]}'"):
            compete(Target(MULTICLASS, CLASSES), "auc", labels, said, None, {})
