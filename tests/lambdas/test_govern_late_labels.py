"""A look for late labels that failed: people are told when it is not tried again, and not before."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from core.contracts.batch import JUDGED_AT_MOST, judge_name, monitor_name
from core.contracts.events import MonitorFailed
from tests.lambdas.governing import Governed
from tests.lambdas.world import HOME, NAMES

DUE = datetime(2026, 11, 20, 9, 17, tzinfo=UTC)


@pytest.fixture
def governed() -> Governed:
    return Governed()


def over(job: str, status: str = "Failed") -> str:
    detail = {"ProcessingJobName": job, "ProcessingJobStatus": status}
    head = {"source": MonitorFailed.SOURCE, "detail-type": MonitorFailed.DETAIL_TYPE, "account": HOME.account}
    return json.dumps({**head, "detail": detail})


@pytest.mark.parametrize("attempt", range(1, JUDGED_AT_MOST + 1))
def test_the_last_attempt_that_fails_is_counted(governed: Governed, attempt: int) -> None:
    last = attempt == JUDGED_AT_MOST
    assert governed.govern(over(judge_name(NAMES, DUE, attempt))) == ("COUNTED" if last else "TRIED AGAIN")
    assert [datum["MetricName"] for datum in governed.metrics.data] == ["monitor_failures"] * last


def test_one_that_was_stopped_is_counted_since_nobody_tries_it_again(governed: Governed) -> None:
    assert governed.govern(over(judge_name(NAMES, DUE), "Stopped")) == "COUNTED"


def test_a_first_look_that_fails_is_counted(governed: Governed) -> None:
    assert governed.govern(over(monitor_name(NAMES, DUE))) == "COUNTED"


def test_another_models_is_refused(governed: Governed) -> None:
    assert governed.govern(over(judge_name(NAMES, DUE).replace("progression", "other"))) == "REJECTED_EVENT"
