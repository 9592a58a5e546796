"""A look for late labels that failed: people are told when it is not tried again, and not before."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core.contracts.batch import JUDGED_AT_MOST, LOOK_BACK, judge_name, monitor_name
from core.contracts.events import MonitorFailed
from tests.lambdas.batches import DAILY
from tests.lambdas.governing import Governed
from tests.lambdas.world import HOME, NAMES

LABELS = timedelta(hours=24)


@pytest.fixture
def governed() -> Governed:
    """The labels of the batch of a day before have had their time."""
    found = Governed()
    found.world.policy = replace(found.world.policy, batch=replace(DAILY, labels_s=24 * 3600))
    return found


def look(governed: Governed, attempt: int = 1) -> str:
    return judge_name(NAMES, governed.world.clock.now - LABELS, attempt)


def over(job: str, status: str = "Failed") -> str:
    detail = {"ProcessingJobName": job, "ProcessingJobStatus": status}
    head = {"source": MonitorFailed.SOURCE, "detail-type": MonitorFailed.DETAIL_TYPE, "account": HOME.account}
    return json.dumps({**head, "detail": detail})


@pytest.mark.parametrize("attempt", range(1, JUDGED_AT_MOST + 1))
def test_the_last_attempt_that_fails_is_counted(governed: Governed, attempt: int) -> None:
    last = attempt == JUDGED_AT_MOST
    assert governed.govern(over(look(governed, attempt))) == ("COUNTED" if last else "TRIED AGAIN")
    assert [datum["MetricName"] for datum in governed.metrics.data] == ["monitor_failures"] * last


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        (timedelta(hours=1), "TRIED AGAIN"),
        (timedelta(minutes=10), "COUNTED"),
        (timedelta(0), "COUNTED"),
        (timedelta(hours=-1), "COUNTED"),
    ],
)
def test_one_that_no_sweep_tries_again_any_more_is_counted(governed: Governed, before: timedelta, outcome: str) -> None:
    """It was started at the end of the day in which it may be."""
    job = look(governed)
    governed.world.clock.now += LOOK_BACK - before
    assert governed.govern(over(job)) == outcome


def test_one_of_a_model_that_scores_no_batches_any_more_is_counted(governed: Governed) -> None:
    governed.world.policy = replace(governed.world.policy, batch=None)
    assert governed.govern(over(look(governed))) == "COUNTED"


def test_one_that_was_stopped_is_counted_since_nobody_tries_it_again(governed: Governed) -> None:
    assert governed.govern(over(look(governed), "Stopped")) == "COUNTED"


def test_a_first_look_that_fails_is_counted(governed: Governed) -> None:
    assert governed.govern(over(monitor_name(NAMES, governed.world.clock.now))) == "COUNTED"


def test_another_models_is_refused(governed: Governed) -> None:
    assert governed.govern(over(look(governed).replace("progression", "other"))) == "REJECTED_EVENT"
