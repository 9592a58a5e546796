"""Monitoring schedules: kept, started and stopped by callers, and run when their time has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, request_scope

from local.clock import now
from local.events import emit
from local.repeating import Repeating
from local.sagemaker.endpoints.operations import ENDPOINT
from local.sagemaker.kinds import INVALID, MISSING, Kind, Lifecycle
from local.sagemaker.monitoring.analysis import DEFINITIONS, Analysis, offset
from local.sagemaker.monitoring.execution import Call, Execution
from local.sagemaker.resources import Resources
from local.sagemaker.store import Record
from local.scheduler.expressions import occurrences
from local.service import ApiError
from local.service.service import service_model

SCHEDULE = Kind(
    "MonitoringSchedule",
    ("MonitoringScheduleName",),
    "monitoring-schedule/{MonitoringScheduleName}",
    Lifecycle("MonitoringScheduleStatus", ready="Scheduled", creating="Pending", create_failed="Failed"),
    missing=(MISSING, "Monitoring Schedule {arn} not found"),
)
EXECUTION = Kind(
    "MonitoringExecution", ("MonitoringScheduleName",), "", Lifecycle("MonitoringExecutionStatus", "Pending")
)
TICK_REAL_S = 0.1
LONGEST = timedelta(days=1)
HOUR = timedelta(hours=1)
WITH_LABELS = ("ModelQuality", "ModelBias")
LONGEST_HOURLY_WITH_LABELS = timedelta(minutes=30)
NOW = "NOW"


class Monitoring:
    """The part of the service for schedules and job definitions; `call` makes an API call of the service itself."""

    def __init__(self, resources: Resources, call: Call) -> None:
        self._resources, self._store, self._call = resources, resources.store, call
        self._looked = now()
        self._scopes: set[tuple[str, str]] = set()
        self._ticking = Repeating("monitoring", self.tick, lambda: TICK_REAL_S)
        self.start, self.stop = self._ticking.start, self._ticking.stop
        for kind in (SCHEDULE, *DEFINITIONS.values()):
            resources.add(kind)

    def create_data_quality_job_definition(self, request: Record) -> Record:
        return self._define("DataQuality", request)

    def create_model_quality_job_definition(self, request: Record) -> Record:
        return self._define("ModelQuality", request)

    def create_model_bias_job_definition(self, request: Record) -> Record:
        return self._define("ModelBias", request)

    def create_model_explainability_job_definition(self, request: Record) -> Record:
        return self._define("ModelExplainability", request)

    def create_monitoring_schedule(self, request: Record) -> Record:
        members = self._checked(request["MonitoringScheduleConfig"])
        self._scopes.add((get_account_id(), get_region()))
        record = self._resources.create(SCHEDULE, {**request, **members})
        self._tell(record)
        if members["Expression"] == NOW:
            self._run(record, now())
        return record

    def update_monitoring_schedule(self, request: Record) -> Record:
        members = self._checked(request["MonitoringScheduleConfig"])
        record = self._resources.describe(SCHEDULE, request)
        self._store.change(record, MonitoringScheduleConfig=request["MonitoringScheduleConfig"], **members)
        return record

    def start_monitoring_schedule(self, request: Record) -> None:
        self._become(request, "Scheduled")

    def stop_monitoring_schedule(self, request: Record) -> None:
        self._become(request, "Stopped")

    def _become(self, request: Record, status: str) -> None:
        record = self._resources.describe(SCHEDULE, request)
        self._store.change(record, MonitoringScheduleStatus=status)
        self._tell(record)

    def list_monitoring_executions(self, request: Record) -> Record:
        runs = [run for schedule in self._store.every(SCHEDULE) for run in schedule.get("Runs", ())]
        return self._resources.list("ListMonitoringExecutions", EXECUTION, request, runs)

    def tick(self) -> None:
        """Run, in every account and region, what became due since the last tick."""
        after, self._looked = self._looked, now()
        for account, region in list(self._scopes):
            with request_scope(account, region):
                for schedule in self._store.every(SCHEDULE):
                    if schedule["MonitoringScheduleStatus"] == "Scheduled" and schedule["Expression"] != NOW:
                        for due in _due(schedule["Expression"], after, self._looked):
                            self._run(schedule, due)

    def _define(self, kind: str, request: Record) -> Record:
        analysis = Analysis.of_definition(kind, request)
        record = self._resources.create(DEFINITIONS[kind], {**request, **self._existing(analysis)})
        listed = {"MonitoringJobDefinitionName": record["JobDefinitionName"]}
        self._store.change(record, MonitoringJobDefinitionArn=record["JobDefinitionArn"], **listed)
        return record

    def _checked(self, config: Record) -> Record:
        """What Describe and List tell beside the configuration; ApiError for one that cannot be carried out."""
        schedule = config.get("ScheduleConfig", {})
        expression = schedule.get("ScheduleExpression", NOW)
        if expression == NOW and not schedule.keys() >= {"DataAnalysisStartTime", "DataAnalysisEndTime"}:
            raise ApiError(INVALID, "A schedule for NOW needs DataAnalysisStartTime and DataAnalysisEndTime.")
        if expression != NOW and next(_due(expression, now(), now() + LONGEST), None) is None:
            raise ApiError(INVALID, f"ScheduleExpression {expression} is no hourly or daily cron(0 ...) expression.")
        analysis = self._analysis(config)
        if expression != NOW:
            _refuse_too_long(analysis, expression)
        named: Record = {
            name: config[name] for name in ("MonitoringJobDefinitionName", "MonitoringType") if name in config
        }
        return {**named, **self._existing(analysis), "Expression": expression}

    def _existing(self, analysis: Analysis) -> Record:
        """SageMaker monitors no endpoint that it does not find (sagemaker-python-sdk, issue 4873); transform jobs need
        none."""
        if analysis.endpoint is None:
            return {}
        if self._store.find(ENDPOINT, analysis.endpoint) is None:
            raise ApiError(INVALID, f'Could not find endpoint "{analysis.endpoint}" to monitor.')
        return {"EndpointName": analysis.endpoint}

    def _tell(self, record: Record) -> None:
        """`SageMaker Monitoring Schedule State Change`: the detail has the members that Describe answers."""
        shape = service_model("sagemaker").operation_model("DescribeMonitoringSchedule").output_shape
        detail = {name: record[name] for name in shape.members if name in record}
        emit("aws.sagemaker", "SageMaker Monitoring Schedule State Change", detail, [record["MonitoringScheduleArn"]])

    def _analysis(self, config: Record) -> Analysis:
        name, inline = config.get("MonitoringJobDefinitionName"), config.get("MonitoringJobDefinition")
        if (name is None) == (inline is None):
            raise ApiError(
                INVALID, "Exactly one of MonitoringJobDefinition and MonitoringJobDefinitionName must be given."
            )
        if inline is not None:
            return Analysis.inline(inline)
        kind = config.get("MonitoringType")
        if kind is None:
            raise ApiError(INVALID, "MonitoringType must be given with MonitoringJobDefinitionName.")
        return Analysis.of_definition(kind, self._store.get(DEFINITIONS[kind], name))

    def _run(self, schedule: Record, due: datetime) -> None:
        config = schedule["MonitoringScheduleConfig"]
        analysis = self._analysis(config)
        named = ("MonitoringScheduleName", "EndpointName", "MonitoringJobDefinitionName", "MonitoringType")
        record: Record = {name: schedule[name] for name in named if schedule.get(name)}
        record |= {"ScheduledTime": due, "CreationTime": now(), "MonitoringExecutionStatus": "Pending"}
        record["LastModifiedTime"] = record["CreationTime"]
        self._store.change(schedule, Runs=[*schedule.get("Runs", ()), record], LastMonitoringExecutionSummary=record)
        start, end = _window(config, analysis, due)
        execution = Execution(self._store, self._call, analysis, record, schedule["MonitoringScheduleArn"])
        endpoint = self._store.find(ENDPOINT, analysis.endpoint) if analysis.endpoint else None
        spawn_background(execution.run, start, end, endpoint, thread_name="monitoring-execution")


def _due(expression: str, after: datetime, until: datetime) -> Iterator[datetime]:
    return occurrences(expression, after, after, until, "UTC")


def _refuse_too_long(analysis: Analysis, expression: str) -> None:
    """Source: API reference, `MonitoringStoppingCondition`."""
    first, second = islice(_due(expression, now(), now() + 2 * LONGEST), 2)
    period = second - first
    most = LONGEST_HOURLY_WITH_LABELS if period == HOUR and analysis.kind in WITH_LABELS else period
    asked = analysis.more.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 0)
    if asked > most.total_seconds():
        raise ApiError(
            INVALID,
            f"MaxRuntimeInSeconds {asked} cannot exceed the frequency of the job; for {analysis.kind or 'this'} "
            f"schedules every {period} it can be up to {most.total_seconds():.0f} seconds.",
        )


def _window(config: Record, analysis: Analysis, due: datetime) -> tuple[datetime, datetime]:
    schedule = config.get("ScheduleConfig", {})
    expression = schedule.get("ScheduleExpression", NOW)
    if expression == NOW:
        return due + offset(schedule["DataAnalysisStartTime"]), due + offset(schedule["DataAnalysisEndTime"])
    earlier = [moment for moment in _due(expression, due - LONGEST, due) if moment < due]
    return analysis.window(earlier[-1] if earlier else due - LONGEST, due)
