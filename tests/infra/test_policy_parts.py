"""The policy of a model with hundreds of features, from the team's file to the parameters of the template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from core.config.team import Team
from core.contracts.policy import ModelPolicy
from core.contracts.policy_parts import PARAMETER_MAX, PARTS_MAX, whole
from infra.template_stack import finish
from infra.tenant import Tenant
from stacks.network import NetworkStack
from stacks.training import TrainingStack

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

ROOT = Path(__file__).parents[2]


def parameters(features: int) -> tuple[dict[str, str], ModelPolicy]:
    """Values of the training stack's parameters by their names, and the policy that they should hold."""
    names = [f"a_feature_of_a_large_model_{number}" for number in range(features)]
    model: dict[str, Any] = {"name": "churn", "label": "left", "features": dict.fromkeys(names, "numeric")}
    model["monitoring"] = {"thresholds": dict.fromkeys(names, 0.1)}
    team = Team.model_validate(
        {"team": "risk", "owners": ["o@example.com"], "environments": [{"name": "dev"}], "models": [model]}
    )
    tenant = Tenant(team, team.environments[0], "111122223333", home=ROOT)
    app = cdk.App(analytics_reporting=False)
    stage = cdk.Stage(app, "risk-dev")
    network = NetworkStack(stage, tenant)
    key = "arn:aws:kms:us-east-1:111122223333:key/k"
    stack = TrainingStack(stage, tenant, network=network.ids, key_arn=key, definitions={"churn": "{}"})
    finish([network, stack])
    resources = stack.writer.sections["Resources"].values()
    found = [each["Properties"] for each in resources if each["Type"] == "AWS::SSM::Parameter"]
    return {each["Name"]: each["Value"] for each in found}, team.models[0].policy(tenant.names.model("churn"), 0)


@pytest.mark.parametrize("features", [1, 300])
def test_a_policy_is_read_from_the_template_as_the_team_wrote_it(features: int) -> None:
    values, wanted = parameters(features)
    own = {name: value for name, value in values.items() if name.startswith("/homeostat/risk/dev/churn/policy")}
    found = ModelPolicy.from_json(whole(own, "/homeostat/risk/dev/churn/policy"))
    assert (found.signature, found.watch) == (wanted.signature, wanted.watch)
    assert all(len(value) <= PARAMETER_MAX for value in own.values())
    assert (len(own) == 1) if features == 1 else (1 < len(own) <= PARTS_MAX)
