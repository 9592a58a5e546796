"""Operations on executions of pipelines."""

from __future__ import annotations

import secrets
from typing import Any

from local import clock
from local.sagemaker import listing
from local.sagemaker.kinds import CONFLICT, INVALID, MISSING, Kind, Lifecycle
from local.sagemaker.pipelines import tidings
from local.sagemaker.pipelines.definition import Definition, parse
from local.sagemaker.pipelines.execution import Execution
from local.sagemaker.pipelines.pipelines import PIPELINE, Pipelines
from local.sagemaker.resources import Request, Resources
from local.sagemaker.store import Record
from local.service import ApiError

EXECUTION = Kind(
    "PipelineExecution",
    ("ExecutionKey",),
    "pipeline/{ExecutionKey}",
    Lifecycle("PipelineExecutionStatus", ready="Succeeded", creating="Executing"),
    missing=(MISSING, "Pipeline execution with ARN {arn} does not exist."),
)


class Executions:
    """The part of the service that starts, shows, stops and retries executions."""

    def __init__(self, resources: Resources, pipelines: Pipelines) -> None:
        self.resources, self.store, self.pipelines = resources, resources.store, pipelines
        self._live: dict[str, Execution] = {}

    def start_pipeline_execution(self, request: Request) -> Record:
        """The same ClientRequestToken with the same request answers with the same execution."""
        if request.get("SelectiveExecutionConfig"):
            raise ApiError(INVALID, "SelectiveExecutionConfig: the embedded AWS runs whole pipelines.")
        pipeline = self.store.get(PIPELINE, request["PipelineName"])
        version = self.pipelines.version(pipeline, request.get("PipelineVersionId"))
        definition = parse(version["PipelineDefinition"])
        with self.store.changed:
            if (made := self._made_by(pipeline, request["ClientRequestToken"])) is not None:
                if made["Request"] != request:
                    text = f"ClientRequestToken {request['ClientRequestToken']} was used for another request before."
                    raise ApiError(CONFLICT, text)
                return made
            record = self.store.add(EXECUTION, self._record(pipeline, version, definition, request))
            self.store.change(pipeline, LastRunTime=record["StartTime"], LastModifiedTime=pipeline["LastModifiedTime"])
        tidings.execution_changed(record, None)
        self._run(record, definition)
        return record

    def describe_pipeline_execution(self, request: Request) -> Record:
        return self._get(request)

    def describe_pipeline_definition_for_execution(self, request: Request) -> Request:
        record = self._get(request)
        return {"PipelineDefinition": record["PipelineDefinition"], "CreationTime": record["CreationTime"]}

    def list_pipeline_executions(self, request: Request) -> Request:
        pipeline = self.store.get(PIPELINE, request["PipelineName"])
        return self.resources.list(
            "ListPipelineExecutions", EXECUTION, {**request, "PipelineName": None}, self._of(pipeline)
        )

    def list_pipeline_execution_steps(self, request: Request) -> Request:
        """Newest first, unless SortOrder is Ascending."""
        with self.store.changed:
            steps = sorted(self._get(request)["Steps"].values(), key=lambda step: step["StartTime"])
        rows = steps if request.get("SortOrder") == "Ascending" else steps[::-1]
        return listing.page("PipelineExecutionSteps", rows, request)

    def list_pipeline_parameters_for_execution(self, request: Request) -> Request:
        given = self._get(request)["Parameters"]
        rows = [{"Name": name, "Value": str(value)} for name, value in given.items()]
        return listing.page("PipelineParameters", rows, request)

    def update_pipeline_execution(self, request: Request) -> Record:
        record = self._get(request)
        names = ("PipelineExecutionDescription", "PipelineExecutionDisplayName", "ParallelismConfiguration")
        self.store.change(record, **{name: request[name] for name in names if name in request})
        return record

    def stop_pipeline_execution(self, request: Request) -> Record:
        record = self._get(request)
        with self.store.changed:
            if record["PipelineExecutionStatus"] not in ("Executing", "Stopping"):
                status = record["PipelineExecutionStatus"]
                raise ApiError(INVALID, f"Pipeline execution with status {status} cannot be stopped.")
            begun = record["PipelineExecutionStatus"] == "Executing"
            for step in record["Steps"].values():
                if step["StepStatus"] in ("Starting", "Executing"):
                    step["StepStatus"] = "Stopping"
            self.store.change(record, PipelineExecutionStatus="Stopping")
        if begun:
            tidings.execution_changed(record, "Executing")
            self._live[record["PipelineExecutionArn"]].advance()
        return record

    def retry_pipeline_execution(self, request: Request) -> Record:
        """Run what did not succeed once more, in the same execution."""
        record = self._get(request)
        with self.store.changed:
            if (before := record["PipelineExecutionStatus"]) not in ("Failed", "Stopped"):
                raise ApiError(INVALID, f"Pipeline execution with status {before} cannot be retried.")
            for name in [name for name, step in record["Steps"].items() if step["StepStatus"] != "Succeeded"]:
                del record["Steps"][name]
            parallel = request.get("ParallelismConfiguration") or record.get("ParallelismConfiguration")
            self.store.change(
                record,
                PipelineExecutionStatus="Executing",
                FailureReason=None,
                EndTime=None,
                ParallelismConfiguration=parallel,
            )
        tidings.execution_changed(record, before)
        self._run(record, parse(record["PipelineDefinition"]))
        return record

    def delete_pipeline(self, request: Request) -> Record:
        pipeline = self.store.get(PIPELINE, request["PipelineName"])
        if any(record["PipelineExecutionStatus"] in ("Executing", "Stopping") for record in self._of(pipeline)):
            raise ApiError(CONFLICT, f"Pipeline {pipeline['PipelineName']} has executions that are running.")
        for record in self._of(pipeline):
            self.store.remove(EXECUTION, record)
        self.store.remove(PIPELINE, pipeline)
        return pipeline

    def _record(self, pipeline: Record, version: Record, definition: Definition, request: Request) -> Request:
        time = clock.now()
        name = f"execution-{int(time.timestamp() * 1000)}"
        return {
            "ParallelismConfiguration": pipeline.get("ParallelismConfiguration"),
            "PipelineExecutionDisplayName": name,
            **request,
            "Request": request,
            "ExecutionKey": f"{pipeline['PipelineName']}/execution/{secrets.token_hex(6)}",
            "PipelineName": pipeline["PipelineName"],
            "PipelineArn": pipeline["PipelineArn"],
            "PipelineVersionId": version["PipelineVersionId"],
            "PipelineDefinition": version["PipelineDefinition"],
            "RoleArn": pipeline["RoleArn"],
            "StartTime": time,
            "Parameters": _parameters(definition, request.get("PipelineParameters") or ()),
            "Steps": {},
            "Answers": {},
        }

    def _run(self, record: Record, definition: Definition) -> None:
        pipeline = self.store.get(PIPELINE, record["PipelineName"])
        earlier = [other for other in self._of(pipeline) if other is not record]
        execution = Execution(self.store, record, definition, earlier)
        self._live[record["PipelineExecutionArn"]] = execution
        execution.advance()

    def _get(self, request: Request) -> Record:
        return self.store.get(EXECUTION, request["PipelineExecutionArn"])

    def _of(self, pipeline: Record) -> list[Record]:
        return [record for record in self.store.every(EXECUTION) if record["PipelineArn"] == pipeline["PipelineArn"]]

    def _made_by(self, pipeline: Record, token: str) -> Record | None:
        return next((record for record in self._of(pipeline) if record["ClientRequestToken"] == token), None)


def _parameters(definition: Definition, given: Any) -> dict[str, Any]:
    """Every declared parameter's value; ApiError for one that is unknown or has neither a value nor a default."""
    texts = {entry["Name"]: entry["Value"] for entry in given}
    if unknown := texts.keys() - definition.parameters.keys():
        known = ", ".join(definition.parameters) or "none"
        raise ApiError(INVALID, f"Unknown parameters: {', '.join(sorted(unknown))}. The pipeline declares {known}.")
    values = {
        name: parameter.value(texts[name]) if name in texts else parameter.default
        for name, parameter in definition.parameters.items()
    }
    if missing := [name for name, value in values.items() if value is None]:
        raise ApiError(INVALID, f"Parameters without a value or a default: {', '.join(missing)}.")
    return values
