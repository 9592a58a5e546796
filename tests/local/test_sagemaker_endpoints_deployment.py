"""UpdateEndpoint: stages, alarms, the way back, and what is kept of the old fleet."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import slow_motion
from tests.local.hosting import VARIANT, Hosting

pytestmark = pytest.mark.slow


def canary(*alarms: str, wait_s: int = 1800) -> dict[str, Any]:
    size = {"Type": "CAPACITY_PERCENT", "Value": 50}
    routing = {"Type": "CANARY", "CanarySize": size, "WaitIntervalInSeconds": wait_s}
    guard = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}, **guard}


def rolling(*alarms: str) -> dict[str, Any]:
    batch = {"Type": "CAPACITY_PERCENT", "Value": 50}
    guard = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {"RollingUpdatePolicy": {"MaximumBatchSize": batch, "WaitIntervalInSeconds": 3600}, **guard}


def alarm(aws: EmbeddedAws, name: str) -> str:
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    return name


def set_off(aws: EmbeddedAws, name: str) -> None:
    aws.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")


def test_an_update_swaps_the_fleet_and_ends_the_old_processes(host: Hosting) -> None:
    name = host.endpoint("old")
    before = host.ask_process(name)[1]
    config = host.config("new")
    host.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    assert host.until(name, "InService")["EndpointConfigName"] == config
    assert host.ask(name) == "new"
    assert not psutil.pid_exists(before)


def test_a_canary_answers_beside_the_old_fleet_and_then_alone(host: Hosting) -> None:
    name, update = host.endpoint("old"), {"EndpointConfigName": host.config("new"), "DeploymentConfig": canary()}
    said = "Baking for 1800 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s)."
    with slow_motion(host.aws):
        host.sagemaker.update_endpoint(EndpointName=name, **update)
        _until_it_says(host, name, said)
        assert {host.ask(name) for _ in range(40)} == {"old", "new"}
    described = host.until(name, "InService")
    assert {host.ask(name) for _ in range(10)} == {"new"}
    assert described["LastDeploymentConfig"] == canary()
    assert "PendingDeploymentSummary" not in described


def test_no_request_is_lost_while_the_fleet_is_swapped(host: Hosting) -> None:
    name = host.endpoint("old")
    swapped, answers = threading.Event(), []

    def keep_asking() -> None:
        while not swapped.is_set():
            answers.append(host.ask(name))

    callers = [threading.Thread(target=keep_asking) for _ in range(3)]
    for caller in callers:
        caller.start()
    host.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=host.config("new"))
    host.until(name, "InService")
    answers.append(host.ask(name))
    swapped.set()
    for caller in callers:
        caller.join()
    assert set(answers) == {"old", "new"}


def test_an_alarm_during_the_canary_brings_the_old_fleet_back(
    aws: EmbeddedAws, host: Hosting, unique: Callable[[str], str], queue: Callable[[], tuple[str, str]]
) -> None:
    name, errors = host.endpoint("old"), alarm(aws, unique("errors"))
    statuses = _statuses(aws, name, unique("rule"), queue)
    before = host.until(name, "InService")["EndpointConfigName"]
    update = {"EndpointConfigName": host.config("new"), "DeploymentConfig": canary(errors, wait_s=3600)}
    with slow_motion(aws):
        host.sagemaker.update_endpoint(EndpointName=name, **update)
        for _ in eventually():
            if host.ask(name) == "new":
                break
        set_off(aws, errors)
        described = host.until(name, "InService")
    assert f"alarm(s) {errors} went into ALARM" in described["FailureReason"]
    assert described["EndpointConfigName"] == before
    assert {host.ask(name) for _ in range(20)} == {"old"}
    for _ in eventually():
        told = statuses()
        since = told[told.index("UPDATING") :] if "UPDATING" in told else []  # its creation may still be told of
        if "IN_SERVICE" in since and "ROLLING_BACK" in since:
            break
    assert list(dict.fromkeys(since)) == ["UPDATING", "ROLLING_BACK", "IN_SERVICE"]


def test_an_alarm_that_is_on_already_stops_the_deployment(
    aws: EmbeddedAws, host: Hosting, unique: Callable[[str], str]
) -> None:
    name, errors = host.endpoint("old"), alarm(aws, unique("errors"))
    set_off(aws, errors)
    host.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=host.config("new"), DeploymentConfig=canary(errors)
    )
    assert errors in host.until(name, "InService")["FailureReason"]
    assert host.ask(name) == "old"


def test_an_alarm_that_does_not_exist_guards_nothing_and_stops_the_deployment(host: Hosting) -> None:
    name = host.endpoint("old")
    host.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=host.config("new"), DeploymentConfig=canary("nobody")
    )
    assert "nobody do not exist" in host.until(name, "InService")["FailureReason"]


def test_a_new_model_that_does_not_start_leaves_the_old_one_in_service(host: Hosting) -> None:
    name = host.endpoint("old")
    host.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=host.config("broken"))
    assert "ping health check" in host.until(name, "InService")["FailureReason"]
    assert host.ask(name) == "old"


def test_rolling_replaces_one_half_after_the_other(host: Hosting) -> None:
    name = host.endpoint(host.variant("old", count=2))
    before = {host.ask_process(name)[1] for _ in range(30)}
    update = {"EndpointConfigName": host.config(host.variant("new", count=2)), "DeploymentConfig": rolling()}
    with slow_motion(host.aws):
        host.sagemaker.update_endpoint(EndpointName=name, **update)
        _until_it_says(host, name, "Baking for 3600 seconds (WaitIntervalInSeconds) with traffic enabled on batch")
        assert {host.ask(name) for _ in range(40)} == {"old", "new"}
    _until_it_says(host, name, "full capacity of 2 instance(s)")
    assert sum(psutil.pid_exists(process) for process in before) == 1
    host.until(name, "InService")
    assert {host.ask(name) for _ in range(20)} == {"new"}


def test_a_rolling_update_whose_way_back_is_blocked_ends_as_a_mix(
    aws: EmbeddedAws, host: Hosting, unique: Callable[[str], str]
) -> None:
    errors = alarm(aws, unique("errors"))
    name = host.endpoint(host.variant("old", count=2))
    before = {host.ask_process(name)[1] for _ in range(30)}
    config = host.config(host.variant("new", count=2))
    host.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config, DeploymentConfig=rolling(errors))
    _until_it_says(host, name, "full capacity of 2 instance(s)")
    with slow_motion(aws):
        for answer in aws.home.glob(f"tmp/endpoints/{name}/*/{VARIANT}/model/answer.txt"):
            if answer.read_text() == "old":
                answer.write_text("broken")
        set_off(aws, errors)
        described = host.until(name, "UpdateRollbackFailed")
    assert "The rollback failed as well" in described["FailureReason"]
    assert {host.ask_process(name)[1] in before for _ in range(40)} == {True, False}
    host.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=host.config("fresh"))
    host.until(name, "InService")
    assert {host.ask(name) for _ in range(10)} == {"fresh"}
    assert not any(psutil.pid_exists(process) for process in before)


def test_properties_of_the_old_variants_are_retained_on_request(host: Hosting) -> None:
    name = host.endpoint(host.variant("old", count=1))
    changes = [{"VariantName": VARIANT, "DesiredInstanceCount": 2, "DesiredWeight": 3.0}]
    host.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=changes)
    host.until(name, "InService")
    host.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=host.config("new"),
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    [variant] = host.until(name, "InService")["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (2, 1.0)
    assert {host.ask(name) for _ in range(10)} == {"new"}


def test_an_impossible_deployment_is_refused_before_anything_happens(host: Hosting) -> None:
    name = host.endpoint("old")
    too_large = canary()
    too_large["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["CanarySize"]["Value"] = 80
    with pytest.raises(ClientError, match="CanarySize must be between 0% and 50%"):
        host.sagemaker.update_endpoint(
            EndpointName=name, EndpointConfigName=host.config("new"), DeploymentConfig=too_large
        )
    host.until(name, "InService")


def _until_it_says(host: Hosting, endpoint: str, message: str) -> None:
    """Wait for a text in the status of the variant that is about to take over."""
    for _ in eventually(pause=0.01):
        described = host.sagemaker.describe_endpoint(EndpointName=endpoint)
        [variant] = described.get("PendingDeploymentSummary", {}).get("ProductionVariants", [{}])
        if message in variant.get("VariantStatus", [{"StatusMessage": ""}])[0]["StatusMessage"]:
            return


def _statuses(
    aws: EmbeddedAws, endpoint: str, rule: str, queue: Callable[[], tuple[str, str]]
) -> Callable[[], list[str]]:
    """The statuses that EventBridge has told of the endpoint so far, in their order: queues do not keep it."""
    url, arn = queue()
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Endpoint State Change"]}
    pattern |= {"detail": {"EndpointName": [endpoint]}}  # type: ignore[dict-item]
    events, sqs, seen = aws.client("events"), aws.client("sqs"), []
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    policy = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**policy, "Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})

    def told() -> list[str]:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
            seen.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        seen.sort(key=lambda event: event["detail"]["LastModifiedTime"])
        return [event["detail"]["EndpointStatus"] for event in seen]

    return told
