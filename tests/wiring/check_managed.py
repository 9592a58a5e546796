"""What SageMaker's own schedules start, where a team wants those."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.config.model import Model
from core.contracts import managed
from core.contracts.environment import SettleEnvironment
from core.contracts.events import DeploymentRolledBack, MonitorFailed
from core.contracts.images import MONITOR
from core.contracts.managed import Contract, MonitoringType
from core.names import REDEPLOYMENT
from local.sagemaker.monitoring.analysis import offset
from local.scheduler.expressions import occurrences
from tests.wiring.access import may
from tests.wiring.check_alarms import policy_of
from tests.wiring.check_code import faults
from tests.wiring.check_events import woken_by
from tests.wiring.system import System

SCHEDULE = "AWS::SageMaker::MonitoringSchedule"
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
OPERATIONS = "operations"
OVER = (False, True)
"""Requests to the endpoint, and batches."""
SET_BY_SAGEMAKER = {
    managed.SCHEDULE: "x",
    managed.DATASET_SOURCE: managed.DATASET,
    managed.OUTPUT_PATH: managed.OUTPUT,
}
FORMATS = {
    False: '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}',
    True: '{"csv": {"header": "false"}}',
}


@dataclass(frozen=True)
class Monitor:
    """One that there must be."""

    model: Model
    kind: MonitoringType
    of_batches: bool

    def schedule(self, system: System) -> str:
        return system.names.model(self.model.name).managed_monitor(self.kind, self.of_batches)

    @property
    def source(self) -> str:
        return "BatchTransformInput" if self.of_batches else "EndpointInput"

    def period(self, system: System) -> timedelta:
        return timedelta(hours=1 if self.of_batches else policy_of(system, self.model.name).watch.period_s // 3600)


def wanted(system: System) -> Iterator[Monitor]:
    for model in system.models:
        if model.monitoring.engine == "managed":
            for kind in managed.TYPES:
                if kind != "ModelBias" or model.sensitive:
                    yield from (Monitor(model, kind, over) for over in OVER if model.batch or not over)


def schedule_of(system: System, monitor: Monitor) -> dict[str, Any]:
    return system.deployed.one(SCHEDULE, MonitoringScheduleName=monitor.schedule(system))


def definition_of(system: System, monitor: Monitor) -> dict[str, Any]:
    """The one that the schedule names."""
    config, kind = schedule_of(system, monitor)["MonitoringScheduleConfig"], monitor.kind
    assert config["MonitoringType"] == kind, f"a schedule of {config['MonitoringType']} where {kind} was wanted"
    type = f"AWS::SageMaker::{kind}JobDefinition"
    named = [r for r in system.deployed.resources if r.type == type and r.id == config["MonitoringJobDefinitionName"]]
    assert len(named) == 1, f"the schedule of {kind} of {monitor.model.name} runs no definition of this team"
    return named[0].properties


def every_kind_has_a_schedule_that_sagemaker_takes(system: System) -> None:
    schedules = list(system.deployed.of(SCHEDULE))
    assert len(schedules) == len(list(wanted(system))), "schedules that nobody asked for"
    for monitor in wanted(system):
        definition, schedule = definition_of(system, monitor), schedule_of(system, monitor)
        assert "JobDefinitionName" not in definition, "a definition never changes: one with this name could not follow"
        found = list(faults({**definition, "JobDefinitionName": "x"}, f"Create{monitor.kind}JobDefinition"))
        assert not found, found
        found = list(faults(schedule, "CreateMonitoringSchedule"))
        assert not found, found
        hourly = monitor.period(system) == timedelta(hours=1)
        most = 1800 if hourly and monitor.kind in ("ModelQuality", "ModelBias") else 3600
        assert 0 < definition["StoppingCondition"]["MaxRuntimeInSeconds"] <= most, f"{monitor}: it may not run so long"


def each_window_is_monitored_once(system: System) -> None:
    for monitor in wanted(system):
        config = schedule_of(system, monitor)["MonitoringScheduleConfig"]["ScheduleConfig"]
        period = monitor.period(system)
        before, until = MIDNIGHT - timedelta(seconds=1), MIDNIGHT + timedelta(days=2) - timedelta(seconds=1)
        due = list(occurrences(config["ScheduleExpression"], before, before, until, "UTC"))
        assert due == [MIDNIGHT + n * period for n in range(len(due))], f"{monitor}: {due[:3]}"
        assert len(due) == timedelta(days=2) / period, "windows would be left out"
        source = definition_of(system, monitor)[f"{monitor.kind}JobInput"][monitor.source]
        start = offset(source["StartTimeOffset"]) if "StartTimeOffset" in source else -period
        end = offset(source["EndTimeOffset"]) if "EndTimeOffset" in source else timedelta()
        assert (start, end) == (-period, timedelta()), f"{monitor} looks at another window than the other kinds"


def the_monitor_understands_its_variables(system: System) -> None:
    for monitor in wanted(system):
        names, kind = system.names.model(monitor.model.name), monitor.kind
        definition, period = definition_of(system, monitor), monitor.period(system)
        app, source = definition[f"{kind}AppSpecification"], definition[f"{kind}JobInput"][monitor.source]
        told = {**SET_BY_SAGEMAKER, managed.DATASET_FORMAT: FORMATS[monitor.of_batches]}
        told |= {managed.START: (MIDNIGHT - period).isoformat(), managed.END: MIDNIGHT.isoformat()}
        contract = Contract.read({**told, **app["Environment"]})
        assert contract.type == kind, f"the run of {kind} takes itself for {contract.type}"
        assert system.names.model(contract.job.model) == names, "the monitor would look at another model"
        assert contract.job.window_s == period.total_seconds()
        assert contract.of_batches == monitor.of_batches
        assert source["LocalPath"] == managed.DATASET
        _looks_at_its_own(system, monitor, source)
        if kind == "ModelQuality":
            assert app.get("ProblemType", "").lower().startswith(monitor.model.problem), "quality of another problem"
        assert tuple(app.get("ContainerEntrypoint", MONITOR.entrypoint)) == MONITOR.entrypoint
        (output,) = definition[f"{kind}JobOutputConfig"]["MonitoringOutputs"]
        assert output["S3Output"]["LocalPath"] == managed.OUTPUT


def _looks_at_its_own(system: System, monitor: Monitor, source: dict[str, Any]) -> None:
    names = system.names.model(monitor.model.name)
    if not monitor.of_batches:
        assert source["EndpointName"] == names.endpoint, "the requests of another endpoint"
        return
    place = f"s3://{system.bucket('capture')}/{names.batch_prefix}"
    assert source["DataCapturedDestinationS3Uri"] == place, "no transform job of the model captures there"
    assert source["DatasetFormat"] == {"Csv": {"Header": False}}, "jobs write lines of CSV without a header"
    policy = policy_of(system, monitor.model.name).batch
    assert policy is not None
    assert policy.managed, "the platform would start a monitor of its own as well"


def its_role_reads_and_writes_what_the_definition_says(system: System) -> None:
    role = system.names.role("monitor")
    for monitor in wanted(system):
        definition, kind = definition_of(system, monitor), monitor.kind
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
    """Until SageMaker's schedules are there the own one is, and not after. Batches need no endpoint: theirs always are,
    and the policy says so to the function that would start a monitor."""
    conditions: Mapping[str, str | None] = {
        str(each.properties.get("Name", each.properties.get("MonitoringScheduleName", each.id))): each.condition
        for each in system.deployed.resources
        if each.type == "AWS::Scheduler::Schedule" or each.type == SCHEDULE or each.type.endswith("JobDefinition")
    }
    for model in system.models:
        own = conditions[system.names.model(model.name).monitor]
        if model.monitoring.engine == "own":
            assert own is None, "the own schedule depends on something"
    for monitor in wanted(system):
        own, theirs = conditions[system.names.model(monitor.model.name).monitor], conditions[monitor.schedule(system)]
        job = conditions[schedule_of(system, monitor)["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"]]
        assert job == theirs, f"{monitor}: its definition and its schedule do not come together"
        expected = None if monitor.of_batches else f"{str(own)[:-3]}On"
        assert (own, theirs) == (f"{str(own)[:-3]}Off", expected), f"{own}, {theirs}: do not exclude each other"


def the_engine_follows_the_endpoint(system: System) -> None:
    """What settle writes is what the stack reads, and reads again without anybody's doing."""
    models = {monitor.model.name for monitor in wanted(system)}
    told = {system.names.model(model.name).standing_parameter for model in system.models}
    there = {each["Name"]: each["Value"] for each in system.deployed.of("AWS::SSM::Parameter")}
    assert {there.get(name) for name in told} == {managed.STANDS_NOT}, "a new team's stack has nothing to read"
    again = [
        each for each in system.deployed.of("AWS::Scheduler::Schedule") if "cloudformation" in each["Target"]["Arn"]
    ]
    assert len(again) == bool(models), "nobody moves a model over to SageMaker's schedules"
    role = system.names.role("scheduler")
    for schedule in again:
        call = json.loads(schedule["Target"]["Input"])
        assert not list(faults(call, "UpdateStack", "cloudformation"))
        assert call.get("UsePreviousTemplate") is True, "it brings a template, or none"
        assert not {"TemplateBody", "TemplateURL", "RoleARN", "Parameters"} & set(call), "it could change the stack"
        stack = system.arns.of("cloudformation", f"stack/{system.names.stack(OPERATIONS)}/id")
        assert call["StackName"] == system.names.stack(OPERATIONS)
        assert may(system.deployed, role, "cloudformation:UpdateStack", stack, {})
        read = system.deployed.reads[OPERATIONS]
        assert read >= {system.names.model(model).standing_parameter for model in models}, "it would not see the move"
        for name in sorted(read):  # in the caller's name
            arn = system.arns.of("ssm", f"parameter{name}")
            assert may(system.deployed, role, "ssm:GetParameters", arn, {}), f"CloudFormation may not read {name}"


def why_a_deployment_is_refused_is_heard(system: System) -> None:
    """Scheduler leaves it where `lambdas/settle` looks, which tells people of what is news."""
    again = [
        each for each in system.deployed.of("AWS::Scheduler::Schedule") if "cloudformation" in each["Target"]["Arn"]
    ]
    function = system.deployed.one("AWS::Lambda::Function", FunctionName=system.names.function("settle"))
    told = SettleEnvironment.read(function["Environment"]["Variables"])
    assert told.redeployed == bool(again), "the function does not know whether there is something to hear"
    queue = system.arns.of("sqs", system.names.dead_letters(REDEPLOYMENT))
    for schedule in again:
        assert schedule["Target"].get("DeadLetterConfig") == {"Arn": queue}, "what refused it is lost"
        for verb in ("GetQueueUrl", "ReceiveMessage", "DeleteMessage"):
            assert may(system.deployed, system.names.role("settle"), f"sqs:{verb}", queue, {}), f"it may not {verb}"


def a_deployment_that_is_taken_back_is_heard(system: System) -> None:
    """CloudFormation accepts it first, so it is in no queue of refusals: its event wakes `lambdas/settle`."""
    again = any("cloudformation" in each["Target"]["Arn"] for each in system.deployed.of("AWS::Scheduler::Schedule"))
    queue = system.arns.of("sqs", system.names.queue("settle"))
    for stack, status, hears in (
        (OPERATIONS, "UPDATE_ROLLBACK_IN_PROGRESS", again),
        (OPERATIONS, "UPDATE_ROLLBACK_FAILED", again),
        (OPERATIONS, "UPDATE_COMPLETE", False),
        ("serving", "UPDATE_ROLLBACK_IN_PROGRESS", False),
    ):
        arn = system.arns.of("cloudformation", f"stack/{system.names.stack(stack)}/5a1e4c0f")
        event = {
            "source": "aws.cloudformation",
            "detail-type": "CloudFormation Stack Status Change",
            "account": system.arns.account,
            "time": "2026-11-20T09:00:00Z",
            "detail": {"stack-id": arn, "status-details": {"status": status, "status-reason": "it failed"}},
        }
        assert woken_by(system, event) == [queue] * hears, f"{status} of {stack}"
        if hears:
            assert DeploymentRolledBack.parse(event).reason == "it failed"


def a_failed_run_is_counted(system: System) -> None:
    """By the rule that wakes `lambdas/govern`, for each schedule and no other."""
    patterns = [rule["EventPattern"] for rule in system.deployed.of("AWS::Events::Rule")]
    heard = [pattern for pattern in patterns if "MonitoringScheduleArn" in pattern.get("detail", {})]
    arns = [arn for pattern in heard for arn in pattern["detail"]["MonitoringScheduleArn"]]
    names = [monitor.schedule(system) for monitor in wanted(system)]
    expected = [system.arns.of("sagemaker", f"monitoring-schedule/{name}") for name in names]
    assert sorted(arns) == sorted(expected), f"heard are failures of {sorted(arns)}"
    for pattern, arn in ((each, arn) for each in heard for arn in each["detail"]["MonitoringScheduleArn"]):
        detail = {"ProcessingJobName": "x", "ProcessingJobStatus": "Failed", "MonitoringScheduleArn": arn}
        event = {"source": pattern["source"][0], "detail-type": pattern["detail-type"][0], "account": "1"}
        assert MonitorFailed.parse({**event, "detail": detail}).schedule in names
        assert "Failed" in pattern["detail"]["ProcessingJobStatus"]


def _arn(uri: str) -> str:
    return uri.replace("s3://", "arn:aws:s3:::")


CHECKS = (
    every_kind_has_a_schedule_that_sagemaker_takes,
    each_window_is_monitored_once,
    the_monitor_understands_its_variables,
    its_role_reads_and_writes_what_the_definition_says,
    one_engine_watches_at_any_time,
    the_engine_follows_the_endpoint,
    a_failed_run_is_counted,
    why_a_deployment_is_refused_is_heard,
    a_deployment_that_is_taken_back_is_heard,
)
