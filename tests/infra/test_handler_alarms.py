"""What the alarms on dead letters say lies there, and where it is told why."""

from __future__ import annotations

from typing import Any

import pytest

from core.contracts.dead_letters import CODE, MESSAGE
from core.names import TeamNames
from tests.infra.artifacts import MODEL, deployed, tenant
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

NAMES = TeamNames("risk", "dev")
BATCHES = {**MODEL, "name": "batches", "batch": {"every_hours": 24}, "retraining": {"every_days": 7}}
RUNS = "runs of monitors that could not be started"
MOST_CHARACTERS = 1024


@pytest.fixture(scope="module")
def team() -> Deployed:
    return deployed(tenant(models=[MODEL, BATCHES]))


def told(team: Deployed) -> dict[str, str]:
    """Queue of dead letters -> what the alarm on it says."""
    letters = {}
    for alarm in team.of("AWS::CloudWatch::Alarm"):
        for dimension in alarm.get("Dimensions", ()):
            if dimension["Name"] == "QueueName":
                letters[dimension["Value"]] = str(alarm["AlarmDescription"])
    return letters


def target(schedule: dict[str, Any]) -> dict[str, Any]:
    return dict(schedule["Target"])


def test_what_a_schedule_could_not_start_is_told_of_where_it_lies(team: Deployed) -> None:
    monitors = {
        target(schedule)["DeadLetterConfig"]["Arn"].rpartition(":")[2]
        for schedule in team.of("AWS::Scheduler::Schedule")
        if target(schedule)["Arn"].endswith(":createProcessingJob")
    }
    assert monitors
    assert {queue for queue, text in told(team).items() if RUNS in text} == monitors


def test_the_alarm_says_where_the_reason_stands_of_what_was_not_delivered(team: Deployed) -> None:
    named = [each["Target"] for each in team.of("AWS::Scheduler::Schedule")]
    named += [each for rule in team.of("AWS::Events::Rule") for each in rule["Targets"]]
    queues = {each["DeadLetterConfig"]["Arn"].rpartition(":")[2] for each in named if "DeadLetterConfig" in each}
    assert len(queues) > 4
    assert [queue for queue in queues if not {CODE, MESSAGE} <= set(told(team)[queue].split())] == []


def test_the_alarm_says_where_the_reason_stands_of_what_a_function_gave_up(team: Deployed) -> None:
    groups = {group["LogGroupName"] for group in team.of("AWS::Logs::LogGroup")}
    for function in ("remediate", "promote", "settle", "govern", "batch", "teardown"):
        text = told(team)[NAMES.dead_letters(function)]
        assert f"On all others {function} gave up: " in text
        assert f"/aws/lambda/{NAMES.function(function)} says why" in text
        assert f"/aws/lambda/{NAMES.function(function)}" in groups


def test_letters_to_people_are_nothing_that_a_function_gave_up(team: Deployed) -> None:
    text = told(team)[NAMES.dead_letters("notifications")]
    assert "could not be delivered" in text
    assert "gave up" not in text


def test_each_names_its_queue_and_is_short_enough(team: Deployed) -> None:
    for queue, text in told(team).items():
        assert queue in text
        assert len(text) <= MOST_CHARACTERS
