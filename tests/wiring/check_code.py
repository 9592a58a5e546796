"""What the code reads of what the templates say: variables, schedules, policies, pipelines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

from core.contracts.images import EVERY, IMAGES, MONITOR, PROCESS, SPARK
from core.contracts.instances import has_local_storage
from core.contracts.parameters import TrainingParameters
from core.contracts.requests import RetrainingDue
from tests.wiring.check_alarms import policy_of
from tests.wiring.system import System

REQUESTS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "Training": ("CreateTrainingJob", "TrainingJobName"),
    "RegisterModel": ("CreateModelPackage", None),
}
EXECUTION_ID = "d32c5kddcf5bb8c3"
PLACEHOLDER = "known-when-it-runs"


def functions_can_read_their_environment(system: System) -> None:
    """All that they need and nothing that nobody reads."""
    for name, record in system.wires.variables.items():
        function = system.deployed.one("AWS::Lambda::Function", FunctionName=system.names.function(name))
        given = function["Environment"]["Variables"]
        record.read(given)
        needed = {field.name.upper() for field in fields(record)}  # type: ignore[arg-type]
        assert set(given) == needed, f"{name} is given {set(given) ^ needed} too much or too little"


def schedules_start_the_monitor(system: System) -> None:
    """Their input is a request that SageMaker accepts, in which the monitor finds what it reads."""
    for model in system.models:
        names = system.names.model(model.name)
        schedule = system.deployed.one("AWS::Scheduler::Schedule", Name=names.monitor)
        assert schedule["State"] == "ENABLED"
        assert schedule["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob"
        request = json.loads(fired(schedule["Target"]["Input"]))
        assert not list(faults(request, "CreateProcessingJob")), list(faults(request, "CreateProcessingJob"))
        assert request["ProcessingJobName"].endswith(EXECUTION_ID), "two runs would have one name"
        hosts = model.monitoring.workers
        assert request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == hosts
        program = SPARK.entrypoint if hosts > 1 else MONITOR.entrypoint
        assert tuple(request["AppSpecification"]["ContainerEntrypoint"]) == program
        assert f"/{SPARK.name if hosts > 1 else PROCESS.name}:" in request["AppSpecification"]["ImageUri"]
        read = system.wires.monitor.read(request["Environment"])
        assert read.window_s == policy_of(system, model.name).watch.period_s == _seconds(schedule["ScheduleExpression"])
        assert datetime.fromisoformat(read.scheduled_at).tzinfo is not None
        assert system.names.model(read.model) == names, "the monitor would look at another model"


def periodic_retraining_is_asked_for(system: System) -> None:
    """Where the team wants it, as often as it wants it, in words that the handler reads; and nowhere else."""
    queue = system.arns.of("sqs", system.names.queue("remediate"))
    schedules = {s["Name"]: s for s in system.deployed.of("AWS::Scheduler::Schedule")}
    for model in system.models:
        schedule, days = schedules.get(system.names.model(model.name).retraining), model.retraining.every_days
        assert (schedule is None) == (days is None), f"{model.name} is to be retrained every {days} days"
        if schedule is not None:
            due = RetrainingDue.parse(json.loads(fired(schedule["Target"]["Input"])))
            assert (due.endpoint, schedule["State"]) == (system.names.model(model.name).endpoint, "ENABLED")
            assert schedule["Target"]["Arn"] == queue
            assert _seconds(schedule["ScheduleExpression"]) == policy_of(system, model.name).retrain.every_days * 86400


def jobs_stay_inside(system: System) -> None:
    """In the team's subnets, encrypted, with an end."""
    for request in [*_monitor_requests(system), *_job_steps(system)]:
        network = request.get("NetworkConfig", request)
        assert network["EnableInterContainerTrafficEncryption"] is True
        assert network["VpcConfig"]["Subnets"], "a job outside the network"
        assert network["VpcConfig"]["SecurityGroupIds"]
        cluster = request.get("ProcessingResources", {}).get("ClusterConfig") or request["ResourceConfig"]
        if has_local_storage(cluster["InstanceType"]):
            assert "VolumeKmsKeyId" not in cluster, "SageMaker would refuse the job"
        else:
            assert cluster["VolumeKmsKeyId"] == system.deployed.key_arn, "a disk without the team's key"
        assert request["StoppingCondition"]["MaxRuntimeInSeconds"] > 0


def hosts_of_one_job_reach_each_other(system: System) -> None:
    """Whatever the port: both ways are open within each group that a job is given, and no further."""
    for request in [*_monitor_requests(system), *_job_steps(system)]:
        groups = request.get("NetworkConfig", request)["VpcConfig"]["SecurityGroupIds"]
        for kind, other in (("Ingress", "SourceSecurityGroupId"), ("Egress", "DestinationSecurityGroupId")):
            rules = list(system.deployed.of(f"AWS::EC2::SecurityGroup{kind}"))
            ways = [(rule["GroupId"], rule[other]) for rule in rules if rule["IpProtocol"] == "-1"]
            assert all((group, group) in ways for group in groups), f"no {kind} between the hosts of a job"
            assert all(group == at for group, at in ways), f"{kind} of all kinds with another group"


def images_have_repositories(system: System) -> None:
    """Every image that is run lies in one of the repositories, under one and the same tag."""
    repositories = {repository["RepositoryName"] for repository in system.deployed.of("AWS::ECR::Repository")}
    together = any(model.monitoring.workers > 1 for model in system.models)
    assert repositories == {system.names.repository(image.name) for image in (EVERY if together else IMAGES)}
    texts = [
        json.dumps(properties) for type in ("Pipeline",) for properties in system.deployed.of(f"AWS::SageMaker::{type}")
    ]
    texts += [schedule["Target"]["Input"] for schedule in system.deployed.of("AWS::Scheduler::Schedule")]
    uris = re.findall(
        r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/([a-z0-9/-]+):([A-Za-z0-9._-]+)", " ".join(texts)
    )
    assert {name for name, _ in uris} == repositories
    assert len({tag for _, tag in uris}) == 1
    assert "latest" not in {tag for _, tag in uris}


def policies_say_what_the_team_asked_for(system: System) -> None:
    for model in system.models:
        policy = policy_of(system, model.name)
        asked = model.policy(system.names.model(model.name), policy.retrain.run_cost_usd, policy.retrain.usd_per_hour)
        assert policy == asked
        assert 0 < policy.retrain.run_cost_usd < policy.retrain.monthly_budget_usd, "no run could ever start"


def pipelines_are_complete(system: System) -> None:
    """No placeholder is left, each step is a request that SageMaker accepts, and a start fills every parameter."""
    for model in system.models:
        names = system.names.model(model.name)
        pipeline = system.deployed.one("AWS::SageMaker::Pipeline", PipelineName=names.pipeline)
        body = pipeline["PipelineDefinition"]["PipelineDefinitionBody"]
        assert not re.findall(r"@[a-z0-9-]+@", body), "a placeholder is left"
        definition = json.loads(body)
        declared = {parameter["Name"] for parameter in definition["Parameters"]}
        assert declared == {parameter["Name"] for parameter in TrainingParameters().request()}
        for step in _steps(definition):
            if step["Type"] in REQUESTS:
                operation, name = REQUESTS[step["Type"]]
                request = {**step["Arguments"], **({name: "job"} if name else {})}
                assert not list(faults(request, operation)), list(faults(request, operation))
        assert pipeline["ParallelismConfiguration"]["MaxParallelExecutionSteps"] >= 1


def fired(text: str) -> str:
    """A schedule's input as the scheduler sends it."""
    context = {"<aws.scheduler.execution-id>": EXECUTION_ID, "<aws.scheduler.scheduled-time>": "2026-11-20T10:00:00Z"}
    for keyword, value in context.items():
        text = text.replace(keyword, value)
    return text


def faults(request: dict[str, Any], operation: str, service: str = "sagemaker") -> Iterator[str]:
    """What botocore's model of the API says against a request, unknown members included."""
    shape = _model(service).operation_model(operation).input_shape
    assert shape is not None
    plain = _without_expressions(request, shape)
    report = ParamValidator().validate(plain, shape)
    if report.has_errors():
        yield report.generate_report()
    yield from _unknown(plain, shape, operation)


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _unknown(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Members that do not exist, and texts that are too long, of another form or none of the values to choose from."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for key, item in value.items():
            if key not in shape.members:
                yield f"{path} has no member {key}"
            else:
                yield from _unknown(item, shape.members[key], f"{path}.{key}")
    elif isinstance(shape, ListShape):
        for item in value:
            yield from _unknown(item, shape.member, path)
    elif isinstance(value, str) and value != PLACEHOLDER:
        metadata = shape.metadata
        if len(value) > metadata.get("max", len(value)):
            yield f"{path} has {len(value)} characters, at most {metadata['max']}: {value}"
        elif not _matches(metadata.get("pattern", ".*"), value):
            yield f"{path} does not match {metadata['pattern']}: {value}"
        elif value not in metadata.get("enum", [value]):
            yield f"{path} is none of {metadata['enum']}: {value}"


def _matches(pattern: str, value: str) -> bool:
    """AWS's patterns are Java's; those with classes that Python does not know are not judged."""
    return "\\p{" in pattern or re.fullmatch(pattern, value, re.DOTALL) is not None


def _without_expressions(value: Any, shape: Shape | None) -> Any:
    """Pipeline variables stand for values that are known when the pipeline runs: put one of the right type there."""
    if isinstance(value, dict):
        if set(value) & {"Get", "Std:Join", "Std:JsonGet"}:
            return 1 if shape is not None and shape.type_name in ("integer", "long") else PLACEHOLDER
        members = getattr(shape, "members", {}) if isinstance(shape, StructureShape) else {}
        inner = shape.value if isinstance(shape, MapShape) else None
        return {key: _without_expressions(item, members.get(key, inner)) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_expressions(item, getattr(shape, "member", None)) for item in value]
    return value


def _steps(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for step in definition["Steps"]:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from step["Arguments"].get(branch, ())


def _job_steps(system: System) -> Iterator[dict[str, Any]]:
    for pipeline in system.deployed.of("AWS::SageMaker::Pipeline"):
        for step in _steps(json.loads(pipeline["PipelineDefinition"]["PipelineDefinitionBody"])):
            if step["Type"] in ("Processing", "Training"):
                yield step["Arguments"]


def _monitor_requests(system: System) -> Iterator[dict[str, Any]]:
    for model in system.models:
        schedule = system.deployed.one("AWS::Scheduler::Schedule", Name=system.names.model(model.name).monitor)
        yield json.loads(fired(schedule["Target"]["Input"]))


def _seconds(expression: str) -> int:
    count, unit = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression).groups()  # type: ignore[union-attr]
    return int(count) * {"minute": 60, "hour": 3600, "day": 86400}[unit]


CHECKS = (
    functions_can_read_their_environment,
    schedules_start_the_monitor,
    periodic_retraining_is_asked_for,
    jobs_stay_inside,
    hosts_of_one_job_reach_each_other,
    images_have_repositories,
    policies_say_what_the_team_asked_for,
    pipelines_are_complete,
)
