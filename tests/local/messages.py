"""What comes into a queue, and who may put it there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow


def received(aws: EmbeddedAws, url: str) -> dict[str, Any]:
    """The next message of a queue."""
    for _ in eventually():
        answer = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"])
        if messages := answer.get("Messages"):
            message: dict[str, Any] = messages[0]
            return message
    raise AssertionError


def taken(aws: EmbeddedAws, url: str) -> str:
    """The next message's text; the message is gone from the queue."""
    message = received(aws, url)
    aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return str(message["Body"])


def let_rule_send(aws: EmbeddedAws, url: str, arn: str, rule_arn: str) -> None:
    statement = {**allow("sqs:SendMessage", on=arn, ArnEquals={"aws:SourceArn": rule_arn})}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Principal": {"Service": "events.amazonaws.com"}}]}
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})


def listen(aws: EmbeddedAws, name: str, pattern: Mapping[str, Any], url: str, arn: str) -> None:
    """Every event of the pattern goes to the queue, by a rule of that name."""
    events = aws.client("events")
    rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    let_rule_send(aws, url, arn, rule)
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
