"""Environments that a command is for: a team's, by the names in its file."""

from __future__ import annotations

import os
from pathlib import Path

import boto3

from core.config.load import load_teams
from infra.tenant import TEAMS, Tenant


class NoSuchEnvironment(Exception):
    """The message is one sentence with what there is."""


def chosen(name: str, environment: str | None, teams: Path = TEAMS) -> list[Tenant]:
    """All environments of the team, where none is named. Raises NoSuchEnvironment, InvalidTeams."""
    found = {team.team: team for team in load_teams(teams)}
    if name not in found:
        raise NoSuchEnvironment(f"there is no team {name!r} in {teams.name}/; there are {', '.join(found)}")
    team = found[name]
    wanted = [each for each in team.environments if environment in (None, each.name)]
    if not wanted:
        known = ", ".join(each.name for each in team.environments)
        raise NoSuchEnvironment(f"team {name!r} has no environment {environment!r}; it has {known}")
    return [Tenant(team, each, each.account or _own_account(each.region), home=teams) for each in wanted]


def _own_account(region: str) -> str:
    """As `cdk` does: CDK_DEFAULT_ACCOUNT, else the account of the credentials."""
    given = os.environ.get("CDK_DEFAULT_ACCOUNT")
    return given or str(boto3.client("sts", region_name=region).get_caller_identity()["Account"])
