"""The schedule that asks a handler to look for what it missed."""

from __future__ import annotations

import json

from constructs import Construct

from core.contracts.events import SweepDue
from infra.handler import Handler
from infra.part import Part
from infra.roles import Role

EVERY_MINUTES = 15


class Sweep(Part):
    """Alarms tell of a change once and events may be lost; a look every few minutes makes the loop complete."""

    def __init__(
        self, scope: Construct, id: str, handler: Handler, *, role: Role, every_minutes: int = EVERY_MINUTES
    ) -> None:
        super().__init__(scope, id, handler.tenant)
        self.add(
            "Schedule",
            "AWS::Scheduler::Schedule",
            {
                "Name": f"{self.names.function(handler.name)}-sweep",
                "Description": f"Asks {handler.name} to look for what it missed",
                "ScheduleExpression": f"rate({every_minutes} minutes)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "State": "ENABLED",
                "Target": {
                    "Arn": handler.queue_arn,
                    "RoleArn": role.arn,
                    "Input": json.dumps(SweepDue.body()),
                    "RetryPolicy": {"MaximumEventAgeInSeconds": every_minutes * 60, "MaximumRetryAttempts": 10},
                    "DeadLetterConfig": {"Arn": handler.dead_letters_arn},
                },
            },
            after=[role.resource, *handler.queues],
        )
