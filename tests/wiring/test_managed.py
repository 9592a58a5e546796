"""SageMaker's own schedules of a team that wants them hang together, and each mistake in them is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.wiring import check_managed
from tests.wiring.deployed import Resource
from tests.wiring.faults.seeding import setting, without
from tests.wiring.system import System
from tests.wiring.test_teams import system

SCHEDULE, OWN, RULE = check_managed.SCHEDULE, "AWS::Scheduler::Schedule", "AWS::Events::Rule"
QUALITY, BIAS = (f"AWS::SageMaker::{kind}JobDefinition" for kind in ("ModelQuality", "ModelBias"))
Change = Callable[[Any], object]


@pytest.fixture
def managed(extremes: Path) -> System:
    return system(extremes, "largestnamedtea", "prod")


@pytest.mark.parametrize("check", check_managed.CHECKS, ids=lambda check: check.__name__)
def test_a_team_with_the_managed_engine(check: Callable[[System], None], managed: System) -> None:
    check(managed)


def test_four_kinds_where_features_are_sensitive_and_three_elsewhere_and_as_many_of_batches(managed: System) -> None:
    assert len(list(check_managed.wanted(managed))) == 4 + 3 + 3


def test_names_fit_into_sagemaker(managed: System) -> None:
    for schedule in managed.deployed.of(SCHEDULE):
        assert len(schedule["MonitoringScheduleName"]) <= 63


def app(kind: str, *path: str, to: Any) -> Change:
    return setting(f"{kind}AppSpecification", *path, to=to)


every, window, understood, role, one, follows, counted, heard, taken_back = check_managed.CHECKS
ENVIRONMENT, TYPE, CONFIG = "Environment", "MONITORING_TYPE", "MonitoringScheduleConfig"
FAULTS: list[tuple[str, Any, str, Change]] = [
    ("a definition has a name", every, BIAS, setting("JobDefinitionName", to="bias")),
    ("a member is misspelt", every, QUALITY, setting("ModelQualityAppSpecification", "Problem", to="x")),
    ("quality is not told its problem", understood, QUALITY, without("ModelQualityAppSpecification", "ProblemType")),
    ("bias lacks its settings", every, BIAS, without("ModelBiasAppSpecification", "ConfigUri")),
    ("a schedule runs another definition", every, SCHEDULE, setting(CONFIG, "MonitoringJobDefinitionName", to="x")),
    ("a schedule is of another kind", every, SCHEDULE, setting(CONFIG, "MonitoringType", to="Clarify")),
    (
        "a schedule is slower than the alarm",
        window,
        SCHEDULE,
        setting(CONFIG, "ScheduleConfig", "ScheduleExpression", to="cron(0 0/8 ? * * *)"),
    ),
    ("a run takes itself for another", understood, BIAS, app("ModelBias", ENVIRONMENT, TYPE, to="DataQuality")),
    ("another model is looked at", understood, BIAS, app("ModelBias", ENVIRONMENT, "MODEL", to="other")),
    (
        "another endpoint's requests",
        understood,
        QUALITY,
        setting("ModelQualityJobInput", "EndpointInput", "EndpointName", to="x"),
    ),
    ("another program runs", understood, QUALITY, app("ModelQuality", "ContainerEntrypoint", to=["python"])),
    ("the settings lie where nobody may look", role, BIAS, app("ModelBias", "ConfigUri", to="s3://elsewhere/config.json")),
    ("nobody hears of failed runs", counted, RULE, setting("EventPattern", to={"source": ["aws.sagemaker"]})),
    ("another role", role, BIAS, setting("RoleArn", to="arn:aws:iam::1:role/x")),
]  # fmt: skip


BATCH = "BatchTransformInput"
OF_BATCHES: list[tuple[str, Any, str, Change]] = [
    ("jobs capture elsewhere", understood, QUALITY, setting(BATCH, "DataCapturedDestinationS3Uri", to="s3://x/y/")),
    ("their lines are taken for JSON", understood, QUALITY, setting(BATCH, "DatasetFormat", to={"Json": {}})),
    ("their first line is left out", understood, QUALITY, setting(BATCH, "DatasetFormat", "Csv", "Header", to=True)),
    ("labels are joined with another hour's rows", window, QUALITY, setting(BATCH, "EndTimeOffset", to="-PT1H")),
    ("they have no place in the job", every, QUALITY, without(BATCH, "LocalPath")),
    ("labels are nowhere", every, QUALITY, without("GroundTruthS3Input")),
]


@pytest.mark.parametrize(("name", "check", "type", "change"), OF_BATCHES, ids=[fault[0] for fault in OF_BATCHES])
def test_a_mistake_in_what_is_monitored_of_batches_is_noticed(
    name: str, check: Any, type: str, change: Change, managed: System
) -> None:
    wrong = replace(managed, deployed=managed.deployed.copy())
    inputs = (each["ModelQualityJobInput"] for each in wrong.deployed.of(type))
    change(next(each for each in inputs if BATCH in each))
    with pytest.raises((AssertionError, ValueError, LookupError)):
        check(wrong)


def _again(managed: System) -> tuple[System, dict[str, Any]]:
    """The schedule that has the stack go by the endpoints."""
    wrong = replace(managed, deployed=managed.deployed.copy())
    return wrong, next(each for each in wrong.deployed.of(OWN) if "cloudformation" in each["Target"]["Arn"])


@pytest.mark.parametrize(
    "call",
    [
        {"StackName": "largestnamedtea-prod-operations"},
        {"StackName": "another", "UsePreviousTemplate": True},
        {"StackName": "largestnamedtea-prod-operations", "UsePreviousTemplate": True, "TemplateBody": "{}"},
    ],
    ids=["no template", "another stack", "a template of its own"],
)
def test_a_call_that_would_do_anything_else_than_look_again_is_noticed(call: dict[str, Any], managed: System) -> None:
    wrong, schedule = _again(managed)
    schedule["Target"]["Input"] = json.dumps(call)
    with pytest.raises(AssertionError):
        follows(wrong)


def test_that_nobody_looks_again_is_noticed(managed: System) -> None:
    wrong, schedule = _again(managed)
    schedule["Target"]["Arn"] = "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob"
    with pytest.raises(AssertionError):
        follows(wrong)


def test_that_refusals_go_elsewhere_is_noticed(managed: System) -> None:
    wrong, schedule = _again(managed)
    schedule["Target"]["DeadLetterConfig"]["Arn"] += "-elsewhere"
    with pytest.raises(AssertionError, match="what refused it is lost"):
        heard(wrong)


@pytest.mark.parametrize("fault", ["no rule", "another stack", "every status"])
def test_that_a_rollback_passes_unheard_is_noticed(managed: System, fault: str) -> None:
    wrong = replace(managed, deployed=managed.deployed.copy())
    rule = next(each for each in wrong.deployed.of(RULE) if "stack-id" in each["EventPattern"].get("detail", {}))
    match fault:
        case "no rule":
            rule["Targets"].clear()
        case "another stack":
            rule["EventPattern"]["detail"]["stack-id"] = [{"prefix": "arn:aws:cloudformation:"}]
        case _:
            del rule["EventPattern"]["detail"]["status-details"]
    with pytest.raises(AssertionError, match=r"^(UPDATE_ROLLBACK_IN_PROGRESS|UPDATE_COMPLETE) of (operations|serving)"):
        taken_back(wrong)


def test_that_nobody_listens_to_refusals_is_noticed(managed: System) -> None:
    wrong = replace(managed, deployed=managed.deployed.copy())
    function = wrong.deployed.one("AWS::Lambda::Function", FunctionName=managed.names.function("settle"))
    function["Environment"]["Variables"]["REDEPLOYED"] = "0"
    with pytest.raises(AssertionError, match="something to hear"):
        heard(wrong)


@pytest.mark.parametrize(("name", "check", "type", "change"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_mistake_is_noticed(name: str, check: Any, type: str, change: Change, managed: System) -> None:
    wrong = replace(managed, deployed=managed.deployed.copy())
    of_managed = (each for each in wrong.deployed.of(type) if type != RULE or "MonitoringScheduleArn" in str(each))
    change(next(of_managed))
    with pytest.raises((AssertionError, ValueError, LookupError)):
        check(wrong)


@pytest.mark.parametrize("type", [SCHEDULE, OWN, BIAS], ids=lambda type: type.rpartition("::")[2])
def test_what_does_not_wait_for_the_switch_is_noticed(type: str, managed: System) -> None:
    wrong = replace(managed, deployed=managed.deployed.copy())
    first: Resource = next(each for each in wrong.deployed.resources if each.type == type and each.condition)
    first.condition = None
    with pytest.raises(AssertionError):
        one(wrong)
