"""One execution of a pipeline: which step runs when, what each one leaves, and how it all ends."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ministack.core.concurrency import spawn_background

from local import clock
from local.sagemaker.pipelines import caching, tidings
from local.sagemaker.pipelines.definition import Definition, Step
from local.sagemaker.pipelines.documents import document, property_file_uri
from local.sagemaker.pipelines.expressions import Unresolved, Values, holds, resolve
from local.sagemaker.pipelines.retrying import Retrying
from local.sagemaker.pipelines.steps import Result, StepFailed, Steps, StepStopped
from local.sagemaker.store import Record, Store

log = logging.getLogger(__name__)
FAILED = "Step failure: One or multiple steps failed."
RUNNING = ("Starting", "Executing", "Stopping")


class Execution:
    """Runs each step on a thread of its own, as soon as all that it needs is there.

    No thread waits for another: whichever step ends starts those that waited for it.
    """

    def __init__(self, store: Store, record: Record, definition: Definition, earlier: list[Record]) -> None:
        """`record` is the execution's; `earlier` are the executions of the pipeline in which caches may hit."""
        self.store, self.record, self.definition, self.earlier = store, record, definition, earlier
        self.records: dict[str, Record] = record["Steps"]
        self.answers: dict[str, Mapping[str, Any]] = record["Answers"]
        role, arn = record["RoleArn"], record["PipelineExecutionArn"]
        self.values = Values(
            parameters=record["Parameters"],
            execution={
                "PipelineExecutionId": arn.rsplit("/", 1)[-1],
                "PipelineExecutionArn": arn,
                "PipelineName": record["PipelineName"],
                "PipelineArn": record["PipelineArn"],
                "StartDateTime": record["StartTime"].isoformat(),
                "CurrentDateTime": clock.now().isoformat(),
            },
            steps=self.answers,
            property_file=lambda step, name: document(role, property_file_uri(definition, self.answers, step, name)),
            document=lambda uri: document(role, uri),
        )
        self.steps = Steps(store, role, self.values.execution["PipelineExecutionId"], self._stopping)

    def advance(self) -> None:
        """Start every step that can run now; where none runs and none can, the execution is over."""
        with self.store.changed:
            running = sum(record["StepStatus"] in RUNNING for record in self.records.values())
            ready = [] if self._halted() else [step for step in self.definition.steps.values() if self._ready(step)]
            limit = (self.record.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps")
            begun = ready if limit is None else ready[: max(0, limit - running)]
            for step in begun:
                self._start(step)
            before = self.record["PipelineExecutionStatus"]
            over = not running and not begun and before in ("Executing", "Stopping")
            if over:
                self._finish()
        if over:
            tidings.execution_changed(self.record, before)

    def _stopping(self) -> bool:
        return bool(self.record["PipelineExecutionStatus"] == "Stopping")

    def _halted(self) -> bool:
        """After a failure, and while it is being stopped, nothing new begins."""
        return self._stopping() or any(record["StepStatus"] == "Failed" for record in self.records.values())

    def _ready(self, step: Step) -> bool:
        if step.name in self.records:
            return False
        if step.branch and self.answers.get(step.branch.condition, {}).get("Outcome") is not step.branch.outcome:
            return False
        return all(self.records.get(name, {}).get("StepStatus") == "Succeeded" for name in step.needs)

    def _start(self, step: Step) -> None:
        record: Record = {"StepName": step.name, "StepStatus": "Starting", "StartTime": clock.now(), "AttemptCount": 1}
        for member, given in (("StepDisplayName", "DisplayName"), ("StepDescription", "Description")):
            if given in step.given:
                record[member] = step.given[given]
        self.records[step.name] = record
        spawn_background(self._run, step, record, thread_name=f"step-{step.name}")

    def _run(self, step: Step, record: Record) -> None:
        try:
            self._change(step, record, StepStatus="Executing")
            result = self._result(step, record)
            self.answers[step.name] = result.answer
            ending: dict[str, Any] = {"StepStatus": "Succeeded", "Metadata": result.metadata}
        except StepStopped:
            ending = {"StepStatus": "Stopped"}
        except (StepFailed, Unresolved) as failure:
            ending = {"StepStatus": "Failed", "FailureReason": str(failure)[:1024]}
        except Exception:
            log.exception("step %s of %s", step.name, self.record["PipelineExecutionArn"])
            ending = {"StepStatus": "Failed", "FailureReason": "InternalServerError: We encountered an internal error."}
        self._change(step, record, **ending, EndTime=clock.now())
        self.advance()

    def _result(self, step: Step, record: Record) -> Result:
        if step.type == "Condition":
            outcome = all(holds(condition, self.values) for condition in step.arguments["Conditions"])
            return Result({"Outcome": outcome}, {"Condition": {"Outcome": str(outcome).lower()}})
        arguments: Mapping[str, Any] = resolve(dict(step.arguments), self.values)
        if step.cached_for is None:
            return self._performed(step, record, arguments)
        record["CacheKey"] = caching.key(arguments)
        hit = caching.find(self.earlier, step.name, record["CacheKey"], step.cached_for, clock.now())
        if hit is None:
            return self._performed(step, record, arguments)
        self.store.change(record, CacheHitResult={"SourcePipelineExecutionArn": hit["PipelineExecutionArn"]})
        return Result(hit["Answers"][step.name], hit["Steps"][step.name]["Metadata"])

    def _performed(self, step: Step, record: Record, arguments: Mapping[str, Any]) -> Result:
        """The step's result after as many attempts as its policies allow; pauses follow the simulated clock."""
        retrying = Retrying(step.retries, record["StartTime"])
        while True:
            try:
                return self.steps.perform(
                    step, arguments, lambda metadata: self.store.change(record, Metadata=metadata)
                )
            except StepFailed as failure:
                pause = retrying.pause(failure.exception, clock.now())
                if pause is None:
                    raise
            if self.store.wait(self._stopping, clock.real_seconds(pause)):
                raise StepStopped(step.name)
            self.store.change(record, AttemptCount=record["AttemptCount"] + 1)

    def _change(self, step: Step, record: Record, **members: Any) -> None:
        before = record["StepStatus"]
        self.store.change(record, **members)
        tidings.step_changed(self.record, step, record, before)

    def _finish(self) -> None:
        failed = any(record["StepStatus"] == "Failed" for record in self.records.values())
        status = "Stopped" if self._stopping() else "Failed" if failed else "Succeeded"
        reason = FAILED if status == "Failed" else None
        self.store.change(self.record, PipelineExecutionStatus=status, FailureReason=reason, EndTime=clock.now())
