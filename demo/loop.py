"""The loop, driven from outside: labelled data, a first start, traffic and drift. All the rest the platform does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.contracts.alarms import ATTRIBUTION, DRIFT, QUALITY
from core.contracts.policy import ModelPolicy
from core.diagnosis import Verdict
from core.names import ModelNames
from demo.pace import Pace
from demo.patients import Region, labelled_csv
from demo.story import Story
from demo.traffic import Traffic
from demo.watch import Watch, Window

PATIENCE_HOURS = 50
"""How long the demonstration waits for anything, in hours of the embedded AWS, before it says what did not happen."""


@dataclass(frozen=True, slots=True)
class Milestones:
    """Seconds since the start at which the loop passed its stations."""

    first_answer_s: float
    drift_s: float
    alarm_s: float
    retraining_s: float
    healed_s: float
    """The endpoint answers with the retrained model."""
    green_s: float
    """A whole window of the new model was found healthy."""


@dataclass
class Loop:
    """One model of a deployed team."""

    client: Callable[[str], Any]
    now: Callable[[], datetime]
    names: ModelNames
    buckets: dict[str, str]
    policy: ModelPolicy
    region: Region
    story: Story
    pace: Pace
    patience_s: float

    def __post_init__(self) -> None:
        self.watch = Watch(self.client, self.names, self.buckets, self.policy, self.story)
        self.traffic = Traffic(
            runtime=self.client("sagemaker-runtime"),
            s3=self.client("s3"),
            endpoint=self.names.endpoint,
            ground_truth=(self.buckets["data"], self.names.ground_truth_prefix),
            region=self.region,
            now=self.now,
            now_s=self.story.now_s,
            counted=self.pace.counted,
        )

    def run(self) -> Milestones:
        """Drive the loop once. Raises NeverHappened when a station is not reached in time."""
        try:
            first_answer_s = self._train_first_model()
            self._watch_healthy_traffic()
            drift_s = self._drift()
            alarm_s, retraining_s = self._wait_for_remediation()
            healed_s, green_s = self._wait_for_recovery()
        finally:
            self.traffic.stop()
            self.watch.stop()
        return Milestones(first_answer_s, drift_s, alarm_s, retraining_s, healed_s, green_s)

    def _train_first_model(self) -> float:
        with self.story.chapter("Train and release the first model"):
            data = labelled_csv(self.region.labelled(), self.policy.signature.names)
            key = f"{self.names.data_prefix}patients.csv"
            self.client("s3").put_object(Bucket=self.buckets["data"], Key=key, Body=data.encode())
            self.story.tell("S3", f"labelled data set: {data.count(chr(10)) - 1} patients")
            self.client("sagemaker").start_pipeline_execution(PipelineName=self.names.pipeline)
            self.watch.start()
            self.watch.until(self._in_service, "the first model in service", self.patience_s)
        self.traffic.start()
        self.watch.until(lambda: bool(self.traffic.answered), "a first answer", self.patience_s)
        return self.traffic.answered[0].at_s

    def _watch_healthy_traffic(self) -> None:
        started = self.now()

        def seen() -> bool:
            window = self.watch.newest_window_after(started)
            return window is not None and window.diagnosis.verdict == Verdict.HEALTHY

        with self.story.chapter("Serve and watch: healthy"):
            self.watch.until(seen, "a healthy window", self.patience_s)

    def _drift(self) -> float:
        self.traffic.drifted = True
        return self.story.tell("patients", "drift: patients of another region arrive").at_s

    def _wait_for_remediation(self) -> tuple[float, float]:
        before = set(self.watch.executions)
        with self.story.chapter("Drift: detect, diagnose, decide"):
            alarm_s = self.watch.until(self._alarmed, "an alarm", self.patience_s)
            retraining_s = self.watch.until(
                lambda: bool(set(self.watch.executions) - before), "a retraining", self.patience_s
            )
        return alarm_s, retraining_s

    def _wait_for_recovery(self) -> tuple[float, float]:
        old_config = self.watch.endpoint[1]

        def healed() -> bool:
            return self._in_service() and self.watch.endpoint[1] != old_config

        with self.story.chapter("Retrain, gate, release"):
            healed_s = self.watch.until(healed, "the retrained model in service", self.patience_s)
        released = self.now()

        def green() -> bool:
            window: Window | None = self.watch.newest_window_after(released)
            return window is not None and window.diagnosis.verdict == Verdict.HEALTHY

        with self.story.chapter("Watch: healthy again"):
            green_s = self.watch.until(green, "a healthy window of the new model", self.patience_s)
        return healed_s, green_s

    def _in_service(self) -> bool:
        return self.watch.endpoint[0] == "InService"

    def _alarmed(self) -> bool:
        return any(self.watch.alarms.get(kind) == "ALARM" for kind in (DRIFT, ATTRIBUTION, QUALITY))
