"""Notifications on the team's SNS topic."""

from __future__ import annotations

from typing import Any

from core.names import TeamNames
from core.remediation.notice import Notice
from lambdas.calls import Calls


def topic_arn(team: TeamNames, account: str, region: str) -> str:
    return f"arn:aws:sns:{region}:{account}:{team.topic}"


class SnsTopic:
    """`lambdas.ports.Topic` over one topic. Subscriptions can filter by the message's attributes."""

    def __init__(self, calls: Calls, client: Any, arn: str) -> None:
        self._calls, self._client, self._arn = calls, client, arn

    def publish(self, notice: Notice) -> None:
        self._calls.ask(
            self._client.publish,
            TopicArn=self._arn,
            Subject=notice.subject,
            Message=notice.text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in notice.attributes.items()
            },
        )
