"""Looks at the environment from outside, as anybody with its credentials can, and tells what changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from core.contracts.alarms import ERRORS, LATENCY, TROUBLES
from core.contracts.policy import ModelPolicy
from core.contracts.reports import LATEST, MonitorReport
from core.diagnosis import Diagnosis, diagnose
from core.names import ModelNames
from demo.story import Story

EVERY_S = 0.3
WATCHED_ALARMS = (*TROUBLES, ERRORS, LATENCY)


class NeverHappened(Exception):
    """What the demonstration waits for did not happen in time; the message says what was seen instead."""


@dataclass(frozen=True, slots=True)
class Window:
    """A report of the monitor, when it was seen, and what `core.diagnosis` says of it."""

    seen_s: float
    report: MonitorReport
    diagnosis: Diagnosis


@dataclass
class Watch:
    """Polls in the background and keeps what it saw last; `until` waits for something to be seen."""

    client: Callable[[str], Any]
    names: ModelNames
    buckets: dict[str, str]
    """Purpose -> name, as `reports`."""
    policy: ModelPolicy
    story: Story
    executions: dict[str, str] = field(default_factory=dict)
    """Execution ARN -> status."""
    steps: dict[tuple[str, str], str] = field(default_factory=dict)
    endpoint: tuple[str, str] = ("none", "none")
    """Status and endpoint config."""
    alarms: dict[str, str] = field(default_factory=dict)
    """Kind -> state."""
    windows: list[Window] = field(default_factory=list)
    seen_at: dict[str, float] = field(default_factory=dict)
    """What was told -> seconds since the start, for the first time it was."""

    def __post_init__(self) -> None:
        self._sagemaker, self._cloudwatch = self.client("sagemaker"), self.client("cloudwatch")
        self._s3 = self.client("s3")
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def until(self, seen: Callable[[], bool], what: str, timeout_s: float) -> float:
        """Wait until `seen()`; returns the seconds since the start. Raises NeverHappened after `timeout_s`."""
        deadline = self.story.now_s() + timeout_s
        while not seen():
            if self._failure is not None:
                raise self._failure
            if self.story.now_s() > deadline:
                raise NeverHappened(f"{what}: not within {timeout_s:.0f} s. {self._state()}")
            self._stop.wait(EVERY_S / 2)
        return self.story.now_s()

    def newest_window_after(self, at: datetime) -> Window | None:
        """The newest window that lies wholly after a time on the (embedded) AWS's clock."""
        after = [window for window in self.windows if datetime.fromisoformat(window.report.start) >= at]
        return after[-1] if after else None

    def _state(self) -> str:
        last = self.windows[-1] if self.windows else None
        parts = [
            f"executions: {sorted(self.executions.values()) or 'none'}",
            f"endpoint: {' '.join(self.endpoint)}",
            f"alarms: {({kind: state for kind, state in self.alarms.items() if state != 'OK'}) or 'all OK'}",
            f"last window: {last.diagnosis.verdict.value if last else 'none'}",
        ]
        return "Seen last: " + "; ".join(parts)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except (BotoCoreError, ClientError) as error:
                self._failure = error
                return
            self._stop.wait(EVERY_S)

    def _look(self) -> None:
        self._look_at_pipeline()
        self._look_at_endpoint()
        self._look_at_alarms()
        self._look_at_reports()

    def _look_at_pipeline(self) -> None:
        listed = self._sagemaker.list_pipeline_executions(PipelineName=self.names.pipeline)
        for execution in reversed(listed["PipelineExecutionSummaries"]):
            arn, status = execution["PipelineExecutionArn"], execution["PipelineExecutionStatus"]
            if self.executions.get(arn) == status and status != "Executing":
                continue
            steps = self._sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
            for step in steps["PipelineExecutionSteps"]:
                why = f": {step['FailureReason']}" if "FailureReason" in step else ""
                told = f"step {step['StepName']}"
                self._changed(self.steps, (arn, step["StepName"]), step["StepStatus"], "pipeline", told, why)
            self._changed(self.executions, arn, status, "pipeline", execution["PipelineExecutionDisplayName"][:24])

    def _look_at_endpoint(self) -> None:
        try:
            seen = self._sagemaker.describe_endpoint(EndpointName=self.names.endpoint)
        except ClientError as error:
            if "Could not find" in str(error):
                return
            raise
        state = (seen["EndpointStatus"], seen["EndpointConfigName"])
        if state != self.endpoint:
            self.endpoint = state
            why = f": {seen['FailureReason']}" if seen.get("FailureReason") else ""
            self._told("endpoint", f"{state[0]} with {state[1]}{why}")

    def _look_at_alarms(self) -> None:
        named = {self.names.alarm(kind): kind for kind in WATCHED_ALARMS}
        for alarm in self._cloudwatch.describe_alarms(AlarmNames=list(named))["MetricAlarms"]:
            self._changed(
                self.alarms, named[alarm["AlarmName"]], alarm["StateValue"], "alarm", named[alarm["AlarmName"]]
            )

    def _look_at_reports(self) -> None:
        try:
            body = self._s3.get_object(Bucket=self.buckets["reports"], Key=f"{self.names.report_prefix}{LATEST}")[
                "Body"
            ]
        except self._s3.exceptions.NoSuchKey:
            return
        report = MonitorReport.from_json(body.read())
        if self.windows and self.windows[-1].report.end == report.end:
            return
        diagnosis = diagnose(report, self.policy.watch)
        self.windows.append(Window(self.story.now_s(), report, diagnosis))
        drift = max((feature.drift for feature in report.features), default=0.0)
        quality = f", {report.quality.metric} {report.quality.value:.2f}" if report.quality else ""
        self._told("monitor", f"{report.rows} rows, drift {drift:.2f}{quality}: {diagnosis.verdict.value}")

    def _changed(self, known: dict[Any, str], key: Any, value: str, where: str, what: str, more: str = "") -> None:
        if known.get(key) != value:
            known[key] = value
            self._told(where, f"{what} {value}{more}")

    def _told(self, where: str, text: str) -> None:
        self.seen_at.setdefault(f"{where} {text}", self.story.tell(where, text).at_s)
