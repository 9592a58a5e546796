"""One team in one of its environments: whom a construct works for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.config.environment import Environment
from core.config.team import Team
from core.names import TeamNames
from infra.arns import Arns

TEAMS = Path(__file__).parents[1] / "teams"


@dataclass(frozen=True)
class Tenant:
    team: Team
    environment: Environment
    account: str
    destroys_data: bool = False
    """Whether `cdk destroy` may delete data: asked for in the team's file and again on the command line."""
    home: Path = TEAMS
    """Folder of the team's file: what the file names lies relative to it."""

    @property
    def region(self) -> str:
        return self.environment.region

    @cached_property
    def names(self) -> TeamNames:
        return self.team.names(self.environment)

    @cached_property
    def arns(self) -> Arns:
        return Arns(self.account, self.region)

    @property
    def zones(self) -> tuple[str, ...]:
        """Letters of the availability zones: chosen by the team, not looked up."""
        return self.environment.network.availability_zones

    @property
    def tags(self) -> dict[str, str]:
        """Of every resource."""
        return self.names.tags(self.team.cost_center)

    def bucket(self, purpose: str) -> str:
        return self.names.bucket(purpose, self.account, self.region)
