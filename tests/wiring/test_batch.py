"""Batch scoring of a team that wants it hangs together, and a team that does not has none of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wiring import check_batch
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
