"""Words to `lambdas/promote`."""

from __future__ import annotations

from core.contracts.requests import SwitchWanted
from lambdas.queues import Queue


class PromoteQueue:
    """`lambdas.remediate.ports.Releases`."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def switch(self, model: str) -> None:
        self._queue.send(SwitchWanted(model).body())
