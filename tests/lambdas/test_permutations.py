"""One set of messages, delivered in every order: the ledger ends the same."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from core.contracts.policy import Response
from core.diagnosis import Verdict
from core.remediation.items import from_item, to_item
from core.remediation.rows import ModelRow
from tests.lambdas.world import NAMES, POLICY, SWEEP, World, recorded

Delivery = tuple[str, str]
"""Function and body."""


def ledger(world: World) -> dict[str, Any]:
    """All rows but their revisions, which count writes."""
    rows = [replace(from_item(item), revision=0) for item in world.ledger.items.values()]
    return {f"{row.key.model} {row.key.row}": to_item(row) for row in rows}


def nameless(world: World) -> tuple[Any, list[Any]]:
    """The same without telling one alarm's episode from another's: what became of the model, and of how many alarms."""
    model = world.model
    names = {episode.id: "an episode" for episode in world.episodes}
    text = json.dumps(to_item(replace(model, revision=0)), sort_keys=True)
    for id, name in names.items():
        text = text.replace(id, name).replace(id[:12], name)
    outcomes = sorted([[entry.outcome.value for entry in episode.history] for episode in world.episodes])
    return text, outcomes


def orders(messages: Sequence[Delivery]) -> Iterator[tuple[int, ...]]:
    """Of the messages, by their numbers; which of two equal ones comes first makes no other order."""
    told = set()
    for order in itertools.permutations(range(len(messages))):
        if (told_so := tuple(messages[index] for index in order)) not in told:
            told.add(told_so)
            yield order


def deliver(world: World, order: Iterable[Delivery]) -> None:
    for function, body in order:
        world.delivered(getattr(world, function), body)


def at_rest(world: World) -> World:
    """Everything that is under way ends, and every function has looked twice."""
    for _ in range(3):
        for run in world.pipelines.runs:
            if run.status == "Executing":
                world.end_run(run)
        world.sweep()
        if world.endpoints.now is not None and world.endpoints.now.status == "Updating":
            before = world.clock.now
            world.endpoints.finish(well=True)
            world.clock.now = before
    return world


def hints() -> list[Delivery]:
    late = recorded("pipeline_changed")
    late["detail"]["currentPipelineExecutionStatus"] = "Failed"
    return [
        ("settle", json.dumps(recorded("pipeline_changed"))),
        ("settle", json.dumps(late)),
        ("settle", json.dumps(recorded("endpoint_changed"))),
        ("promote", json.dumps(recorded("package_approved"))),
    ]


def of_one_alarm(world: World) -> list[Delivery]:
    """The event twice, hints about what it leads to, too early and wrong; one of another account; a sweep."""
    alarm = world.raise_alarm()
    forged = json.dumps({**json.loads(alarm), "account": "999999999999"})
    return [*[("remediate", body) for body in (alarm, alarm, forged)], *hints()[1:3], ("remediate", SWEEP)]


@cache
def last(response: Response) -> dict[str, Any]:
    world = made(response)
    deliver(world, of_one_alarm(world))
    return ledger(at_rest(world))


def made(response: Response) -> World:
    policy = replace(POLICY, retrain=replace(POLICY.retrain, responses={"REAL_DRIFT": response}, fallback_version=1))
    world = World(policy)
    world.release_second()
    return world


@pytest.mark.slow  # 360 orders of each
@pytest.mark.parametrize("response", ["retrain", "ask", "rollback", "fallback", "notify", "freeze"])
def test_one_alarm_s_messages_leave_one_ledger_in_any_order(response: Response) -> None:
    for order in orders(of_one_alarm(made(response))):
        world = made(response)
        messages = of_one_alarm(world)
        deliver(world, (messages[index] for index in order))
        assert ledger(at_rest(world)) == last(response), order


def of_many(world: World) -> list[Delivery]:
    alarms = [world.raise_alarm(kind) for kind in ("quality", "drift", "attribution", "data")]
    return [*(("remediate", body) for body in alarms), ("remediate", alarms[0])]


@pytest.mark.parametrize("response", ["retrain", "ask", "rollback", "notify", "freeze"])
def test_alarms_of_one_window_lead_to_the_same_whichever_is_heard_first(response: Response) -> None:
    ends = set()
    for order in orders(of_many(made(response))):
        world = made(response)
        messages = of_many(world)
        deliver(world, (messages[index] for index in order))
        text, outcomes = nameless(world)
        ends.add((text, json.dumps(outcomes)))
    assert len(ends) == 1


def of_requests(world: World) -> Sequence[Delivery]:
    asked, later = world.asked_for("request-1"), world.asked_for("request-1", why="the same, told again")
    return [("remediate", asked), ("remediate", later), ("remediate", SWEEP), ("settle", SWEEP), *hints()[:1]]


def test_a_request_that_is_told_twice_is_one_run_in_any_order() -> None:
    def end(order: Sequence[int]) -> ModelRow:
        world = World(POLICY)
        world.window(Verdict.HEALTHY)
        messages = of_requests(world)
        deliver(world, (messages[index] for index in order))
        assert len(world.pipelines.runs) == 1
        return replace(at_rest(world).model, revision=0, run=None)

    ends = {repr(end(order)) for order in itertools.permutations(range(5))}
    assert len(ends) == 1


def test_two_ledgers_that_differ_are_told_apart() -> None:
    """The comparison can fail."""
    one, other = made("retrain"), made("retrain")
    look: Callable[[World], Any] = ledger
    assert look(one) == look(other)
    other.remediate(other.raise_alarm())
    assert look(one) != look(other)
    assert nameless(one) != nameless(other)
    assert NAMES.model in str(look(one))
