"""Alarms on functions and dead letters: what makes a remedy silent must not be silent."""

from __future__ import annotations

from constructs import Construct

from core.contracts.aws_metrics import FUNCTION_ERRORS, FUNCTION_THROTTLES, QUEUED
from core.names import TeamNames
from infra.part import Part
from infra.team_alarm import Limit, tell_team
from infra.tenant import Tenant

ONCE = Limit(1)
DEAD_LETTERS, ERRORS, THROTTLES = "dead-letters", "errors", "throttles"


class FunctionAlarms(Part):
    """Any error and any throttle of a function tells the team."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, name: str) -> None:
        super().__init__(scope, id, tenant)
        watched = (
            ("Errors", ERRORS, FUNCTION_ERRORS, f"{name} failed and will be retried"),
            ("Throttles", THROTTLES, FUNCTION_THROTTLES, f"{name} was not let run"),
        )
        for id, kind, metric, description in watched:
            tell_team(
                self,
                id,
                name=self.names.alarm(name, kind),
                description=description,
                metric=metric,
                values={"FunctionName": self.names.function(name)},
                limit=ONCE,
            )


class DeadLetterAlarm(Part):
    """Anything among the dead letters of `name` tells the team."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, name: str) -> None:
        super().__init__(scope, id, tenant)
        tell_team(
            self,
            "DeadLetters",
            name=self.names.alarm(name, DEAD_LETTERS),
            description=f"{name} gave up",
            metric=QUEUED,
            values={"QueueName": self.names.dead_letters(name)},
            limit=Limit(1, "Maximum"),
        )


class HandlerAlarms(Part):
    """Both, for a function that works through a queue."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, name: str) -> None:
        super().__init__(scope, id, tenant)
        FunctionAlarms(self, "Function", tenant, name=name)
        DeadLetterAlarm(self, "Queue", tenant, name=name)


def function_alarms(names: TeamNames, name: str) -> list[str]:
    """Names of the alarms of one function."""
    return [names.alarm(name, kind) for kind in (ERRORS, THROTTLES)]


def dead_letter_alarm(names: TeamNames, name: str) -> str:
    return names.alarm(name, DEAD_LETTERS)
