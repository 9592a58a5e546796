"""The schedule that asks for a retraining of one model every few days."""

from __future__ import annotations

import json

from constructs import Construct

from core.contracts.requests import RetrainingDue
from infra.handler import Handler
from infra.monitor_schedule import SCHEDULED_TIME
from infra.part import Part
from infra.roles import Role

OLDEST_S = 3600
"""A due time that could not be told for so long is one of the dead letters."""


class PeriodicRetraining(Part):
    """It writes a message into the handler's queue; whether a run is started is decided there, as for an alarm."""

    def __init__(self, scope: Construct, id: str, handler: Handler, *, role: Role, model: str, every_days: int) -> None:
        super().__init__(scope, id, handler.tenant)
        names = self.names.model(model)
        self.add(
            "Schedule",
            "AWS::Scheduler::Schedule",
            {
                "Name": names.retraining,
                "Description": f"Asks for a new model of {names.endpoint}",
                "ScheduleExpression": f"rate({every_days} day{'s' if every_days > 1 else ''})",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "State": "ENABLED",
                "Target": {
                    "Arn": handler.queue_arn,
                    "RoleArn": role.arn,
                    "Input": json.dumps(RetrainingDue.body(names.endpoint, SCHEDULED_TIME)),
                    "RetryPolicy": {"MaximumEventAgeInSeconds": OLDEST_S, "MaximumRetryAttempts": 10},
                    "DeadLetterConfig": {"Arn": handler.dead_letters_arn},
                },
            },
            after=[role.resource, *handler.queues],
        )
