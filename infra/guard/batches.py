"""Batch scoring: what a transform job must be, and what must be watched of a schedule that starts such jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from core.contracts.alarms import BATCH_FAILURES, BATCH_IDLE, DRIFT, SILENCE, of_batch
from core.contracts.batch import BatchDue, BatchEnded
from infra.guard.control import Control, Subject
from infra.guard.jobs import jobs
from infra.guard.stage import Stage, listed

MADE_BY_A_FUNCTION = "lambdas/batch makes these, no template; tests/infra/test_guard_batch.py judges its requests."
NO_BATCH = "A team may score no batches."
NEEDED = (of_batch(DRIFT), BATCH_FAILURES, BATCH_IDLE, of_batch(SILENCE))


def _transforms(stage: Stage) -> Iterator[Subject]:
    return (subject for subject in jobs(stage) if "TransformResources" in subject.value)


def _captured(stage: Stage, subject: Subject) -> str | None:
    capture = subject.value.get("DataCaptureConfig") or {}
    if not (capture.get("DestinationS3Uri") and capture.get("GenerateInferenceId") is True):
        return f"DataCaptureConfig is {json.dumps(capture)}"
    return (
        None if capture.get("KmsKeyId") in stage.keys else f"KmsKeyId of what is captured is {capture.get('KmsKeyId')}"
    )


def _schedules(stage: Stage) -> Iterator[Subject]:
    """Those that ask for batches; the value is the endpoint's name."""
    for schedule in stage.of("AWS::Scheduler::Schedule"):
        given = schedule.properties.get("Target", {}).get("Input")
        if isinstance(given, str) and BatchDue.DETAIL_TYPE in given:
            yield Subject(schedule, json.loads(given)["detail"]["endpoint"], "the batches that it asks for")


def _watched(stage: Stage, subject: Subject) -> str | None:
    alarms = {alarm.name: alarm.properties for alarm in stage.of("AWS::CloudWatch::Alarm")}
    missing = [f"{subject.value}-{kind}" for kind in NEEDED if f"{subject.value}-{kind}" not in alarms]
    if missing:
        return f"no alarm {', '.join(missing)}"
    silence = f"{subject.value}-{of_batch(SILENCE)}"
    if alarms[silence].get("TreatMissingData") != "breaching":
        return f"{silence} ignores silence"
    heard = any(_hears(rule.properties.get("EventPattern") or {}) for rule in stage.of("AWS::Events::Rule"))
    return None if heard else "nobody hears that a transform job has ended"


def _hears(pattern: dict[str, object]) -> bool:
    return BatchEnded.DETAIL_TYPE in listed(pattern.get("detail-type"))


BATCHES = (
    Control(
        "SM-31", "What a transform job scores is captured, with ids",
        "DataCaptureConfig with GenerateInferenceId and a KmsKeyId of this environment",
        _transforms, _captured, absent=MADE_BY_A_FUNCTION,
    ),
    Control(
        "CW-06", "A batch that drifts, fails, finds no rows or does not come about is heard of",
        "an alarm on each, and a rule on transform jobs that have ended",
        _schedules, _watched, absent=NO_BATCH,
    ),
)  # fmt: skip
