"""Words to `lambdas/promote`."""

from __future__ import annotations

from core.contracts.requests import SwitchWanted
from core.names import TeamNames
from lambdas.queues import Queue


class PromoteQueue:
    """`lambdas.remediate.ports.Releases`."""

    def __init__(self, queue: Queue, team: TeamNames) -> None:
        self._queue, self._team = queue, team

    def switch(self, model: str) -> None:
        self._queue.send(SwitchWanted(self._team.model(model).endpoint).body())
