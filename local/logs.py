"""Output of processes as CloudWatch Logs: one group for each type of job, one stream for each host."""

from __future__ import annotations

import threading

from ministack.services import cloudwatch_logs

from local.clock import epoch

LONGEST = 256 * 1024


class LogStream:
    """A stream that lines are appended to; group and stream come into being with the first line."""

    def __init__(self, group: str, stream: str) -> None:
        self.group, self.stream = group, stream
        self._made = False
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        with self._lock:
            if not self._made:
                # Both answer with an error, and change nothing, where the thing exists already.
                cloudwatch_logs._create_log_group({"logGroupName": self.group})
                cloudwatch_logs._create_log_stream({"logGroupName": self.group, "logStreamName": self.stream})
                self._made = True
            event = {"timestamp": int(epoch() * 1000), "message": (line or " ")[:LONGEST]}
            cloudwatch_logs._put_log_events(
                {"logGroupName": self.group, "logStreamName": self.stream, "logEvents": [event]}
            )
