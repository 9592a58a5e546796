"""Models, endpoint configs and endpoints come from the release path: the guard judges its requests as if a template
held them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.contracts.policy import ReleasePolicy
from core.names import TeamNames
from core.remediation.promotion import Deploy
from infra.guard import CONTROLS, Finding, judge, stage_of
from lambdas.promote.requests import Wiring, config_request, deployment_config, model_request

ACCOUNT, REGION = "111122223333", "eu-west-1"
NAMES = TeamNames("risk", "prod")
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
PLACEHOLDER = "the-key"
WIRING = Wiring(
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/risk-prod-serving",
    subnets=("subnet-1", "subnet-2"),
    security_groups=("sg-1",),
    key_arn=PLACEHOLDER,
    capture_bucket="risk-prod-capture",
    tags=NAMES.tags("4711"),
)
POLICY = ReleasePolicy(minimum_instances=2, rollback_alarms=("risk-prod-churn-errors",))
OF_RELEASES = ("SM-04", "SM-05", "SM-06", "SM-07", "SM-08", "SM-26", "SM-30")


def _judged(policy: ReleasePolicy, how: Deploy, *, without: tuple[str, ...] = ()) -> list[Finding]:
    """Findings on the three requests of one release; `without`: members that the requests lose before."""
    model, release = NAMES.model("churn"), "risk-prod-churn-1"
    requests = {
        "Model": model_request(
            release, "arn:aws:sagemaker:eu-west-1:1:model-package/risk-prod-churn/1", policy, WIRING
        ),
        "EndpointConfig": config_request(model, release, how.instances, policy, WIRING),
        "Endpoint": {"DeploymentConfig": deployment_config(how, policy), **WIRING.tagged},
    }
    resources: dict[str, Any] = {
        kind: {"Type": f"AWS::SageMaker::{kind}", "Properties": {k: v for k, v in each.items() if k not in without}}
        for kind, each in requests.items()
    }
    resources["Key"] = {"Type": "AWS::KMS::Key", "Properties": WIRING.tagged}
    templates = {"release": {"Resources": _with_key(resources)}}
    stage = stage_of(NAMES.prefix, ACCOUNT, REGION, templates)
    wanted = [control for control in CONTROLS if control.id in OF_RELEASES]
    judgement = judge(stage, wanted)
    assert all(judgement.checked[control.id] for control in wanted)
    return list(judgement.findings)


def _with_key(value: Any) -> Any:
    """The key that the requests name is the one in the template."""
    if isinstance(value, dict):
        return {name: _with_key(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_key(each) for each in value]
    return KEY if value == PLACEHOLDER else value


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("instance_type", ["ml.m5.large", "ml.g4dn.xlarge"])
def test_a_release_meets_every_control(instance_type: str, create: bool) -> None:
    how = Deploy(create=create, instances=2, canary=True)
    assert _judged(replace(POLICY, instance_type=instance_type), how) == []


def test_a_fleet_of_one_cannot_be_released_in_steps() -> None:
    """It is still rolled back by alarms; that it is one instance is answered where the team's file asks for it."""
    found = _judged(POLICY, Deploy(create=False, instances=1, canary=False))
    assert {finding.control for finding in found} == {"SM-04", "SM-26"}


@pytest.mark.parametrize(
    ("member", "control"),
    [("EnableNetworkIsolation", "SM-05"), ("VpcConfig", "SM-06"), ("KmsKeyId", "SM-07"), ("Tags", "SM-30")],
)
def test_a_request_that_lost_a_member_is_noticed(member: str, control: str) -> None:
    found = _judged(POLICY, Deploy(create=False, instances=2, canary=True), without=(member,))
    assert control in {finding.control for finding in found}


def test_a_deployment_without_alarms_is_noticed() -> None:
    found = _judged(replace(POLICY, rollback_alarms=()), Deploy(create=False, instances=2, canary=True))
    assert [finding.control for finding in found] == ["SM-26"]
