"""Transform jobs, and the monitor's runs over them, are started by a function: the guard judges its requests as if a
schedule in a template held them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.contracts.batch import BatchPolicy, job_name
from core.contracts.environment import BatchEnvironment
from core.names import TeamNames
from infra.guard import CONTROLS, Finding, judge, stage_of
from lambdas.batch.ports import Transform
from lambdas.batch.requests import Wiring, monitor_request, transform_request

ACCOUNT, REGION = "111122223333", "eu-west-1"
NAMES, DUE = TeamNames("risk", "prod").model("churn"), datetime(2026, 11, 20, 9, 17, tzinfo=UTC)
PLACEHOLDER = "the-key"
WIRING = Wiring(
    BatchEnvironment(
        team="risk",
        environment="prod",
        account=ACCOUNT,
        region=REGION,
        cost_center="4711",
        monitor_role_arn=f"arn:aws:iam::{ACCOUNT}:role/risk-prod-monitor",
        image_uri=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/risk-prod/process:abc",
        subnet_ids="subnet-1,subnet-2",
        security_group_ids="sg-1",
        key_arn=PLACEHOLDER,
    )
)
POLICY = BatchPolicy(24 * 3600, "ml.m5.large", 2, 3600, "rows", "all", True, "ml.m5.large")
OF_TRANSFORMS, OF_RUNS = ("SM-11", "SM-12", "SM-31"), ("SM-09", "SM-11", "SM-12", "SM-13", "SM-14")


def requests(policy: BatchPolicy) -> dict[str, Any]:
    done = Transform(job_name(NAMES, DUE), "Completed", DUE, DUE + timedelta(minutes=5))
    return {
        "createTransformJob": transform_request(NAMES, "risk-prod-churn-v7", DUE, policy, WIRING),
        "createProcessingJob": monitor_request(NAMES, done, DUE, policy, WIRING),
    }


def judged(operation: str, request: dict[str, Any], controls: tuple[str, ...]) -> list[Finding]:
    target = {"Arn": f"arn:aws:scheduler:::aws-sdk:sagemaker:{operation}", "Input": json.dumps(_with_key(request))}
    resources = {
        "Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": {"Name": "x", "Target": target}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": WIRING.tagged},
    }
    stage = stage_of("risk-prod", ACCOUNT, REGION, {"batch": {"Resources": resources}})
    wanted = [control for control in CONTROLS if control.id in controls]
    judgement = judge(stage, wanted)
    assert all(judgement.checked[control.id] for control in wanted), "a control that looks at nothing proves nothing"
    return list(judgement.findings)


def _with_key(value: Any) -> Any:
    """The key that the requests name is the one in the template, as the stage resolves it."""
    if isinstance(value, dict):
        return {name: _with_key(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_key(each) for each in value]
    return KEY_ARN if value == PLACEHOLDER else value


def _key_arn() -> str:
    resources = {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}
    keys = stage_of("risk-prod", ACCOUNT, REGION, {"batch": {"Resources": resources}}).keys
    return min(str(key) for key in keys if str(key).startswith("arn:"))


KEY_ARN = _key_arn()


@pytest.mark.parametrize("instance_type", ["ml.m5.large", "ml.g4dn.xlarge"])
def test_both_requests_meet_every_control(instance_type: str) -> None:
    asked = requests(replace(POLICY, instance_type=instance_type, monitor_instance_type=instance_type))
    assert judged("createTransformJob", asked["createTransformJob"], OF_TRANSFORMS) == []
    assert judged("createProcessingJob", asked["createProcessingJob"], OF_RUNS) == []


@pytest.mark.parametrize(
    ("control", "member", "lacks"),
    [
        ("SM-11", "TransformResources", "VolumeKmsKeyId"),
        ("SM-12", "TransformOutput", "KmsKeyId"),
        ("SM-31", "DataCaptureConfig", "KmsKeyId"),
        ("SM-31", "DataCaptureConfig", "GenerateInferenceId"),
    ],
)
def test_each_control_notices_what_it_is_there_for(control: str, member: str, lacks: str) -> None:
    asked = requests(POLICY)["createTransformJob"]
    asked[member] = {name: value for name, value in asked[member].items() if name != lacks}
    assert [found.control for found in judged("createTransformJob", asked, OF_TRANSFORMS)] == [control]
