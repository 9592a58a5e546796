"""Metrics and alarms of one test on the running embedded AWS, and what is heard of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local.start import EmbeddedAws, eventually

ACCOUNT, REGION = "000000000000", "us-east-1"
HOUR = 3600
Unique = Callable[[str], str]


class Alarms:
    """Metrics, alarms and their events under names of this test alone."""

    def __init__(self, aws: EmbeddedAws, unique: Unique, queue: tuple[str, str]) -> None:
        self.aws, self.unique, self.namespace = aws, unique, unique("Namespace")
        self.client, self.sqs = aws.client("cloudwatch"), aws.client("sqs")
        self.queue_url, self.queue_arn = queue
        self.made: list[str] = []

    def arn(self, name: str) -> str:
        return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"

    def put(self, **members: Any) -> str:
        """An alarm on the largest `drift` of an hour, at 1 and above, for the endpoint "mine"."""
        name = self.unique("alarm")
        metric = {
            "Namespace": self.namespace,
            "MetricName": "drift",
            "Dimensions": [{"Name": "Endpoint", "Value": "mine"}],
            "Statistic": "Maximum",
            "Period": HOUR,
        }
        comparison = {"Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "EvaluationPeriods": 1}
        given = ({} if "Metrics" in members else metric) | comparison | members
        self.client.put_metric_alarm(AlarmName=name, **given)
        self.made.append(name)
        return name

    def end(self) -> None:
        for name in reversed(self.made):  # a composite alarm was made after those in its rule
            self.client.delete_alarms(AlarmNames=[name])

    def composite(self, rule: str, **members: Any) -> str:
        name = self.unique("composite")
        self.client.put_composite_alarm(AlarmName=name, AlarmRule=rule, **members)
        self.made.append(name)
        return name

    def publish(self, value: float, endpoint: str = "mine", metric: str = "drift", **members: Any) -> None:
        datum = {"MetricName": metric, "Dimensions": [{"Name": "Endpoint", "Value": endpoint}], "Value": value}
        self.client.put_metric_data(Namespace=self.namespace, MetricData=[{**datum, **members}])

    def described(self, name: str) -> dict[str, Any]:
        both = ["MetricAlarm", "CompositeAlarm"]
        answer = self.client.describe_alarms(AlarmNames=[name], AlarmTypes=both)
        found: dict[str, Any] = (answer["MetricAlarms"] + answer["CompositeAlarms"])[0]
        return found

    def await_state(self, name: str, state: str) -> dict[str, Any]:
        for _ in eventually():
            if (alarm := self.described(name))["StateValue"] == state:
                return alarm
        raise AssertionError

    def listen(self, *names: str) -> None:
        """Events of these alarms go to the queue."""
        allow_to_queue(self, "events.amazonaws.com")
        rule, events = self.unique("rule"), self.aws.client("events")
        pattern = {"source": ["aws.cloudwatch"], "resources": [self.arn(name) for name in names]}
        events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": self.queue_arn}])

    def heard(self, count: int = 1) -> list[dict[str, Any]]:
        """The next `count` messages of the queue."""
        bodies: list[dict[str, Any]] = []
        for _ in eventually():
            for message in self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
                "Messages", []
            ):
                self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append(json.loads(message["Body"]))
            if len(bodies) >= count:
                return bodies
        raise AssertionError

    def history(self, name: str, kind: str = "Action", at_least: int = 0) -> list[str]:
        """The newest first; actions run beside the change of state, so wait for `at_least` of them."""
        for _ in eventually():
            asked = {"AlarmName": name, "HistoryItemType": kind, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
            items = self.client.describe_alarm_history(**asked)["AlarmHistoryItems"]
            if len(items) >= at_least:
                return [item["HistorySummary"] for item in items]
        raise AssertionError


def allow_to_queue(alarms: Alarms, service: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": alarms.queue_arn}]}
    alarms.sqs.set_queue_attributes(QueueUrl=alarms.queue_url, Attributes={"Policy": json.dumps(policy)})
