"""Alarms of the running embedded AWS: what changes their state, and who hears of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from core.contracts.events import AlarmRaised
from local.start import EmbeddedAws, eventually
from tests.local.alarms import ACCOUNT, HOUR, REGION, Alarms, Unique, allow_to_queue

pytestmark = pytest.mark.slow


@pytest.fixture
def alarms(aws: EmbeddedAws, unique: Unique, queue: Callable[[], tuple[str, str]]) -> Iterator[Alarms]:
    made = Alarms(aws, unique, queue())
    yield made
    made.end()


def test_an_alarm_that_is_raised_sends_the_event_that_the_platform_reads(alarms: Alarms) -> None:
    name = alarms.put(AlarmDescription="the rows have drifted")
    alarms.listen(name)
    alarms.publish(1.5)
    event = alarms.heard()[0]
    raised, alarm = AlarmRaised.parse(event), alarms.await_state(name, "ALARM")
    assert (raised.arn, raised.name, raised.account, raised.region) == (alarms.arn(name), name, ACCOUNT, REGION)
    assert raised.at == alarm["StateTransitionedTimestamp"]
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event["detail"]["configuration"]["description"] == "the rows have drifted"
    (metric,) = event["detail"]["configuration"]["metrics"]
    assert metric["metricStat"]["metric"] == {
        "namespace": alarms.namespace,
        "name": "drift",
        "dimensions": {"Endpoint": "mine"},
    }


def test_a_data_point_of_other_dimensions_is_of_another_metric(alarms: Alarms) -> None:
    name, other = alarms.put(), alarms.put(Dimensions=[{"Name": "Endpoint", "Value": "theirs"}])
    alarms.publish(5.0, endpoint="theirs")
    alarms.await_state(other, "ALARM")
    assert alarms.described(name)["StateValue"] == "INSUFFICIENT_DATA"


def test_a_data_point_of_another_unit_does_not_count(alarms: Alarms) -> None:
    name, any_unit = alarms.put(Unit="Percent"), alarms.put()
    alarms.publish(5.0, Unit="Count")
    alarms.await_state(any_unit, "ALARM")
    assert alarms.described(name)["StateValue"] == "INSUFFICIENT_DATA"


def test_an_alarm_follows_its_metric_and_ends_without_data(alarms: Alarms) -> None:
    name = alarms.put(Period=1800)
    alarms.publish(5.0)
    alarms.await_state(name, "ALARM")
    alarms.publish(0.1, Timestamp=alarms.aws.now() + timedelta(minutes=30))
    alarms.await_state(name, "OK")
    reason = alarms.await_state(name, "INSUFFICIENT_DATA")["StateReason"]
    assert reason == "Insufficient Data: 1 datapoint was unknown."
    changes = [change.removeprefix("Alarm updated from ") for change in alarms.history(name, "StateUpdate")]
    assert changes[:3] == ["OK to INSUFFICIENT_DATA", "ALARM to OK", "INSUFFICIENT_DATA to ALARM"]


def test_two_of_three_data_points_raise_the_alarm(alarms: Alarms) -> None:
    name = alarms.put(EvaluationPeriods=3, DatapointsToAlarm=2)
    now = alarms.aws.now()
    for hours, value in ((0.5, 0.0), (1.5, 5.0)):
        alarms.publish(value, Timestamp=now - timedelta(hours=hours))
    alarms.await_state(name, "OK")
    alarms.publish(5.0, Timestamp=now - timedelta(hours=2.5))
    assert "2 out of the last 3 datapoints" in alarms.await_state(name, "ALARM")["StateReason"]


@pytest.mark.fault("F5")
def test_missing_data_may_raise_a_new_alarm(alarms: Alarms) -> None:
    alarm = alarms.await_state(alarms.put(TreatMissingData="breaching"), "ALARM")
    assert "1 missing datapoint was treated as [Breaching]" in alarm["StateReason"]


def test_an_expression_raises_an_alarm(alarms: Alarms) -> None:
    def stat(metric: str) -> dict[str, Any]:
        named = {"Namespace": alarms.namespace, "MetricName": metric}
        dimensions = [{"Name": "Endpoint", "Value": "mine"}]
        return {"Metric": {**named, "Dimensions": dimensions}, "Period": HOUR, "Stat": "Sum"}

    queries = [
        {"Id": "errors", "MetricStat": stat("errors"), "ReturnData": False},
        {"Id": "requests", "MetricStat": stat("requests"), "ReturnData": False},
        {"Id": "rate", "Expression": "IF(requests >= 10, errors / requests, 0)", "ReturnData": True},
    ]
    name = alarms.put(Metrics=queries, Threshold=0.5)
    alarms.publish(9, metric="errors")
    alarms.publish(9, metric="requests")
    alarms.await_state(name, "OK")
    alarms.publish(1, metric="requests")
    assert alarms.await_state(name, "ALARM")["Metrics"] == queries


def test_a_topic_hears_of_an_alarm_if_it_lets_cloudwatch_publish(alarms: Alarms, unique: Unique) -> None:
    sns = alarms.aws.client("sns")
    open_topic, closed_topic = (sns.create_topic(Name=unique("topic"))["TopicArn"] for _ in range(2))
    denied = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sns:Publish"}]}
    denied["Statement"][0]["Resource"] = closed_topic  # type: ignore[index]
    sns.set_topic_attributes(TopicArn=closed_topic, AttributeName="Policy", AttributeValue=json.dumps(denied))
    allow_to_queue(alarms, "sns.amazonaws.com")
    sns.subscribe(TopicArn=open_topic, Protocol="sqs", Endpoint=alarms.queue_arn)
    name = alarms.put(AlarmActions=[open_topic, closed_topic])
    alarms.publish(5.0)
    message = json.loads(alarms.heard()[0]["Message"])
    assert (message["AlarmName"], message["NewStateValue"], message["Trigger"]["Statistic"]) == (
        name,
        "ALARM",
        "MAXIMUM",
    )
    assert message["Trigger"]["Dimensions"] == [{"name": "Endpoint", "value": "mine"}]
    failed, succeeded = sorted(alarms.history(name, at_least=2))
    assert succeeded == f"Successfully executed action {open_topic}"
    assert failed.startswith(f"Failed to execute action {closed_topic}")


def test_a_function_is_invoked_if_it_lets_alarms_do_so(
    alarms: Alarms, function: Callable[[str], tuple[str, str]]
) -> None:
    source = f"""
import json, boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl={alarms.queue_url!r}, MessageBody=json.dumps(event))
"""
    name, arn = function(source)
    _, closed = function(source)
    functions = alarms.aws.client("lambda")
    statement = {"Action": "lambda:InvokeFunction", "Principal": "lambda.alarms.cloudwatch.amazonaws.com"}
    functions.add_permission(FunctionName=name, StatementId="alarms", SourceAccount=ACCOUNT, **statement)
    role = functions.get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": alarms.queue_arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [send]})
    alarms.aws.client("iam").put_role_policy(RoleName=role, PolicyName="send", PolicyDocument=document)
    alarm = alarms.put(AlarmActions=[arn, closed])
    alarms.publish(5.0)
    event = alarms.heard()[0]
    assert (event["source"], event["alarmArn"]) == ("aws.cloudwatch", alarms.arn(alarm))
    assert event["alarmData"]["state"]["value"] == "ALARM"
    assert any("is not authorized" in item and closed in item for item in alarms.history(alarm, at_least=2))


def test_disabled_actions_do_not_run_but_events_are_sent(alarms: Alarms) -> None:
    name = alarms.put(AlarmActions=["arn:aws:sns:us-east-1:000000000000:any"], ActionsEnabled=False)
    alarms.listen(name)
    alarms.publish(5.0)
    assert AlarmRaised.parse(alarms.heard()[0]).name == name
    assert alarms.history(name) == []


def test_an_action_of_a_service_that_is_not_modelled_is_told_in_the_history(alarms: Alarms) -> None:
    action = f"arn:aws:ssm:{REGION}:{ACCOUNT}:opsitem:1"
    name = alarms.put(AlarmActions=[action])
    alarms.publish(5.0)
    alarms.await_state(name, "ALARM")
    assert alarms.history(name, at_least=1) == [
        f"Failed to execute action {action}. the embedded AWS does not model it"
    ]


def test_a_state_set_by_hand_acts_until_the_next_evaluation(alarms: Alarms) -> None:
    name = alarms.put()
    alarms.listen(name)
    alarms.publish(0.0)
    alarms.await_state(name, "OK")
    alarms.client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="to try the loop")
    told = sorted(alarms.heard(3), key=lambda event: event["detail"]["state"]["timestamp"])
    calm, raised, again = told[:3]  # a queue does not keep their order
    assert (calm["detail"]["state"]["value"], AlarmRaised.parse(raised).reason) == ("OK", "to try the loop")
    assert again["detail"]["state"]["value"] == "OK"


def test_an_update_keeps_the_state_and_a_deleted_alarm_is_forgotten(alarms: Alarms) -> None:
    name = alarms.put()
    alarms.publish(5.0)
    before = alarms.await_state(name, "ALARM")
    kept = {member: before[member] for member in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period")}
    kept |= {member: before[member] for member in ("EvaluationPeriods", "ComparisonOperator")}
    alarms.client.put_metric_alarm(AlarmName=name, Threshold=2, **kept)
    after = alarms.described(name)
    assert (after["StateValue"], after["Threshold"]) == ("ALARM", 2.0)
    assert after["StateTransitionedTimestamp"] == before["StateTransitionedTimestamp"]
    alarms.client.delete_alarms(AlarmNames=[name])
    alarms.client.put_metric_alarm(AlarmName=name, Threshold=9, **kept)
    assert "9.0" in alarms.await_state(name, "OK")["StateReason"]


def test_a_wrong_alarm_is_refused(alarms: Alarms) -> None:
    with pytest.raises(ClientError, match="multiple of 60, found 45"):
        alarms.put(Period=45)


def test_a_composite_alarm_follows_its_rule(alarms: Alarms) -> None:
    drift = alarms.put()
    quality = alarms.put(MetricName="quality")
    both = alarms.composite(f"ALARM({drift}) AND NOT OK({quality})")
    alarms.listen(both)
    alarms.publish(5.0)
    alarms.await_state(both, "ALARM")
    alarms.publish(0.0, metric="quality")
    alarms.await_state(both, "OK")
    raised, calmed = sorted(alarms.heard(2), key=lambda event: event["detail"]["state"]["timestamp"])
    assert raised["detail"]["configuration"]["alarmRule"] == f"ALARM({drift}) AND NOT OK({quality})"
    assert f"{alarms.arn(drift)} transitioned to ALARM" in raised["detail"]["state"]["reason"]
    assert calmed["detail"]["previousState"] == raised["detail"]["state"]


def test_a_composite_alarm_holds_its_actions_back_for_its_suppressor(alarms: Alarms) -> None:
    window, drift = alarms.put(MetricName="maintenance"), alarms.put()
    waits = {"ActionsSuppressorWaitPeriod": 600, "ActionsSuppressorExtensionPeriod": 60}
    action = [f"arn:aws:ssm:{REGION}:{ACCOUNT}:opsitem:1"]
    suppressed = alarms.composite(f"ALARM({drift})", AlarmActions=action, ActionsSuppressor=window, **waits)
    alarms.publish(5.0, metric="maintenance")
    alarms.await_state(window, "ALARM")
    alarms.publish(5.0)
    assert alarms.await_state(suppressed, "ALARM")["ActionsSuppressedBy"] == "Alarm"
    assert alarms.history(suppressed) == []
    alarms.publish(0.0, metric="maintenance", Timestamp=alarms.aws.now() + timedelta(minutes=30))
    alarms.client.set_alarm_state(AlarmName=window, StateValue="OK", StateReason="over")
    for _ in eventually():
        if "ActionsSuppressedBy" not in alarms.described(suppressed):
            break
    assert len(alarms.history(suppressed, at_least=1)) == 1


def test_a_suppressor_needs_its_two_periods(alarms: Alarms) -> None:
    with pytest.raises(ClientError, match="must be set together"):
        alarms.composite("TRUE", ActionsSuppressor=alarms.put())


def test_expressions_are_answered_over_simulated_hours_the_newest_first(alarms: Alarms) -> None:
    now = alarms.aws.now()
    alarms.publish(2.0, Timestamp=now - timedelta(hours=2))
    alarms.publish(4.0)
    named = {
        "Namespace": alarms.namespace,
        "MetricName": "drift",
        "Dimensions": [{"Name": "Endpoint", "Value": "mine"}],
    }
    queries = [
        {"Id": "drift", "MetricStat": {"Metric": named, "Period": HOUR, "Stat": "Maximum"}, "ReturnData": False},
        {"Id": "percent", "Expression": "FILL(drift, 0) * 100", "Label": "in percent"},
    ]
    span = {"StartTime": now - timedelta(hours=3), "EndTime": now + timedelta(hours=1)}
    (result,) = alarms.client.get_metric_data(MetricDataQueries=queries, **span)["MetricDataResults"]
    assert result["Label"] == "in percent"
    assert [value for value in result["Values"] if value] == [400.0, 200.0]
    assert len(result["Values"]) == 5
    oldest_first = alarms.client.get_metric_data(MetricDataQueries=queries, ScanBy="TimestampAscending", **span)
    assert oldest_first["MetricDataResults"][0]["Values"] == result["Values"][::-1]
    with pytest.raises(ClientError, match="'missing'"):
        alarms.client.get_metric_data(MetricDataQueries=[{"Id": "e", "Expression": "missing + 1"}], **span)


def test_alarms_of_another_region_do_not_see_this_ones_metrics(alarms: Alarms) -> None:
    import boto3

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "endpoint_url": alarms.aws.url}
    far = boto3.client("cloudwatch", region_name="eu-central-1", **keys)
    metric = {"Namespace": alarms.namespace, "MetricName": "drift", "Statistic": "Maximum", "Period": HOUR}
    metric |= {"Dimensions": [{"Name": "Endpoint", "Value": "mine"}], "EvaluationPeriods": 1, "Threshold": 1}
    far.put_metric_alarm(AlarmName="far", ComparisonOperator="GreaterThanThreshold", **metric)
    near = alarms.put()
    alarms.publish(5.0)
    alarms.await_state(near, "ALARM")
    assert far.describe_alarms(AlarmNames=["far"])["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"
    far.put_metric_data(Namespace=alarms.namespace, MetricData=[{"MetricName": "drift", "Value": 5.0}])
    far.delete_alarms(AlarmNames=["far"])
