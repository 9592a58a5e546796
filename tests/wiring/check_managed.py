"""What SageMaker's own schedules start, where a team wants those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from core.config.model import Model
from core.contracts import managed
from core.contracts.events import MonitorFailed
from core.contracts.images import MONITOR
from core.contracts.managed import Contract, MonitoringType
from local.scheduler.expressions import occurrences
from tests.wiring.access import may
from tests.wiring.check_alarms import policy_of
from tests.wiring.check_code import faults
from tests.wiring.system import System

SCHEDULE = "AWS::SageMaker::MonitoringSchedule"
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
SET_BY_SAGEMAKER = {
    managed.SCHEDULE: "x",
    managed.DATASET_SOURCE: managed.DATASET,
    managed.OUTPUT_PATH: managed.OUTPUT,
    managed.DATASET_FORMAT: '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}',
}


def wanted(system: System) -> Iterator[tuple[Model, MonitoringType]]:
    """Which monitors there must be."""
    for model in system.models:
        if model.monitoring.engine == "managed":
            yield from ((model, kind) for kind in managed.TYPES if kind != "ModelBias" or model.sensitive)


def schedule_of(system: System, model: Model, kind: MonitoringType) -> dict[str, Any]:
    name = system.names.model(model.name).managed_monitor(kind)
    return system.deployed.one(SCHEDULE, MonitoringScheduleName=name)


def definition_of(system: System, model: Model, kind: MonitoringType) -> dict[str, Any]:
    """The one that the schedule names."""
    config = schedule_of(system, model, kind)["MonitoringScheduleConfig"]
    assert config["MonitoringType"] == kind, f"a schedule of {config['MonitoringType']} where {kind} was wanted"
    type = f"AWS::SageMaker::{kind}JobDefinition"
    named = [r for r in system.deployed.resources if r.type == type and r.id == config["MonitoringJobDefinitionName"]]
    assert len(named) == 1, f"the schedule of {kind} of {model.name} runs no definition of this team"
    return named[0].properties


def every_kind_has_a_schedule_that_sagemaker_takes(system: System) -> None:
    schedules = list(system.deployed.of(SCHEDULE))
    assert len(schedules) == len(list(wanted(system))), "schedules that nobody asked for"
    for model, kind in wanted(system):
        definition, schedule = definition_of(system, model, kind), schedule_of(system, model, kind)
        assert "JobDefinitionName" not in definition, "a definition never changes: one with this name could not follow"
        request = {**definition, "JobDefinitionName": "x"}
        assert not list(faults(request, f"Create{kind}JobDefinition")), list(
            faults(request, f"Create{kind}JobDefinition")
        )
        assert not list(faults(schedule, "CreateMonitoringSchedule")), list(
            faults(schedule, "CreateMonitoringSchedule")
        )


def each_window_is_monitored_once(system: System) -> None:
    for model, kind in wanted(system):
        config = schedule_of(system, model, kind)["MonitoringScheduleConfig"]["ScheduleConfig"]
        period = timedelta(seconds=policy_of(system, model.name).watch.period_s)
        before, until = MIDNIGHT - timedelta(seconds=1), MIDNIGHT + timedelta(days=2) - timedelta(seconds=1)
        due = list(occurrences(config["ScheduleExpression"], before, before, until, "UTC"))
        assert due == [MIDNIGHT + n * period for n in range(len(due))], f"{kind} of {model.name}: {due[:3]}"
        assert len(due) == timedelta(days=2) / period, "windows would be left out"


def the_monitor_understands_its_variables(system: System) -> None:
    for model, kind in wanted(system):
        names, period_s = system.names.model(model.name), policy_of(system, model.name).watch.period_s
        definition = definition_of(system, model, kind)
        app, source = definition[f"{kind}AppSpecification"], definition[f"{kind}JobInput"]["EndpointInput"]
        start, end = MIDNIGHT - timedelta(seconds=period_s), MIDNIGHT
        told = {**SET_BY_SAGEMAKER, managed.START: start.isoformat(), managed.END: end.isoformat()}
        contract = Contract.read({**told, **app["Environment"]})
        assert contract.type == kind, f"the run of {kind} takes itself for {contract.type}"
        assert system.names.model(contract.job.model) == names, "the monitor would look at another model"
        assert contract.job.window_s == period_s
        assert source["EndpointName"] == names.endpoint, "the requests of another endpoint"
        assert source["LocalPath"] == managed.DATASET
        if kind == "ModelQuality":
            assert app.get("ProblemType", "").lower().startswith(model.problem), "quality of another problem"
        assert tuple(app.get("ContainerEntrypoint", MONITOR.entrypoint)) == MONITOR.entrypoint
        (output,) = definition[f"{kind}JobOutputConfig"]["MonitoringOutputs"]
        assert output["S3Output"]["LocalPath"] == managed.OUTPUT


def its_role_reads_and_writes_what_the_definition_says(system: System) -> None:
    role = system.names.role("monitor")
    for model, kind in wanted(system):
        definition = definition_of(system, model, kind)
        assert definition["RoleArn"] == system.arns.role(role)
        (output,) = definition[f"{kind}JobOutputConfig"]["MonitoringOutputs"]
        reads = [definition[f"{kind}AppSpecification"].get("ConfigUri")]
        labels = definition[f"{kind}JobInput"].get("GroundTruthS3Input", {}).get("S3Uri")
        reads.append(f"{labels}2026/11/20/10/a.jsonl" if labels else None)
        for uri in filter(None, reads):
            assert may(system.deployed, role, "s3:GetObject", _arn(uri), {}), f"{role} may not read {uri}"
        place = f"{output['S3Output']['S3Uri']}/e/s/2026/11/20/10/statistics.json"
        assert may(system.deployed, role, "s3:PutObject", _arn(place), {}), f"{role} may not write {place}"


def one_engine_watches_at_any_time(system: System) -> None:
    """Until SageMaker's schedules are there the own one is, and not after."""
    conditions: Mapping[str, str | None] = {
        str(each.properties.get("Name", each.properties.get("MonitoringScheduleName", each.id))): each.condition
        for each in system.deployed.resources
        if each.type == "AWS::Scheduler::Schedule" or each.type == SCHEDULE or each.type.endswith("JobDefinition")
    }
    for model in system.models:
        own = conditions[system.names.model(model.name).monitor]
        if model.monitoring.engine == "own":
            assert own is None, "the own schedule depends on something"
    for model, kind in wanted(system):
        own, theirs = (conditions[name] for name in _both(system, model, kind))
        assert (own, theirs) == (f"{str(own)[:-3]}Off", f"{str(own)[:-3]}On"), (
            f"{own}, {theirs}: do not exclude each other"
        )
    for each in system.deployed.resources:
        if each.type.endswith("JobDefinition"):
            assert each.condition, f"{each.id} would be made where there is no endpoint"


def a_failed_run_is_counted(system: System) -> None:
    """By the rule that wakes `lambdas/govern`, for each schedule and no other."""
    patterns = [rule["EventPattern"] for rule in system.deployed.of("AWS::Events::Rule")]
    heard = [pattern for pattern in patterns if "MonitoringScheduleArn" in pattern.get("detail", {})]
    arns = [arn for pattern in heard for arn in pattern["detail"]["MonitoringScheduleArn"]]
    names = [system.names.model(model.name).managed_monitor(kind) for model, kind in wanted(system)]
    expected = [system.arns.of("sagemaker", f"monitoring-schedule/{name}") for name in names]
    assert sorted(arns) == sorted(expected), f"heard are failures of {sorted(arns)}"
    for pattern, arn in ((each, arn) for each in heard for arn in each["detail"]["MonitoringScheduleArn"]):
        detail = {"ProcessingJobName": "x", "ProcessingJobStatus": "Failed", "MonitoringScheduleArn": arn}
        event = {"source": pattern["source"][0], "detail-type": pattern["detail-type"][0], "account": "1"}
        assert MonitorFailed.parse({**event, "detail": detail}).schedule in names
        assert "Failed" in pattern["detail"]["ProcessingJobStatus"]


def _both(system: System, model: Model, kind: MonitoringType) -> tuple[str, str]:
    names = system.names.model(model.name)
    return names.monitor, names.managed_monitor(kind)


def _arn(uri: str) -> str:
    return uri.replace("s3://", "arn:aws:s3:::")


CHECKS = (
    every_kind_has_a_schedule_that_sagemaker_takes,
    each_window_is_monitored_once,
    the_monitor_understands_its_variables,
    its_role_reads_and_writes_what_the_definition_says,
    one_engine_watches_at_any_time,
    a_failed_run_is_counted,
)
