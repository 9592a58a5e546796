"""Operations on pipelines themselves: their definitions, checked when they come in, and their versions."""

from __future__ import annotations

from local.credentials import role_client, role_environment
from local.sagemaker import listing
from local.sagemaker.kinds import INVALID, MISSING, Lifecycle, named
from local.sagemaker.pipelines.definition import parse
from local.sagemaker.pipelines.steps import SESSION
from local.sagemaker.resources import Request, Resources
from local.sagemaker.store import Record
from local.service import ApiError
from local.storage import STORAGE_FAULTS, Location, read

PIPELINE = named(
    "Pipeline",
    "pipeline",
    Lifecycle("PipelineStatus", ready="Active"),
    missing=(MISSING, "Pipeline '{arn}' does not exist."),
    exists=(
        INVALID,
        "Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists.",
    ),
)


class Pipelines:
    """The part of the service that keeps pipelines."""

    def __init__(self, resources: Resources) -> None:
        self.resources, self.store = resources, resources.store
        resources.add(PIPELINE)

    def create_pipeline(self, request: Request) -> Record:
        """The same ClientRequestToken answers with the pipeline that it made."""
        made = self.store.find(PIPELINE, request["PipelineName"])
        if made is not None and made["ClientRequestToken"] == request["ClientRequestToken"]:
            return made
        role_environment(request["RoleArn"], SESSION)
        text = _definition(request, request["RoleArn"])
        if text is None:
            raise ApiError(INVALID, "One of PipelineDefinition and PipelineDefinitionS3Location must be given.")
        record = self.resources.create(PIPELINE, {**request, "PipelineDefinition": text, "Versions": []})
        self._add_version(record)
        return record

    def update_pipeline(self, request: Request) -> Request:
        record = self.resources.describe(PIPELINE, request)
        text = _definition(request, request.get("RoleArn") or record["RoleArn"])
        with self.store.changed:
            self.resources.update(PIPELINE, {**request, "PipelineDefinition": text or record["PipelineDefinition"]})
            self._add_version(record)
        return {"PipelineArn": record["PipelineArn"], "PipelineVersionId": record["Versions"][-1]["PipelineVersionId"]}

    def describe_pipeline(self, request: Request) -> Record:
        record = self.resources.describe(PIPELINE, request)
        version = self.version(record, request.get("PipelineVersionId"))
        names = ("PipelineDefinition", "PipelineVersionDisplayName", "PipelineVersionDescription")
        return {**record, **{name: version[name] for name in names if name in version}}

    def list_pipeline_versions(self, request: Request) -> Request:
        versions = self.resources.describe(PIPELINE, request)["Versions"]
        rows = versions if request.get("SortOrder") == "Ascending" else versions[::-1]
        return listing.page("PipelineVersionSummaries", rows, request)

    def update_pipeline_version(self, request: Request) -> Record:
        record = self.store.get(PIPELINE, request["PipelineArn"])
        version = self.version(record, request["PipelineVersionId"])
        names = ("PipelineVersionDisplayName", "PipelineVersionDescription")
        self.store.change(version, **{name: request[name] for name in names if name in request})
        return version

    def version(self, record: Record, number: int | None) -> Record:
        """A version of a pipeline, the newest where no number is given."""
        versions: list[Record] = record["Versions"]
        found = [one for one in versions if number in (None, one["PipelineVersionId"])]
        if not found:
            text = f"Version {number} of pipeline {record['PipelineArn']} does not exist."
            raise ApiError(MISSING, text)
        return found[-1]

    def _add_version(self, record: Record) -> None:
        number = len(record["Versions"]) + 1
        version = {name: record[name] for name in ("PipelineArn", "PipelineDefinition", "LastModifiedTime")}
        record["Versions"].append({**version, "PipelineVersionId": number, "CreationTime": record["LastModifiedTime"]})


def _definition(request: Request, role_arn: str) -> str | None:
    """The checked definition that a request brings, if it brings one."""
    text: str | None = request.get("PipelineDefinition")
    if place := request.get("PipelineDefinitionS3Location"):
        try:
            location = Location(place["Bucket"], place["ObjectKey"])
            text = read(role_client("s3", role_arn, SESSION), location).decode()
        except (*STORAGE_FAULTS, UnicodeDecodeError) as fault:
            raise ApiError(INVALID, f"The pipeline definition in S3 cannot be read: {fault}") from None
    if text is not None:
        parse(text)
    return text
