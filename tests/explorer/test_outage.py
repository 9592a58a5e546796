"""Nothing answers: neither the ledger nor SageMaker, as when a region is out."""

from __future__ import annotations

import pytest

from tests.lambdas.faults import Fault
from tests.lambdas.world import SWEEP, World


@pytest.mark.fault("F40")
def test_while_nothing_answers_nothing_is_done_and_afterwards_the_sweep_does_it() -> None:
    world = World()
    body, before = world.raise_alarm(), dict(world.ledger.items)
    world.faults.plan = dict.fromkeys(range(1000), Fault.REQUEST_LOST)
    for function in (world.remediate, world.settle, world.promote):
        world.delivered(function, body)
        world.delivered(function, SWEEP)
    assert (world.pipelines.runs, world.topic.notices, world.ledger.items) == ([], [], before)
    assert world.endpoints.deployments == []
    world.faults.plan = {}
    world.remediate(SWEEP)
    assert (len(world.pipelines.runs), world.topic.outcomes) == (1, ["STARTED"])
