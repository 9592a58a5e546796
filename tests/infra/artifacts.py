"""Templates of a team's artifacts and training stacks, made in this process from what its file would say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk

from core.config.team import Team
from infra.tenant import Tenant
from stacks.team_stage import TeamStage
from tests.wiring.deployed import Deployed, deploy

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION, PREFIX = "111122223333", "eu-west-1", "risk-dev"
MODEL = {"name": "churn", "label": "left", "features": {"age": "numeric", "region": "categorical"}}
GROUP = {
    "name": "customers",
    "record_id": "id",
    "event_time": "at",
    "features": {"id": "String", "at": "String", "balance": "Fractional"},
}


def tenant(*, home: Path = ROOT, destroys_data: bool = False, **sections: Any) -> Tenant:
    told = {
        "team": "risk",
        "owners": ["o@example.com"],
        "environments": [{"name": "dev", "region": REGION}],
        **sections,
    }
    team = Team.model_validate(told)
    return Tenant(team, team.environments[0], ACCOUNT, destroys_data, home)


def templates(team: Tenant) -> dict[str, dict[str, Any]]:
    """Of all stacks, by the last part of their names."""
    stage = TeamStage(
        cdk.App(analytics_reporting=False), team, definitions={model.name: "{}" for model in team.team.models}
    )
    return {stack.node.id: {"Outputs": {}, **stack.writer.sections} for stack in stage.node.children}  # type: ignore[attr-defined]


def deployed(team: Tenant) -> Deployed:
    return deploy(templates(team), ACCOUNT, REGION)


def policies(of: Deployed, *types: str) -> dict[str, str]:
    """Deletion policy of each resource of these types, by its physical id."""
    return {each.id: each.deletion_policy for each in of.resources if each.type in types}
