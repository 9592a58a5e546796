"""A model's engine follows its file and its endpoint: SageMaker's schedules come once there is an endpoint, and go with
it, and the platform's own schedule watches whenever they are not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.contracts.events import DeploymentRolledBack
from core.contracts.managed import STANDS_NOT, TYPES
from local.start import EmbeddedAws, eventually
from tests.containers.world import JOB, NAMES
from tests.local.hosting import Hosting
from tests.local.managed_stack import REFUSED, STACK, deployed, make_scheduler_role, tell, template
from tests.local.messages import listen, taken
from tests.local.watched import ACCOUNT, World, make_monitor_role

pytestmark = pytest.mark.slow(takes_s=25)
OWN = {NAMES.monitor}
OF_BATCHES = {NAMES.managed_monitor(kind, of_batches=True) for kind in TYPES}
OF_REQUESTS = {NAMES.managed_monitor(kind) for kind in TYPES}


@pytest.fixture
def world(aws: EmbeddedAws, host: Hosting) -> Iterator[World]:
    make_monitor_role(aws)
    parameter = {"Name": NAMES.standing_parameter, "Type": "String", "Value": STANDS_NOT}
    aws.client("ssm").put_parameter(**parameter, Overwrite=True)
    yield World(aws, host)
    aws.client("cloudformation").delete_stack(StackName=STACK)


def watching(aws: EmbeddedAws) -> set[str]:
    """Schedules of the model's monitors, the platform's own and SageMaker's."""
    own = aws.client("scheduler").list_schedules()["Schedules"]
    theirs = aws.client("sagemaker").list_monitoring_schedules(MaxResults=100)["MonitoringScheduleSummaries"]
    names = {each["Name"] for each in own} | {each["MonitoringScheduleName"] for each in theirs}
    return names & (OWN | OF_REQUESTS | OF_BATCHES)


def until(aws: EmbeddedAws, expected: set[str]) -> None:
    """Wait for these schedules; at no moment may the requests be watched by nobody."""
    for _ in eventually(240):
        found = watching(aws)
        seen = found & (OWN | OF_REQUESTS) or watching(aws) & (OWN | OF_REQUESTS)  # both kinds are not listed at once
        assert seen, "nobody watches the endpoint's requests"
        if found == expected:
            return


def test_the_engine_follows_the_endpoint_by_itself(aws: EmbeddedAws, world: World, tmp_path: Path) -> None:
    body = template(tmp_path, make_scheduler_role(aws))
    assert deployed(aws, body) == "CREATE_COMPLETE", "there is no endpoint yet, and none is asked for"
    assert watching(aws) == OWN | OF_BATCHES
    world.serve()
    tell(aws)
    until(aws, OF_REQUESTS | OF_BATCHES)
    aws.client("sagemaker").delete_endpoint(EndpointName=NAMES.endpoint)
    tell(aws)
    until(aws, OWN | OF_BATCHES)


def test_one_deployment_of_a_changed_file_moves_a_model_over_and_back(
    aws: EmbeddedAws, world: World, tmp_path: Path
) -> None:
    role = make_scheduler_role(aws)
    own, managed = (template(tmp_path / engine, role, engine) for engine in ("own", "managed"))
    assert deployed(aws, own) == "CREATE_COMPLETE"
    assert watching(aws) == OWN
    world.serve()
    tell(aws)
    assert deployed(aws, managed, update=True) == "UPDATE_COMPLETE"
    assert watching(aws) == OF_REQUESTS | OF_BATCHES
    assert deployed(aws, own, update=True) == "UPDATE_COMPLETE"
    assert watching(aws) == OWN


def test_a_move_that_fails_leaves_the_own_schedule_and_says_why(
    aws: EmbeddedAws, world: World, tmp_path: Path, queue: Callable[[], tuple[str, str]], unique: Callable[[str], str]
) -> None:
    """What was told is wrong: there is no endpoint."""
    url, arn = queue()
    beginning = f"arn:aws:cloudformation:{JOB.region}:{ACCOUNT}:stack/{STACK}/"
    listen(aws, unique("rule"), DeploymentRolledBack.pattern(ACCOUNT, beginning), url, arn)
    body = template(tmp_path, make_scheduler_role(aws))
    assert deployed(aws, body) == "CREATE_COMPLETE"
    aws.client("ssm").put_parameter(Name=NAMES.standing_parameter, Value="yes", Overwrite=True)
    for _ in eventually(240):
        (stack,) = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        assert watching(aws) >= OWN
        if stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE":
            break
    assert watching(aws) == OWN | OF_BATCHES
    event = DeploymentRolledBack.parse(json.loads(taken(aws, url)))
    assert (event.stack.startswith(beginning), event.account) == (True, ACCOUNT)
    assert event.status == "UPDATE_ROLLBACK_IN_PROGRESS"
    assert "The following resource(s) failed to" in event.reason


def test_why_nothing_was_deployed_is_kept(aws: EmbeddedAws, world: World, tmp_path: Path) -> None:
    body = template(tmp_path, make_scheduler_role(aws))
    assert deployed(aws, body) == "CREATE_COMPLETE"
    sqs = aws.client("sqs")
    queue = sqs.get_queue_url(QueueName=REFUSED)["QueueUrl"]
    for _ in eventually(240):
        letters = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages", [])
        said = [letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"] for letter in letters]
        if any("No updates are to be performed" in why for why in said):
            return
