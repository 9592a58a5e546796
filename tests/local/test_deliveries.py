"""Events of rules on their way to queues."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from local.start import EmbeddedAws, eventually

pytestmark = pytest.mark.slow


def test_an_event_reaches_a_queue_that_refuses_plain_http(
    aws: EmbeddedAws, queue: Callable[[], tuple[str, str]], unique: Callable[[str], str]
) -> None:
    """On AWS every delivery comes by TLS; here a schedule's, or an alarm's, has no request that says how it came."""
    url, arn = queue()
    name = unique("rule")
    events, sqs = aws.client("events"), aws.client("sqs")
    rule = events.put_rule(Name=name, ScheduleExpression="rate(10 minutes)")["RuleArn"]
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn, "Condition": plain}
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny, allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    for _ in eventually():
        if messages := sqs.receive_message(QueueUrl=url).get("Messages"):
            break
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)
    assert json.loads(messages[0]["Body"])["resources"] == [rule]
