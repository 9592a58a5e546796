"""Models: what cannot be explained as it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.model import Model
from core.config.plain import Finding
from core.config.team import Team


def findings(team: Team) -> Iterator[Finding]:
    for index, model in enumerate(team.models):
        for at, problem in (*_class(model), *_groups(model)):
            yield ("models", index, "monitoring", "explaining", *at), problem


def _class(model: Model) -> Iterator[Finding]:
    chosen = model.monitoring.explaining.of_class
    if chosen is None:
        return
    if model.classes is None:
        accepted = "none: only a multiclass problem has several"
        yield ("of_class",), f"found {chosen} with the problem {model.problem}; accepted: {accepted}"
    elif chosen >= model.classes:
        yield ("of_class",), f"found {chosen}, which is no class; accepted: 0 to {model.classes - 1}"


def _groups(model: Model) -> Iterator[Finding]:
    """A feature counts in one group, and is found under its own name too."""
    taken: dict[str, str] = {}
    for group, members in model.monitoring.explaining.groups.items():
        if group in model.features:
            yield ("groups", group), f"found {group!r}, which is a feature; accepted: a name that no feature has"
        for index, member in enumerate(members):
            if member not in model.features:
                accepted = f"accepted: {', '.join(model.features)}"
                yield ("groups", group, index), f"found {member!r}, which is no feature; {accepted}"
            elif member in taken:
                found = f"found {member!r}, which is in {taken[member]} already"
                yield ("groups", group, index), f"{found}; accepted: each feature once"
            taken.setdefault(member, group)
