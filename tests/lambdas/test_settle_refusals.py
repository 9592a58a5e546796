"""What AWS says when it refuses the hourly deployment: each reason is told once, "nothing to do" never."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.events import DeploymentRolledBack
from core.governance.refusals import NOTHING_TO_DO, Refusal, news
from lambdas.failures import Unavailable
from lambdas.settle.refusals import AT_ONCE, SqsRefusals
from tests.lambdas.aws import PLENTY, account
from tests.lambdas.fakes import FakeRefusals
from tests.lambdas.faults import Fault
from tests.lambdas.world import HOME, SWEEP, TEAM, World

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
NOTHING = (
    f"{NOTHING_TO_DO}. (Service: CloudFormation, Status Code: 400, Request ID: 5a1e4c0f-9d3b-4c0f-9d3b-0123456789ab)"
)
DENIED = "User: arn:aws:sts::111122223333:assumed-role/demo-dev-scheduler/{} is not authorized to perform: UpdateStack"
STUCK = "Stack:arn:aws:cloudformation:x:stack/demo-dev-operations/x is in UPDATE_ROLLBACK_FAILED state and can not be"
BUSY = (
    "Stack:arn:aws:cloudformation:x:stack/demo-dev-operations/x is in UPDATE_IN_PROGRESS state and can not be updated."
)


@pytest.fixture
def world() -> World:
    found = World()
    found.refusals = FakeRefusals(found.faults)
    return found


def hours(world: World, *messages: str) -> None:
    """One deployment was refused in each hour, and a sweep came after it."""
    for number, message in enumerate(messages):
        refuse(world, message, str(number))
        world.settle(SWEEP)


def refuse(world: World, message: str, session: str = "0") -> None:
    assert world.refusals is not None
    world.clock.pass_(hours=1)
    told = message.format(f"{session}deadbeef0123456789abcdef")
    world.refusals.said.append(Refusal("AccessDenied", told, world.clock.now, session))


def test_that_there_was_nothing_to_do_is_no_news(world: World) -> None:
    hours(world, *[NOTHING] * 5)
    assert world.topic.notices == []
    assert world.refusals is not None
    assert world.refusals.said == []


def test_a_reason_is_told_once_however_often_it_comes(world: World) -> None:
    hours(world, *[DENIED] * 5)
    (notice,) = world.topic.notices
    assert notice.subject == "[demo-dev] The hourly deployment is refused"
    assert "is not authorized to perform: UpdateStack" in notice.text
    assert notice.attributes["urgency"] == "action"


def test_another_reason_is_told_too(world: World) -> None:
    hours(world, DENIED, STUCK, DENIED, STUCK)
    assert len({notice.attributes["dedup"] for notice in world.topic.notices}) == len(world.topic.notices) == 2


def test_a_reason_that_comes_again_after_a_good_hour_is_told_again(world: World) -> None:
    hours(world, DENIED, NOTHING, DENIED)
    assert len({notice.attributes["dedup"] for notice in world.topic.notices}) == len(world.topic.notices) == 2


def test_that_somebody_else_deploys_is_no_news_and_ends_none(world: World) -> None:
    hours(world, BUSY, STUCK, BUSY, STUCK)
    assert len(world.topic.notices) == 1


FAILED = "The following resource(s) failed to update: [ChurnDataQuality]. "


def rolled_back(
    world: World,
    status: str = "UPDATE_ROLLBACK_IN_PROGRESS",
    why: str = FAILED,
    stack: str = "operations",
    **other: str,
) -> str:
    """CloudFormation's event of an hour later."""
    world.clock.pass_(hours=1)
    arn = f"arn:aws:cloudformation:{HOME.region}:{HOME.account}:stack/{TEAM.stack(stack)}/5a1e4c0f"
    event = {
        "source": DeploymentRolledBack.SOURCE,
        "detail-type": DeploymentRolledBack.DETAIL_TYPE,
        "account": HOME.account,
        "time": f"{world.clock.now:%Y-%m-%dT%H:%M:%SZ}",
        "detail": {"stack-id": arn, "status-details": {"status": status, "status-reason": why}},
    }
    return json.dumps({**event, **other})


def test_a_deployment_that_is_taken_back_each_hour_is_told_once(world: World) -> None:
    for _ in range(3):
        assert world.settle(rolled_back(world)) == "ROLLED_BACK"
    (notice,) = world.topic.notices
    assert notice.subject == "[demo-dev] A deployment was rolled back"
    assert f"UPDATE_ROLLBACK_IN_PROGRESS: {FAILED}" in notice.text
    assert "continue-update-rollback" not in notice.text
    assert notice.attributes["urgency"] == "action"


def test_it_is_told_again_once_it_had_been_well(world: World) -> None:
    world.settle(rolled_back(world))
    hours(world, NOTHING)
    world.settle(rolled_back(world))
    assert len({notice.attributes["dedup"] for notice in world.topic.notices}) == len(world.topic.notices) == 2


def test_a_stack_that_is_stuck_is_news_beside_its_rollback(world: World) -> None:
    world.settle(rolled_back(world))
    world.settle(rolled_back(world, DeploymentRolledBack.STUCK, why=""))
    _, stuck = world.topic.notices
    assert "UPDATE_ROLLBACK_FAILED: no reason was given" in stuck.text
    assert f"continue-update-rollback --stack-name {TEAM.stack('operations')}" in stuck.text


def test_another_stack_or_account_is_not_this_team_s(world: World) -> None:
    forged = (rolled_back(world, stack="network"), rolled_back(world, account="999999999999"))
    assert [world.settle(body) for body in forged] == ["REJECTED_EVENT"] * 2
    assert world.topic.notices == []


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("call", range(4))
def test_people_hear_of_a_rollback_whatever_call_goes_wrong(world: World, call: int, fault: Fault) -> None:
    body = rolled_back(world)
    world.faults.plan = {len(world.faults.calls) + call: fault}
    world.delivered(world.settle, body)
    assert len({notice.attributes["dedup"] for notice in world.topic.notices}) == 1
    assert len(world.topic.notices) <= 2


def test_what_came_between_two_sweeps_is_heard_in_its_order(world: World) -> None:
    for message in (NOTHING, DENIED):
        refuse(world, message)
    assert world.refusals is not None
    world.refusals.said.reverse()
    world.settle(SWEEP)
    hours(world, DENIED)
    assert len(world.topic.notices) == 1


def test_a_team_without_hourly_deployments_asks_for_no_queue() -> None:
    world = World()
    assert world.settle(SWEEP) == "SWEPT"
    assert not any(call.startswith("refusals") for call in world.faults.calls)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("call", range(12))
def test_people_are_told_whatever_call_goes_wrong(world: World, call: int, fault: Fault) -> None:
    refuse(world, DENIED)
    world.faults.plan = {len(world.faults.calls) + call: fault}
    world.delivered(world.settle, SWEEP)
    world.faults.plan = {}
    world.settle(SWEEP)
    assert {notice.attributes["outcome"] for notice in world.topic.notices} == {"GOVERNANCE"}
    assert len({notice.attributes["dedup"] for notice in world.topic.notices}) == 1
    assert len(world.topic.notices) <= 2
    assert world.refusals is not None
    assert world.refusals.said == []


def test_a_sweep_whose_queue_is_silent_comes_again_and_has_done_the_rest(world: World) -> None:
    refuse(world, DENIED)
    at = len(world.faults.calls)
    world.settle(SWEEP)
    number = world.faults.calls.index("refusals.waiting", at) - at
    world.faults.plan = {len(world.faults.calls) + number: Fault.REQUEST_LOST}
    with pytest.raises(Unavailable):
        world.settle(SWEEP)
    assert world.standings.kept == [world.policy.model] * 2


reasons = st.sampled_from([DENIED, STUCK, BUSY, NOTHING])


@given(st.lists(reasons, max_size=12), st.integers(0, 12))
def test_hearing_in_parts_tells_what_hearing_at_once_tells(said: list[str], cut: int) -> None:
    refusals = [Refusal("x", text, AT + timedelta(hours=hour)) for hour, text in enumerate(said)]
    told, first = news((), refusals[:cut])
    after, second = news(told, refusals[cut:])
    assert (after, (*first, *second)) == news((), refusals)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with account(monkeypatch) as clients:
        yield clients("sqs")


def test_the_queue_is_read_as_scheduler_writes_it(sqs: Any) -> None:
    name = TEAM.dead_letters("redeployment")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    texts = {"ERROR_CODE": "AccessDenied", "ERROR_MESSAGE": STUCK, "RETRY_ATTEMPTS": "0"}
    attributes = {key: {"DataType": "String", "StringValue": text} for key, text in texts.items()}
    for _ in range(AT_ONCE + 2):
        sqs.send_message(QueueUrl=url, MessageBody="{}", MessageAttributes=attributes)
    sqs.send_message(QueueUrl=url, MessageBody="not from the scheduler")
    refusals = SqsRefusals(PLENTY, sqs, name)
    found = refusals.waiting()
    assert [each.reason for each in found] == [f"AccessDenied: {STUCK}"] * (AT_ONCE + 2) + ["Unknown: "]
    assert found[0].at.tzinfo is not None
    refusals.forget(found)
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    left = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    assert [counted[name] for name in left] == ["0", "0"]
