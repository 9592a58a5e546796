"""Alarms on functions and dead letters: what makes a remedy silent must not be silent."""

from __future__ import annotations

from constructs import Construct

from core.contracts.aws_metrics import FUNCTION_ERRORS, FUNCTION_THROTTLES, QUEUED
from core.contracts.dead_letters import CODE, MESSAGE
from core.names import TeamNames
from infra.function import log_group
from infra.part import Part
from infra.team_alarm import Limit, tell_team
from infra.tenant import Tenant

ONCE = Limit(1)
DEAD_LETTERS, ERRORS, THROTTLES = "dead-letters", "errors", "throttles"
RUNS_LIE_WITH = "remediate"
"""Its dead letters also keep the runs of monitors that could not be started (`stacks/operations.py`)."""
NOT_DELIVERED = f"could not be delivered; its attributes {CODE} and {MESSAGE} say why, where it has them"
"""What lies in a queue that no function works through."""


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
    """Anything among the dead letters of `name` tells the team. `why`: what became of them, and where the reason is."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, name: str, why: str = NOT_DELIVERED) -> None:
        super().__init__(scope, id, tenant)
        queue = self.names.dead_letters(name)
        tell_team(
            self,
            "DeadLetters",
            name=self.names.alarm(name, DEAD_LETTERS),
            description=f"what lies in {queue} {why}",
            metric=QUEUED,
            values={"QueueName": queue},
            limit=Limit(1, "Maximum"),
        )


class HandlerAlarms(Part):
    """Both, for a function that works through a queue."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, name: str) -> None:
        super().__init__(scope, id, tenant)
        FunctionAlarms(self, "Function", tenant, name=name)
        DeadLetterAlarm(self, "Queue", tenant, name=name, why=_given_up(tenant, name))


def function_alarms(names: TeamNames, name: str) -> list[str]:
    """Names of the alarms of one function."""
    return [names.alarm(name, kind) for kind in (ERRORS, THROTTLES)]


def dead_letter_alarm(names: TeamNames, name: str) -> str:
    return names.alarm(name, DEAD_LETTERS)


def _given_up(tenant: Tenant, name: str) -> str:
    """EventBridge writes its reasons on the letter. A function's are in its log: the letter is the event itself."""
    runs = ", or runs of monitors that could not be started" if name == RUNS_LIE_WITH else ""
    return (
        f"waits for a person. Letters with the attributes {CODE} and {MESSAGE} never came to {name}: events that could "
        f"not be delivered{runs}; these attributes say why. On all others {name} gave up: {log_group(tenant, name)} "
        "says why"
    )
