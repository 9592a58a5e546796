"""How many runs an environment has at once, where its file bounds that: the team's row names the models with one."""

from __future__ import annotations

from dataclasses import replace

from core.remediation.rows import ModelRow, TeamRow


def taken(team: TeamRow, model: str) -> TeamRow:
    """The model claims a run."""
    return team if model in team.running else replace(team, running=(*team.running, model))


def freed(team: TeamRow, model: ModelRow) -> TeamRow:
    """The model has neither a claim nor a run any more; else nothing changes."""
    if model.model not in team.running or model.claim is not None or model.run is not None:
        return team
    return replace(team, running=tuple(each for each in team.running if each != model.model))
