"""Incidents from the training set to the verdict: baseline job, monitor job, diagnosis."""

from __future__ import annotations

import numpy as np
import pytest

from containers.model import TrainedModel
from core.diagnosis import Verdict
from tests.containers.world import POLICY, Memory, draw, monitored, released

ROWS = 1500


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released()


def unimportant(values: np.ndarray) -> None:
    values[:, 2] += 1.5


def important(values: np.ndarray) -> None:
    values[:, 0] += 1.5


def coverage(values: np.ndarray) -> None:
    values[::2, 1] = np.nan


def sentinel(values: np.ndarray) -> None:
    values[::3, 1] = -999


def coded(values: np.ndarray) -> None:
    values[:, 3] += 10


@pytest.mark.parametrize("labelled", [False, True])
def test_no_incident_is_healthy(world: tuple[Memory, TrainedModel], labelled: bool) -> None:
    report, found = monitored(*world, draw(ROWS, 10), labelled)
    assert found.verdict is Verdict.HEALTHY
    assert report.violations == ()
    assert report.rows == ROWS


@pytest.mark.parametrize("labelled", [False, True])
def test_a_shift_of_a_feature_that_the_model_hardly_uses_is_benign(
    world: tuple[Memory, TrainedModel], labelled: bool
) -> None:
    report, found = monitored(*world, draw(ROWS, 11, unimportant), labelled)
    assert (found.verdict, found.features) == (Verdict.BENIGN_DRIFT, ("x3",))
    assert report.features[2].drift > POLICY.drift_threshold


def test_a_shift_of_a_feature_that_the_model_uses_needs_labels_to_be_judged(
    world: tuple[Memory, TrainedModel],
) -> None:
    _, found = monitored(*world, draw(ROWS, 12, important), labelled=False)
    assert (found.verdict, found.features) == (Verdict.LABELS_NEEDED, ("x1",))


def test_a_shift_of_a_feature_that_the_model_uses_is_real_drift_once_there_are_labels(
    world: tuple[Memory, TrainedModel],
) -> None:
    _, found = monitored(*world, draw(ROWS, 12, important), labelled=True)
    assert (found.verdict, found.features) == (Verdict.REAL_DRIFT, ("x1",))


@pytest.mark.parametrize("labelled", [False, True])
def test_lost_coverage_is_an_upstream_fault_of_the_feature(world: tuple[Memory, TrainedModel], labelled: bool) -> None:
    rows = draw(ROWS, 13)
    coverage(rows.values)  # after the world was labelled: the value exists, it did not arrive
    _, found = monitored(*world, rows, labelled)
    assert (found.verdict, found.features) == (Verdict.UPSTREAM_FAULT, ("x2",))
    assert "stopped arriving" in found.cause


def test_a_sentinel_is_an_upstream_fault_of_the_feature(world: tuple[Memory, TrainedModel]) -> None:
    rows = draw(ROWS, 14)
    sentinel(rows.values)
    _, found = monitored(*world, rows, labelled=True)
    assert (found.verdict, found.features) == (Verdict.UPSTREAM_FAULT, ("x2",))
    assert "stands in" in found.cause


def test_another_coding_of_a_category_is_an_upstream_fault_of_the_feature(world: tuple[Memory, TrainedModel]) -> None:
    rows = draw(ROWS, 15)
    coded(rows.values)
    _, found = monitored(*world, rows, labelled=True)
    assert (found.verdict, found.features) == (Verdict.UPSTREAM_FAULT, ("kind",))


def test_a_changed_relation_is_invisible_without_labels_and_said_to_be(world: tuple[Memory, TrainedModel]) -> None:
    _, found = monitored(*world, draw(ROWS, 16, flip=True), labelled=False)
    assert found.verdict is Verdict.HEALTHY
    assert any("concept drift" in spot for spot in found.blind_spots)


def test_a_changed_relation_is_real_drift_that_recent_rows_teach(world: tuple[Memory, TrainedModel]) -> None:
    report, found = monitored(*world, draw(ROWS, 16, flip=True), labelled=True)
    assert (found.verdict, found.train_on) == (Verdict.REAL_DRIFT, "recent")
    assert report.quality is not None
    assert report.quality.value < 0.5 < report.quality.baseline


def test_few_rows_of_a_shifted_window_prove_nothing(world: tuple[Memory, TrainedModel]) -> None:
    _, found = monitored(*world, draw(POLICY.minimum_rows - 1, 17, important), labelled=True)
    assert found.verdict is Verdict.INCONCLUSIVE


@pytest.mark.slow
def test_of_a_hundred_healthy_windows_at_most_two_are_not_healthy(world: tuple[Memory, TrainedModel]) -> None:
    """Windows of the smallest size that is judged, with labels."""
    verdicts = [monitored(*world, draw(POLICY.minimum_rows, 1000 + n), labelled=True)[1].verdict for n in range(100)]
    unhealthy = [verdict for verdict in verdicts if verdict is not Verdict.HEALTHY]
    assert len(unhealthy) <= 2, unhealthy


@pytest.mark.slow
def test_of_a_hundred_windows_with_an_important_shift_at_most_two_are_missed(
    world: tuple[Memory, TrainedModel],
) -> None:
    """The other side of the bound above, for windows of 300 rows."""
    verdicts = [monitored(*world, draw(300, 2000 + n, important), labelled=True)[1].verdict for n in range(100)]
    assert sum(verdict is not Verdict.REAL_DRIFT for verdict in verdicts) <= 2
