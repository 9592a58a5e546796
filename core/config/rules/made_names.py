"""Names that AWS would refuse: too long, or beginning with what a service keeps for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from core import made_names
from core.config.plain import Finding
from core.config.team import Team
from core.made_names import Made
from core.names import TeamNames

ANY_ACCOUNT = "0" * 12
ROOM = 4


def of_environments(team: Team) -> Iterator[Finding]:
    for index, environment in enumerate(team.environments):
        made = made_names.of_environment(team.names(environment), ANY_ACCOUNT, environment.region)
        worst = _worst(made)
        if worst is not None:
            yield ("environments", index, "name"), f"{worst}; shorten it or the team's name"
        if refused := _refused(team.names(environment), environment.region):
            yield ("team",), refused


def of_projects(team: Team) -> Iterator[Finding]:
    """Members choose the names of their projects when they start one; some room must be left."""
    for index, environment in enumerate(team.environments):
        worst = _worst(made_names.of_project(team.names(environment), "x" * ROOM)) if team.projects else None
        if worst is not None:
            room = f"with {ROOM} characters for a member's project, it {worst}"
            yield ("environments", index, "name"), f"{room}; shorten it or the team's name, or set `projects: false`"


def _refused(names: TeamNames, region: str) -> str:
    for limit, name in made_names.of_environment(names, ANY_ACCOUNT, region):
        if limit.refused_prefix and name.startswith(limit.refused_prefix):
            kept = f"{limit.refused_prefix!r} at its beginning is kept by AWS ({limit.source})"
            return f"makes the {limit.kind} name {name}, but {kept}; accepted: another name"
    return ""


def _worst(made: Iterable[Made]) -> str | None:
    """The name that is too long by most: what makes it short enough mends the others."""
    longest = max(made, key=lambda each: len(each[1]) - each[0].longest)
    limit, name = longest
    over = len(name) - limit.longest
    if over <= 0:
        return None
    characters = f"{over} character{'s' if over > 1 else ''}"
    return f"makes the {limit.kind} name {name}, which is {characters} too long for AWS ({limit.longest} at most)"


def _section(
    made: Callable[[TeamNames, str], Iterator[Made]],
    items: Callable[[Team], Iterable[str]],
    at: tuple[str, ...],
) -> Callable[[Team], Iterator[Finding]]:
    def findings(team: Team) -> Iterator[Finding]:
        for index, name in enumerate(items(team)):
            every = [each for where in team.environments for each in made(team.names(where), name)]
            if worst := _worst(every):
                yield (*at, index, "name"), f"{worst}; shorten it, the team's name or the environment's"

    return findings


BY_SECTION: dict[str, Callable[[Team], Iterator[Finding]]] = {
    "models": _section(made_names.of_model, lambda team: (each.name for each in team.models), ("models",)),
    "images": _section(made_names.of_image, lambda team: (each.name for each in team.images), ("images",)),
    "feature_groups": _section(
        made_names.of_feature_group, lambda team: (each.name for each in team.feature_groups), ("feature_groups",)
    ),
    "studio": _section(
        made_names.of_notebook,
        lambda team: (each.name for each in team.studio.notebooks),
        ("studio", "notebooks"),
    ),
}
"""By the section that each reads, beside the team's and the environments' names."""
