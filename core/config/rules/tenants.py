"""Names of teams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.config.plain import Location
from core.config.team import Team


def same_name(teams: Iterable[tuple[str, Team]]) -> Iterator[tuple[str, Location, str]]:
    """Two files that describe one team."""
    owners: dict[str, str] = {}
    for file, team in teams:
        owner = owners.setdefault(team.team, file)
        if owner != file:
            yield file, ("team",), f"found {team.team!r}, which {owner} has already; team names are unique"
