"""Somebody uses the endpoint: one request after another, and the truth about each comes later."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError

from core.contracts.capture import GroundTruth, hour_folder
from demo.patients import Region

BATCH = 24
CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Answered:
    """One answered request."""

    at_s: float
    drifted: bool
    correct: bool


@dataclass
class Traffic:
    """Asks in the background until it is stopped. `drifted` decides which region the next patients come from."""

    runtime: Any
    s3: Any
    endpoint: str
    ground_truth: tuple[str, str]
    """Bucket and prefix of the ground truth."""
    region: Region
    now: Callable[[], datetime]
    """The time on the clock of the (embedded) AWS."""
    now_s: Callable[[], float]
    counted: Callable[[float, int], float]
    """Told after every batch, with the time and the number of all answers; says how long to wait for the next."""
    answered: list[Answered] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    drifted: bool = False

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def accuracy(self, since_s: float, until_s: float) -> float | None:
        """Share of correct answers in a stretch of time; None where nothing was asked."""
        answers = [answer.correct for answer in self.answered if since_s <= answer.at_s < until_s]
        return sum(answers) / len(answers) if answers else None

    def _run(self) -> None:
        with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="traffic") as pool:
            while not self._stop.is_set():
                try:
                    self._ask_some(pool)
                except BotoCoreError as error:  # nobody listens any more
                    self.failures.append(str(error))
                    return

    def _ask_some(self, pool: ThreadPoolExecutor) -> None:
        drifted = self.drifted
        patients = self.region.next(BATCH, drifted)
        ids = [uuid.uuid4().hex for _ in range(BATCH)]
        answers = list(pool.map(self._ask, ids, patients.csv_rows()))
        truths = patients.labels.tolist()
        for predicted, truth in zip(answers, truths, strict=True):
            if predicted is not None:
                self.answered.append(Answered(self.now_s(), drifted, predicted == truth))
        rest_s = self.counted(self.now_s(), len(self.answered))
        self._tell_the_truth([GroundTruth(i, str(truth)) for i, truth in zip(ids, truths, strict=True)])
        self._stop.wait(rest_s)

    def _ask(self, inference_id: str, row: str) -> int | None:
        """The predicted label; None where the endpoint did not answer."""
        try:
            answer = self.runtime.invoke_endpoint(
                EndpointName=self.endpoint,
                ContentType="text/csv",
                Accept="text/csv",
                Body=row,
                InferenceId=inference_id,
            )
        except self.runtime.exceptions.ClientError as error:
            self.failures.append(str(error))
            return None
        return int(answer["Body"].read().decode().split(",")[0])

    def _tell_the_truth(self, truths: list[GroundTruth]) -> None:
        bucket, prefix = self.ground_truth
        key = f"{prefix}{hour_folder(self.now())}/{uuid.uuid4().hex}.jsonl"
        lines = "".join(f"{truth.line()}\n" for truth in truths)
        self.s3.put_object(Bucket=bucket, Key=key, Body=lines.encode())
