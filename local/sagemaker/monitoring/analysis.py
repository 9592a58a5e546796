"""What a monitoring job does, read from a job definition of its own or from the one inside a schedule."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.sagemaker.kinds import INVALID, Kind
from local.sagemaker.store import Record
from local.service import ApiError

DEFINITIONS = {
    kind: Kind(
        f"{kind}JobDefinition",
        ("JobDefinitionName",),
        re.sub(r"(?<!^)(?=[A-Z])", "-", kind).lower() + "-job-definition/{JobDefinitionName}",
        arn_member="JobDefinitionArn",
    )
    for kind in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
}
_OFFSET = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True, slots=True)
class Analysis:
    """`kind` is the MonitoringType; None for a definition inside a schedule, which brings its own container."""

    kind: str | None
    app: Record
    source: Record
    """The EndpointInput, or the BatchTransformInput."""
    output: Record
    """The one S3Output."""
    cluster: Record
    role_arn: str
    baseline: Record = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    ground_truth: str | None = None
    more: Record = field(default_factory=dict)
    """StoppingCondition and NetworkConfig, where given."""

    @classmethod
    def of_definition(cls, kind: str, record: Record) -> Analysis:
        """From the request or record of a job definition of this kind."""
        app, given = record[f"{kind}AppSpecification"], record[f"{kind}JobInput"]
        return cls(
            kind=kind,
            app=app,
            source=_source(given),
            output=record[f"{kind}JobOutputConfig"]["MonitoringOutputs"][0]["S3Output"],
            cluster=record["JobResources"]["ClusterConfig"],
            role_arn=record["RoleArn"],
            baseline=record.get(f"{kind}BaselineConfig", {}),
            environment=app.get("Environment", {}),
            ground_truth=given.get("GroundTruthS3Input", {}).get("S3Uri"),
            more=_more(record),
        )

    @classmethod
    def inline(cls, definition: Record) -> Analysis:
        """From a schedule's MonitoringJobDefinition."""
        return cls(
            kind=None,
            app=definition["MonitoringAppSpecification"],
            source=_source(definition["MonitoringInputs"][0]),
            output=definition["MonitoringOutputConfig"]["MonitoringOutputs"][0]["S3Output"],
            cluster=definition["MonitoringResources"]["ClusterConfig"],
            role_arn=definition["RoleArn"],
            baseline=definition.get("BaselineConfig", {}),
            environment=definition.get("Environment", {}),
            more=_more(definition),
        )

    @property
    def endpoint(self) -> str | None:
        """None where transform jobs are looked at."""
        return self.source.get("EndpointName")

    @property
    def captured(self) -> str | None:
        """Where transform jobs capture; None where an endpoint is looked at."""
        return self.source.get("DataCapturedDestinationS3Uri")

    def window(self, before: datetime, due: datetime) -> tuple[datetime, datetime]:
        """The time that the run of `due` looks at: since the run `before` it, unless offsets say otherwise."""
        start, end = self.source.get("StartTimeOffset"), self.source.get("EndTimeOffset")
        return due + offset(start) if start else before, due + offset(end) if end else due


def offset(text: str) -> timedelta:
    """
    >>> offset("-PT1H"), offset("-P1DT30M")
    (datetime.timedelta(days=-1, seconds=82800), datetime.timedelta(days=-2, seconds=84600))
    """
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ApiError(INVALID, f"{text!r} is no offset such as -PT1H or -P1D.")
    days, hours, minutes = (int(part or 0) for part in match.groups()[1:])
    length = timedelta(days=days, hours=hours, minutes=minutes)
    return -length if match[1] else length


def _source(given: Record) -> Record:
    """Raises ApiError for what is neither requests to an endpoint nor rows in CSV."""
    sources = [given[name] for name in ("EndpointInput", "BatchTransformInput") if name in given]
    if len(sources) != 1:
        raise ApiError(INVALID, "Exactly one of EndpointInput and BatchTransformInput must be given.")
    source: Record = sources[0]
    if "Csv" not in source.get("DatasetFormat", {"Csv": {}}):
        found = ", ".join(source["DatasetFormat"])
        raise ApiError(
            INVALID, f"Of transform jobs the embedded AWS models rows in Csv only, DatasetFormat is {found}."
        )
    for name in ("StartTimeOffset", "EndTimeOffset"):
        if name in source:
            offset(source[name])
    return source


def _more(record: dict[str, Any]) -> Record:
    return {name: record[name] for name in ("StoppingCondition", "NetworkConfig") if name in record}
