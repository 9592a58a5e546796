"""Templates of a team's studio stack, made in this process from what its file would say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from core.config.team import Team
from infra.tenant import Tenant
from stacks.team_stage import TeamStage

ROOT = Path(__file__).parents[2]
ACCOUNT = "111122223333"
POLICY = "AWS::IAM::ManagedPolicy"
Resources = dict[str, dict[str, Any]]

RICH: Mapping[str, Any] = {
    "members": [{"name": "ada", "role": "data-scientist"}, {"name": "lin", "role": "analyst"}],
    "spaces": [{"name": "desk", "owner": "ada"}],
}


def studio(**sections: Any) -> Resources:
    """Resources of the studio stack of a team with these sections in its file, by logical id."""
    return stacks(**sections)["studio"]


def stacks(**sections: Any) -> dict[str, Resources]:
    """The same of each stack."""
    team = Team.model_validate(
        {"team": "risk", "owners": ["o@example.com"], "environments": [{"name": "dev"}], **RICH, **sections}
    )
    app = cdk.App(analytics_reporting=False)
    stage = TeamStage(app, Tenant(team, team.environments[0], ACCOUNT, home=ROOT), definitions={})
    made = {each.node.id: each for each in stage.node.children}
    return {id: stack.writer.sections["Resources"] for id, stack in made.items()}  # type: ignore[attr-defined]


def persona(role: str, **sections: Any) -> list[Any]:
    """What members with a role are granted: by the role itself, and by policies that several roles carry."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/risk-dev-{role}"
    made = stacks(**sections)
    own = one(made["studio"], "AWS::IAM::Role", RoleName=f"risk-dev-{role}")["Policies"]
    shared = [each for each in of(made["network"], POLICY) if "-shared-" in each["ManagedPolicyName"]]
    granted = [statement for each in [*own, *shared] for statement in each["PolicyDocument"]["Statement"]]
    return [each for each in granted if arn in _named(each, arn) and each["Effect"] == "Allow"]


def _named(statement: dict[str, Any], everybody: str) -> list[str]:
    named: list[str] = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", [everybody])
    return named


def of(resources: Resources, type: str) -> list[dict[str, Any]]:
    """Properties of all resources of a type of SageMaker, or of a full type name."""
    full = type if "::" in type else f"AWS::SageMaker::{type}"
    return [each["Properties"] for each in resources.values() if each["Type"] == full]


def one(resources: Resources, type: str, **properties: Any) -> dict[str, Any]:
    found = [each for each in of(resources, type) if properties.items() <= each.items()]
    assert len(found) == 1, f"{len(found)} of {type} with {properties}"
    return found[0]


def changed(before: Resources, after: Resources) -> dict[str, set[str]]:
    """Types of what an update makes, takes away and changes in place."""
    types = {**{id: each["Type"] for id, each in before.items()}, **{id: each["Type"] for id, each in after.items()}}

    def named(ids: Any) -> set[str]:
        return {types[id] for id in ids}

    both = before.keys() & after.keys()
    return {
        "made": named(after.keys() - before.keys()),
        "gone": named(before.keys() - after.keys()),
        "changed": named(id for id in both if before[id]["Properties"] != after[id]["Properties"]),
    }
