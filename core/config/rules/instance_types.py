"""Instance types: what SageMaker offers for a use, and what the team allows itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from core.config.environment import Quota
from core.config.plain import Finding, Location
from core.config.team import Instances, Team
from core.contracts.studio_instances import SPACE_INSTANCES, STUDIO_INSTANCES
from core.instance_types import OFFERED, near

LISTS: dict[str, tuple[str, Collection[str]]] = {
    "training": ("training jobs", OFFERED["training"]),
    "processing": ("processing and transform jobs", OFFERED["processing"] | OFFERED["transform"]),
    "serving": ("endpoints", OFFERED["endpoint"]),
    "studio": ("Studio or notebook instances", OFFERED["notebook"] | frozenset(STUDIO_INSTANCES)),
}
"""Allow-list -> what it is for, and what SageMaker offers for that."""
QUOTAS = {
    "training": "training",
    "spot-training": "training",
    "processing": "processing",
    "transform": "processing",
    "endpoint": "serving",
    "notebook": "studio",
}
"""What a quota is for -> the allow-list that says whether it can be used."""


def of_lists(team: Team) -> Iterator[Finding]:
    for use, (purpose, offered) in LISTS.items():
        for index, name in enumerate(getattr(team.instances, use)):
            if name not in offered:
                found = f"found {name!r}, which SageMaker does not offer for {purpose}"
                yield ("instances", use, index), f"{found}{near(name, offered)}"


def of_models(team: Team) -> Iterator[Finding]:
    allowed = team.instances
    for index, model in enumerate(team.models):
        at: Location = ("models", index, "training", "instance_type")
        name = model.training.instance_type
        yield from _checked(at, name, OFFERED["training"], "training jobs", allowed, "training")
        at = ("models", index, "training", "processing_instance_type")
        name = model.training.processing_instance_type
        yield from _checked(at, name, OFFERED["processing"], "processing jobs", allowed, "processing")
        at = ("models", index, "serving", "instance_type")
        yield from _checked(at, model.serving.instance_type, OFFERED["endpoint"], "endpoints", allowed, "serving")
        if model.batch is not None:
            name, at = model.batch.instance_type, ("models", index, "batch", "instance_type")
            yield from _checked(at, name, OFFERED["transform"], "transform jobs", allowed, "processing")


def of_spaces(team: Team) -> Iterator[Finding]:
    for index, space in enumerate(team.spaces):
        at = ("spaces", index, "instance_type")
        yield from _checked(at, space.instance_type, SPACE_INSTANCES, "spaces to start with", team.instances, "studio")


def of_studio(team: Team) -> Iterator[Finding]:
    for index, notebook in enumerate(team.studio.notebooks):
        at: Location = ("studio", "notebooks", index, "instance_type")
        offered = OFFERED["notebook"]
        yield from _checked(at, notebook.instance_type, offered, "notebook instances", team.instances, "studio")
    if team.studio.rstudio is not None:
        name = team.studio.rstudio.instance_type
        at = ("studio", "rstudio", "instance_type")
        yield from _checked(at, name, STUDIO_INSTANCES, "RStudio", team.instances, "studio")


def of_quotas(team: Team) -> Iterator[Finding]:
    for index, environment in enumerate(team.environments):
        for position, quota in enumerate(environment.quotas):
            at = ("environments", index, "quotas", position, "instance_type")
            offered, purpose = _offered(quota), f"{quota.use.replace('-', ' ')} use"
            yield from _checked(at, quota.instance_type, offered, purpose, team.instances, QUOTAS[quota.use])


def _offered(quota: Quota) -> Collection[str]:
    return OFFERED["training" if quota.use == "spot-training" else quota.use]


def _checked(
    at: Location, name: str, offered: Collection[str], purpose: str, allowed: Instances, use: str
) -> Iterator[Finding]:
    accepted: tuple[str, ...] = getattr(allowed, use)
    if name not in offered:
        fitting = [each for each in accepted if each in offered]
        hint = near(name, fitting) or near(name, offered) or f"; accepted: {', '.join(fitting)}"
        yield at, f"found {name!r}, which SageMaker does not offer for {purpose}{hint}"
    elif name not in accepted:
        found = f"found {name!r}, which instances.{use} does not allow"
        yield at, f"{found}; add it there, or take one of {', '.join(each for each in accepted if each in offered)}"
