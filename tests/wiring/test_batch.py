"""Batch scoring of a team that wants it hangs together, and a team that does not has none of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.contracts.alarms import SILENCE, of_batch
from core.contracts.batch import LONGEST_WATCH_S
from local.cloudwatch.definition import Definition, check
from local.cloudwatch.evaluation import evaluate
from local.cloudwatch.metrics import Grid, MetricStat, Series
from tests.wiring import check_batch
from tests.wiring.check_alarms import policy_of
from tests.wiring.system import System
from tests.wiring.test_teams import system


@pytest.fixture
def scoring(extremes: Path) -> System:
    return system(extremes, "largestnamedtea", "prod")


@pytest.mark.parametrize("check", check_batch.CHECKS, ids=lambda check: check.__name__)
def test_a_team_with_batches(check: Callable[[System], None], scoring: System) -> None:
    assert list(check_batch.scoring(scoring))
    check(scoring)


def test_without_batches_nothing_of_it_is_there(extremes: Path) -> None:
    bare = system(extremes, "bare", "dev")
    names = {function["FunctionName"] for function in bare.deployed.of("AWS::Lambda::Function")}
    assert bare.names.function("batch") not in names
    queues = {queue["QueueName"] for queue in bare.deployed.of("AWS::SQS::Queue")}
    assert bare.names.queue("batch") not in queues


def test_batches_that_take_as_long_as_they_may_are_no_silence_and_the_first_that_is_missing_is(scoring: System) -> None:
    """By CloudWatch's own rules, minute after minute."""
    (model,) = check_batch.scoring(scoring)
    names, policy = scoring.names.model(model.name), policy_of(scoring, model.name).batch
    assert policy is not None
    alarm = scoring.deployed.one("AWS::CloudWatch::Alarm", AlarmName=names.alarm(of_batch(SILENCE)))
    check(alarm)
    every, late = policy.every_s, policy.max_runtime_s + LONGEST_WATCH_S
    due = [number * every for number in range(2 * alarm["EvaluationPeriods"] + 6)]
    missed, quiet, heard = (
        due[-2],
        due[-2] + (alarm["EvaluationPeriods"] - 1) * every,
        due[-2] + alarm["EvaluationPeriods"] * every,
    )

    def state(now: float, without: set[int]) -> str | None:
        def read(stat: MetricStat, grid: Grid) -> Series:
            said = [at for at in due if at + late <= now and at not in without and grid.start <= at < grid.end]
            return dict.fromkeys((grid.bucket(at) for at in said), 1.0)

        return evaluate(Definition.of(alarm), now, read).state

    first = due[alarm["EvaluationPeriods"] + 2] + late
    for now in range(first, quiet, 60 * 7):
        assert state(now, set()) == "OK", f"{now - due[-2]} s after a batch was due"
        assert state(now, {missed}) == "OK"
    assert any(state(now, {missed}) == "ALARM" for now in range(quiet, heard, 60))
