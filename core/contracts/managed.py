"""What SageMaker's own monitoring promises a container, and what each of its four monitors is asked for here.

A schedule of SageMaker starts a processing job for each window. With `engine: managed` four schedules start our
monitor, each for one kind of metrics: together they publish what one run of the own engine does.
Source: SageMaker developer guide, "Container contract inputs" and "Container contract outputs" of Model Monitor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Self, get_args

from core.contracts import metrics, reports, stages
from core.contracts.environment import JobEnvironment, MonitorEnvironment

MonitoringType = Literal["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"]
"""As SageMaker writes it."""
TYPES: tuple[MonitoringType, ...] = get_args(MonitoringType)
DATASET = stages.processing_input("endpoint")
OUTPUT = "/opt/ml/processing/output"

SCHEDULE, START, END = "sagemaker_monitoring_schedule_name", "start_time", "end_time"
DATASET_SOURCE, DATASET_FORMAT, OUTPUT_PATH = "dataset_source", "dataset_format", "output_path"
BASELINE_CONSTRAINTS, PUBLISH = "baseline_constraints", "publish_cloudwatch_metrics"
"""Variables that SageMaker sets."""
ENABLED, DISABLED = "Enabled", "Disabled"
CAPTURE_FORMAT, CSV_FORMAT = "sagemakerCaptureJson", "csv"
"""Of what an endpoint captured, and of what transform jobs read and wrote."""

STANDS, STANDS_NOT = "yes", "no"
"""What `ModelNames.standing_parameter` says of an endpoint: SageMaker monitors none that is not there."""

NAMESPACES: Mapping[MonitoringType, str] = {
    "DataQuality": metrics.DATA,
    "ModelQuality": metrics.QUALITY,
    "ModelBias": metrics.BIAS,
    "ModelExplainability": metrics.EXPLAINABILITY,
}
SUMMARIES: Mapping[str, MonitoringType] = {
    metrics.QUALITY_DROP.name: "ModelQuality",
    metrics.ESTIMATED_DROP.name: "ModelQuality",
    metrics.QUALITY_LIMIT.name: "ModelQuality",
    metrics.BIAS_DRIFT.name: "ModelBias",
    metrics.ATTRIBUTION_DRIFT.name: "ModelExplainability",
    metrics.RECENT_ATTRIBUTION_DRIFT.name: "ModelExplainability",
}
"""Metrics of the namespace Homeostat that tell of one kind; data quality tells all others of it."""
FILES: Mapping[MonitoringType, tuple[str, ...]] = {
    "DataQuality": (reports.STATISTICS, reports.CONSTRAINTS, reports.VIOLATIONS, reports.VIOLATIONS_BYOC),
    "ModelQuality": (reports.REPORT, reports.VIOLATIONS, reports.VIOLATIONS_BYOC),
    "ModelBias": (reports.ANALYSIS, reports.VIOLATIONS, reports.VIOLATIONS_BYOC),
    "ModelExplainability": (
        reports.ANALYSIS,
        reports.EXPLANATIONS,
        reports.VIOLATIONS,
        reports.VIOLATIONS_BYOC,
    ),
}
"""What a run leaves in its output folder."""


def told_by(namespace: str, name: str) -> MonitoringType:
    """Which monitor publishes a metric.

    >>> told_by(metrics.HOMEOSTAT, "rows"), told_by(metrics.HOMEOSTAT, "bias_drift"), told_by(metrics.QUALITY, "auc")
    ('DataQuality', 'ModelBias', 'ModelQuality')
    """
    if namespace == metrics.HOMEOSTAT:
        return SUMMARIES.get(name, "DataQuality")
    return next(kind for kind, own in NAMESPACES.items() if own == namespace)


@dataclass(frozen=True)
class ManagedEnvironment(JobEnvironment):
    """What a job definition adds to the variables that SageMaker sets."""

    monitoring_type: str


@dataclass(frozen=True, slots=True)
class Contract:
    """One run of a managed monitor, as its variables tell it."""

    type: MonitoringType
    job: MonitorEnvironment
    dataset: str
    """Folder below /opt/ml; its own folders are endpoint, variant, yyyy/mm/dd/hh."""
    output: str
    constraints: str | None
    """File that takes the place of the release's own constraints, where the definition names one."""
    publishes: bool
    of_batches: bool
    """Whether the run is over transform jobs of the time, and not over requests to the endpoint."""

    @staticmethod
    def given(variables: Mapping[str, str]) -> bool:
        """Whether a schedule of SageMaker started the job."""
        return SCHEDULE in variables

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Self:
        """Raises LookupError that names what is missing, ValueError for what cannot be carried out."""
        missing = [name for name in (DATASET_SOURCE, OUTPUT_PATH, START, END) if not variables.get(name)]
        if missing:
            raise LookupError(f"a monitoring schedule's container needs {', '.join(missing)}")
        if (told := variables.get(PUBLISH, ENABLED)) not in (ENABLED, DISABLED):
            raise ValueError(f"{PUBLISH} is {told!r}; accepted: {ENABLED}, {DISABLED}")
        given = ManagedEnvironment.read(variables)
        kind = next((each for each in TYPES if each == given.monitoring_type), None)
        if kind is None:
            raise ValueError(f"MONITORING_TYPE is {given.monitoring_type!r}; accepted: {', '.join(TYPES)}")
        start, end = _time(variables, START), _time(variables, END)
        return cls(
            type=kind,
            job=MonitorEnvironment(
                given.team, given.environment, given.model, given.account, given.region,
                scheduled_at=end.isoformat(),
                window_s=int((end - start) / timedelta(seconds=1)),
            ),
            dataset=variables[DATASET_SOURCE],
            output=variables[OUTPUT_PATH],
            constraints=variables.get(BASELINE_CONSTRAINTS) or None,
            publishes=told == ENABLED,
            of_batches=_format(variables) == CSV_FORMAT,
        )  # fmt: skip


def _format(variables: Mapping[str, str]) -> str:
    """SageMaker tells it as an object whose one member names it."""
    told = variables.get(DATASET_FORMAT) or json.dumps({CAPTURE_FORMAT: {}})
    try:
        names = list(json.loads(told))
    except (ValueError, TypeError):
        names = []
    if len(names) != 1 or names[0] not in (CAPTURE_FORMAT, CSV_FORMAT):
        raise ValueError(f"{DATASET_FORMAT} is {told!r}; accepted: {CAPTURE_FORMAT}, {CSV_FORMAT}")
    return str(names[0])


def _time(variables: Mapping[str, str], name: str) -> datetime:
    try:
        found: datetime | None = datetime.fromisoformat(variables[name])
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"{name} is {variables[name]!r}; accepted: a time with an offset, as 2026-11-20T09:00:00Z")
    return found
