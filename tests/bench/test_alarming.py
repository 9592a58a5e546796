"""The benchmark of remediation on the embedded AWS, at a size that shows that it measures what it says."""

from __future__ import annotations

import pytest

from bench.alarming import TINY, WHOLE, Taken, of_round, reactions


def test_a_whole_run_has_models_for_every_round() -> None:
    for size in (WHOLE, TINY):
        assert sum(at_once * times for at_once, times in size.rounds) <= size.environments * size.models


def test_a_model_that_started_twice_is_not_counted_as_one_that_started_once() -> None:
    found = of_round([Taken(1, 2, 1), Taken(2, 3, 2), Taken(3, 7, 1)])
    assert (found["models"], found["starts"]) == (3, 2)
    assert (found["alarm_p50_s"], found["start_p50_s"], found["total_p50_s"]) == (2, 3, 5)
    assert found["total_p99_s"] == 10


@pytest.mark.slow(takes_s=35)
def test_every_model_in_trouble_starts_one_run_after_its_alarm() -> None:
    found = reactions(TINY)
    assert {at_once: len(taken) for at_once, taken in found.items()} == {1: 1, 2: 2}
    for taken in (each for round in found.values() for each in round):
        assert taken.starts == 1
        assert 0 < taken.metric_to_alarm_s < 30
        assert 0 < taken.alarm_to_start_s < 30
