"""Words to another handler, written into its queue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lambdas.calls import Calls


class Queue:
    """The queue of one handler, by its name."""

    def __init__(self, calls: Calls, client: Any, name: str) -> None:
        self._calls, self._client, self._name = calls, client, name

    def send(self, body: Mapping[str, Any]) -> None:
        """Raises Unavailable, Refused."""
        url = self._calls.ask(self._client.get_queue_url, QueueName=self._name)["QueueUrl"]
        self._calls.ask(self._client.send_message, QueueUrl=url, MessageBody=json.dumps(body))
