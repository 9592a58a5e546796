"""How each type of step is carried out: as the pipeline's role, by the same API that anybody else would call."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from local.credentials import role_client
from local.sagemaker.jobs.jobs import JobType
from local.sagemaker.jobs.processing import PROCESSING
from local.sagemaker.jobs.training import TRAINING
from local.sagemaker.jobs.transform import TRANSFORM
from local.sagemaker.jobs.tuning import TUNING
from local.sagemaker.kinds import Kind
from local.sagemaker.pipelines.definition import Step
from local.sagemaker.registry import MODEL, PACKAGE
from local.sagemaker.store import Record, Store
from local.service import ApiError

SESSION = "SageMaker"
JOBS: Mapping[str, tuple[JobType, str, int]] = {
    "Training": (TRAINING, "TrainingJob", 63),
    "Processing": (PROCESSING, "ProcessingJob", 63),
    "Transform": (TRANSFORM, "TransformJob", 63),
    "Tuning": (TUNING, "TuningJob", 32),
}
"""Type of job, its name in the step's metadata, and how long its name may be."""
API_FAULTS = {
    "ThrottlingException": "Step.THROTTLING",
    "TooManyRequestsException": "Step.THROTTLING",
    "ResourceLimitExceeded": "SageMaker.RESOURCE_LIMIT",
}
JOB_FAULTS = {
    "InternalServerError": "SageMaker.JOB_INTERNAL_ERROR",
    "CapacityError": "SageMaker.CAPACITY_ERROR",
    "ResourceLimitExceeded": "SageMaker.RESOURCE_LIMIT",
}


class StepFailed(Exception):
    """The attempt failed; `exception` is the type by which a retry policy names it, None for what no policy covers."""

    def __init__(self, reason: str, exception: str | None = None) -> None:
        super().__init__(reason[:1024])
        self.exception = exception


class StepStopped(Exception):
    """The execution was stopped while the step ran."""


@dataclass(frozen=True, slots=True)
class Result:
    """`answer` is what other steps refer to; `metadata` what ListPipelineExecutionSteps shows."""

    answer: Mapping[str, Any]
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Steps:
    """Carries out the steps of one execution."""

    store: Store
    role_arn: str
    execution_id: str
    stopping: Callable[[], bool]

    def perform(self, step: Step, arguments: Mapping[str, Any], begun: Callable[[Mapping[str, Any]], None]) -> Result:
        """One attempt. `begun` is told the metadata of a job as soon as there is one. StepFailed, or StepStopped."""
        if step.type in JOBS:
            return self._job(step, arguments, begun)
        if step.type == "Fail":
            message = str(arguments["ErrorMessage"])
            begun({"Fail": {"ErrorMessage": message}})
            raise StepFailed(message)
        simple = {"RegisterModel": self._register, "Model": self._model, "Lambda": self._invoke}
        return simple[step.type](step, arguments)

    def _job(self, step: Step, arguments: Mapping[str, Any], begun: Callable[[Mapping[str, Any]], None]) -> Result:
        job, member, longest = JOBS[step.type]
        record = self._create(job.kind, self._name(step, longest), arguments)
        metadata = {member: {"Arn": record[job.kind.arn]}}
        begun(metadata)
        over = ("Completed", "Failed", "Stopped")
        self.store.wait(lambda: record[job.status] in over or self.stopping())
        if self.stopping():
            self._stop(job, record)
        if record[job.status] == "Failed":
            reason = record.get("FailureReason", "")
            raise StepFailed(f"ClientError: {reason}", JOB_FAULTS.get(reason.split(":")[0]))
        if record[job.status] == "Stopped":
            if self.stopping():
                raise StepStopped(step.name)
            raise StepFailed(f"ClientError: The job was stopped: {record.get('SecondaryStatus', 'Stopped')}")
        return Result(dict(record), metadata)

    def _stop(self, job: JobType, record: Record) -> None:
        if record[job.status] == "InProgress":
            self._call("sagemaker", f"Stop{job.kind.name}", {job.kind.keys[0]: record[job.kind.keys[0]]})
        self.store.wait(lambda: record[job.status] not in ("InProgress", "Stopping"))

    def _register(self, step: Step, arguments: Mapping[str, Any]) -> Result:
        token = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.execution_id}/{step.name}"))  # one for all attempts
        arn = self._call("sagemaker", "CreateModelPackage", {**arguments, "ClientToken": token})["ModelPackageArn"]
        return Result(dict(self.store.get(PACKAGE, arn)), {"RegisterModel": {"Arn": arn}})

    def _model(self, step: Step, arguments: Mapping[str, Any]) -> Result:
        record = self._create(MODEL, arguments.get("ModelName") or self._name(step, 63), arguments)
        return Result(dict(record), {"Model": {"Arn": record["ModelArn"]}})

    def _invoke(self, step: Step, arguments: Mapping[str, Any]) -> Result:
        function = step.given["FunctionArn"]
        answer = self._call("lambda", "Invoke", {"FunctionName": function, "Payload": json.dumps(arguments)})
        payload = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise StepFailed(f"ClientError: Lambda function {function} failed: {json.dumps(payload)}")
        given = payload if isinstance(payload, dict) else {}
        wanted = [entry["OutputName"] for entry in step.given.get("OutputParameters") or ()]
        if missing := [name for name in wanted if name not in given]:
            raise StepFailed(f"ClientError: Lambda function {function} did not return {', '.join(missing)}")
        outputs = {name: given[name] for name in wanted}
        shown = [{"Name": name, "Value": str(value)} for name, value in outputs.items()]
        return Result({"OutputParameters": outputs}, {"Lambda": {"Arn": function, "OutputParameters": shown}})

    def _create(self, kind: Kind, name: str, arguments: Mapping[str, Any]) -> Record:
        taken = self.store.find(kind, name) is not None
        try:
            self._call("sagemaker", f"Create{kind.name}", {**arguments, kind.keys[0]: name})
        except StepFailed:
            # A reply can get lost after the thing was made; then the next try finds the name taken, by ourselves.
            if taken or self.store.find(kind, name) is None:
                raise
        return self.store.get(kind, name)

    def _call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        failed = f"ClientError: Failed to invoke {service}:{operation}. Error Details: "
        try:
            client = role_client(service, self.role_arn, SESSION)
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**request)
        except ClientError as fault:
            error, status = fault.response["Error"], fault.response["ResponseMetadata"]["HTTPStatusCode"]
            exception = API_FAULTS.get(error["Code"]) or ("Step.SERVICE_FAULT" if status >= 500 else None)
            raise StepFailed(failed + error.get("Message", error["Code"]), exception) from None
        except (BotoCoreError, ApiError) as fault:  # arguments of another shape than the API's; a role that is gone
            raise StepFailed(f"{failed}{fault}") from None
        return answer

    def _name(self, step: Step, longest: int) -> str:
        """`pipelines-<execution>-<step>-<random>`, as SageMaker names what its pipelines make."""
        prefix = "pipelines-" if longest > 32 else ""
        room = longest - len(f"{prefix}{self.execution_id}--") - 10
        return f"{prefix}{self.execution_id}-{step.name[:room].strip('-')}-{secrets.token_hex(5)}"
