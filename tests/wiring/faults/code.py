"""Mistakes about what the code reads of the templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import make_dataclass
from typing import Any

from core.contracts.environment import Environment, MonitorEnvironment, SettleEnvironment
from tests.wiring import check_code
from tests.wiring.faults.seeding import (
    FUNCTION,
    MONITOR,
    SCHEDULE,
    Check,
    Fault,
    in_code,
    in_template,
    setting,
    text,
    without,
)


def faults() -> Iterator[Fault]:
    reads = check_code.functions_can_read_their_environment
    remediate = {"FunctionName": "demo-dev-remediate"}
    yield in_template(
        "a variable is forgotten", reads, FUNCTION, without("Environment", "Variables", "ACCOUNT"), **remediate
    )
    misspelt = setting("Environment", "Variables", "LEDGER", to="x")
    yield in_template("a variable is read by nobody", reads, FUNCTION, misspelt, **remediate)
    hungry = also_needs(SettleEnvironment, "topic_arn")
    yield in_code(
        "the code needs one more variable",
        reads,
        lambda system: {"variables": {**system.wires.variables, "settle": hungry}},
    )
    starts = check_code.schedules_start_the_monitor
    which = {"Name": MONITOR}

    def request(name: str, old: str, new: str) -> Fault:
        def change(schedule: dict[str, Any]) -> None:
            schedule["Target"]["Input"] = schedule["Target"]["Input"].replace(old, new)

        return in_template(name, starts, SCHEDULE, change, **which)

    yield request("a member of the request is misspelt", '"StoppingCondition"', '"StoppingConditions"')
    yield request("the window is another one than the alarm's", '"WINDOW_S": "3600"', '"WINDOW_S": "60"')
    yield request("the monitor is not told its time", '"SCHEDULED_AT"', '"START"')
    yield request("another program is started", "containers.monitor", "containers.prepare")
    yield request("two runs have one name", "<aws.scheduler.execution-id>", "run")
    yield request(
        "a job's name is too long",
        "demo-dev-progression-monitor-<",
        "demo-dev-progression-monitor-and-more-and-more-and-more-<",
    )
    yield in_template("the schedule is switched off", starts, SCHEDULE, setting("State", to="DISABLED"), **which)
    yield in_template(
        "the schedule is slower than the window",
        starts,
        SCHEDULE,
        setting("ScheduleExpression", to="rate(2 hours)"),
        **which,
    )
    needs_more = also_needs(MonitorEnvironment, "bucket")
    yield in_code("the monitor needs one more variable", starts, lambda system: {"monitor": needs_more})
    talk, one_way = check_code.hosts_of_one_job_reach_each_other, "AWS::EC2::SecurityGroupIngress"
    for way, other in (("in", "AWS::EC2::SecurityGroupIngress"), ("out", "AWS::EC2::SecurityGroupEgress")):
        tls = setting("IpProtocol", to="tcp")
        yield in_template(f"hosts of a job reach each other by TLS alone: no way {way}", talk, other, tls)
    strangers = setting("SourceSecurityGroupId", to="sg-of-others")
    yield in_template("hosts of a job are reached by others", talk, one_way, strangers)
    inside, pipeline = check_code.jobs_stay_inside, "AWS::SageMaker::Pipeline"
    body = ("PipelineDefinition", "PipelineDefinitionBody")

    def definition(name: str, caught_by: Check, old: str, new: str) -> Fault:
        def change(properties: dict[str, Any]) -> None:
            properties[body[0]][body[1]] = properties[body[0]][body[1]].replace(old, new)

        return in_template(name, caught_by, pipeline, change)

    yield definition(
        "traffic between instances is plain",
        inside,
        '"EnableInterContainerTrafficEncryption": true',
        '"EnableInterContainerTrafficEncryption": false',
    )
    yield definition(
        "a placeholder is left",
        check_code.pipelines_are_complete,
        "arn:aws:kms:us-east-1:000000000000:key/",
        "@key-arn@",
    )
    yield definition("a step has an unknown member", check_code.pipelines_are_complete, '"RoleArn"', '"Role"')
    yield definition("a parameter is renamed", check_code.pipelines_are_complete, '"TrainOn"', '"TrainWith"')
    yield definition(
        "an image has no repository", check_code.images_have_repositories, "/demo-dev/train:", "/demo-dev/trainer:"
    )
    asked = check_code.policies_say_what_the_team_asked_for
    policy = {"Name": "/homeostat/demo/dev/progression/policy"}
    changed = text("Value", '"starts_per_day":2', '"starts_per_day":20')
    yield in_template(
        "a retraining is due that nobody wants",
        check_code.periodic_retraining_is_asked_for,
        "AWS::Scheduler::Schedule",
        setting("Name", to="demo-dev-progression-retrain"),
        Name="demo-dev-remediate-sweep",
    )
    yield in_template("the policy is more generous than the team", asked, "AWS::SSM::Parameter", changed, **policy)


def also_needs(record: type[Environment], field: str) -> type[Environment]:
    return make_dataclass(record.__name__, [(field, str)], bases=(record,), frozen=True)
