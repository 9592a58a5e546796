"""One job while it runs: its processes, what is asked of them, and how it came to its end."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from local import clock, engine
from local.credentials import role_client, role_environment
from local.engine import Running, Work
from local.logs import LogStream
from local.processes import stop_together
from local.sagemaker.jobs.folder import LONGEST_REASON

SESSION = "SageMaker"
GRACE_S = 120.0
"""Simulated seconds between SIGTERM and SIGKILL."""
SHORTEST_GRACE_S = 2.0
"""Real seconds that a program gets in any case."""


class JobFailed(Exception):
    """The job ends as Failed with this text as its FailureReason."""

    def __str__(self) -> str:
        return super().__str__()[:LONGEST_REASON]


class Outcome(Enum):
    """Why a job's processes are over."""

    ENDED = "ended"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    TOO_LONG = "too long"


class Run:
    """A job's processes. What it reads and writes in S3, it does as the job's role, in the VPC of its subnets.

    Limits on a process are real seconds: the simulated clock does not make programs faster.
    """

    def __init__(self, role_arn: str, folder: Path, logs: Callable[[str], LogStream], vpc: str | None = None) -> None:
        self.folder, self.log = folder, logs
        self.s3: Any = role_client("s3", role_arn, SESSION, vpc=vpc)
        self.credentials = role_environment(role_arn, SESSION, vpc=vpc)
        self.asked: Outcome | None = None
        self.exit_code = 0
        self._changed = threading.Condition()
        self._processes: list[Running] = []

    def ask(self, what: Outcome) -> None:
        """STOPPED or INTERRUPTED; a stop is never taken back."""
        with self._changed:
            if self.asked is not Outcome.STOPPED:
                self.asked = what
            self._changed.notify_all()

    def resume(self) -> None:
        """An interruption is over."""
        with self._changed:
            if self.asked is Outcome.INTERRUPTED:
                self.asked = None

    def pause(self, seconds: float) -> None:
        """Wait without a process; a stop ends the wait."""
        with self._changed:
            self._changed.wait_for(lambda: self.asked is Outcome.STOPPED, seconds)

    def execute(self, works: Mapping[str, Work], deadline: float, on_line: Callable[[str], None]) -> Outcome:
        """Run the work of each host until all have ended, or one has failed, or something was asked.

        `deadline` is a moment of the monotonic clock. Afterwards `exit_code` is that of the first process that failed.
        """
        with self._changed:
            if self.asked is not None:
                return self.asked
            self._processes = [self._start(host, work, on_line) for host, work in works.items()]
            self._changed.wait_for(self._over, max(0.0, deadline - time.monotonic()))
            outcome = self._outcome()
            self.exit_code = next((process.exit_code for process in self._processes if process.exit_code), 0)
        stop_together(self._processes, min(GRACE_S, max(SHORTEST_GRACE_S, clock.real_seconds(GRACE_S))))
        return outcome

    def _over(self) -> bool:
        codes = [process.exit_code for process in self._processes]
        return self.asked is not None or any(codes) or None not in codes

    def _outcome(self) -> Outcome:
        if self.asked is not None:
            return self.asked
        return Outcome.ENDED if self._over() else Outcome.TOO_LONG

    def _start(self, host: str, work: Work, on_line: Callable[[str], None]) -> Running:
        stream = self.log(host)
        context = contextvars.copy_context()  # the reader's thread has no account and region of its own

        def line(text: str) -> None:
            context.run(stream.write, text)
            context.run(on_line, text)

        def ended() -> None:
            with self._changed:
                self._changed.notify_all()

        return engine.run(work, line, ended)
