"""An EventBridge rule that puts the events of one pattern into a handler's queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from infra.handler import Handler
from infra.part import Part

DAY_S = 24 * 3600
RETRIES = 185
"""EventBridge's own defaults, written down: with the dead letters behind them no event is dropped unseen."""


class Rule(Part):
    """`pattern` comes from `core.contracts.events`, as does the parser that reads what it lets through.

    Each model has its own rules: a pattern holds 2,048 characters, which is not enough for the names of many models.
    """

    def __init__(
        self, scope: Construct, id: str, handler: Handler, *, description: str, pattern: Mapping[str, Any]
    ) -> None:
        super().__init__(scope, id, handler.tenant)
        self.add(
            "Rule",
            "AWS::Events::Rule",
            {
                "Description": description,
                "EventPattern": pattern,
                "State": "ENABLED",
                "Targets": [
                    {
                        "Id": handler.name,
                        "Arn": handler.queue_arn,
                        "DeadLetterConfig": {"Arn": handler.dead_letters_arn},
                        "RetryPolicy": {"MaximumEventAgeInSeconds": DAY_S, "MaximumRetryAttempts": RETRIES},
                    }
                ],
            },
            after=handler.queues,
        )
