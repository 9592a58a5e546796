"""What SNS would have mailed or texted is there to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from local.start import EmbeddedAws

pytestmark = pytest.mark.slow


def test_a_subscriber_gets_the_mail(aws: EmbeddedAws, unique: Callable[[str], str]) -> None:
    sns, name = aws.client("sns"), unique("topic")
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{name}@example.com")
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")
    sns.publish(TopicArn=topic, Subject="Drift", Message="age drifted")
    found = [message for message in aws.outbox() if message["topic"] == topic]
    assert [(message["kind"], message["to"]) for message in found] == [
        ("email", f"{name}@example.com"),
        ("sms", "+15550100"),
    ]
    assert {(message["subject"], message["body"]) for message in found} == {("Drift", "age drifted")}
    assert abs(datetime.fromisoformat(found[0]["time"]) - aws.now()) < timedelta(hours=1)


def test_a_subscription_is_confirmed(aws: EmbeddedAws, unique: Callable[[str], str]) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    arn = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ana@example.com")["SubscriptionArn"]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"


def test_a_filter_policy_keeps_mail_away(aws: EmbeddedAws, unique: Callable[[str], str]) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    only = {"FilterPolicy": json.dumps({"severity": ["high"]})}
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ana@example.com", Attributes=only)
    for severity in ("low", "high"):
        value = {"severity": {"DataType": "String", "StringValue": severity}}
        sns.publish(TopicArn=topic, Message=severity, MessageAttributes=value)
    assert [message["body"] for message in aws.outbox() if message["topic"] == topic] == ["high"]
