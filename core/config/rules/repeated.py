"""What may be there only once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Protocol

from core.config.plain import Finding, Location
from core.config.team import Team


class Named(Protocol):
    @property
    def name(self) -> str: ...


def _environments(team: Team) -> Iterator[Finding]:
    yield from _named("environments", team.environments)
    for index, environment in enumerate(team.environments):
        at: Location = ("environments", index)
        network = environment.network
        yield from _again((*at, "network", "availability_zones"), network.availability_zones)
        if network.existing is not None:
            yield from _again((*at, "network", "existing", "subnets"), network.existing.subnets)
            yield from _again((*at, "network", "existing", "route_tables"), network.existing.route_tables)
        yield from _again((*at, "quotas"), [quota.name for quota in environment.quotas])


def _models(team: Team) -> Iterator[Finding]:
    yield from _named("models", team.models)
    for index, model in enumerate(team.models):
        yield from _again(("models", index, "sensitive"), model.sensitive)
        yield from _again(("models", index, "monitoring", "segments"), model.monitoring.segments)
        edited = [edit.feature for edit in model.monitoring.constraints]
        yield from _again(("models", index, "monitoring", "constraints"), edited)


def _members(team: Team) -> Iterator[Finding]:
    """Identity Center does not tell upper from lower case."""
    yield from _named("members", team.members)
    first: dict[str, str] = {}
    for index, member in enumerate(team.members):
        if member.sso_user is None:
            continue
        other = first.setdefault(member.sso_user.lower(), member.name)
        if other != member.name:
            problem = f"found {member.sso_user!r}, which is also {other}'s; accepted: one member for each person"
            yield ("members", index, "sso_user"), problem


def _studio(team: Team) -> Iterator[Finding]:
    yield from _named("notebooks", team.studio.notebooks, ("studio", "notebooks"))
    yield from _again(("studio", "images"), team.studio.images)


def _notify(team: Team) -> Iterator[Finding]:
    yield from _again(("notify", "email"), [address.lower() for address in team.notify.email])
    yield from _again(("notify", "sms"), team.notify.sms)


def _instances(team: Team) -> Iterator[Finding]:
    for use in type(team.instances).model_fields:
        yield from _again(("instances", use), getattr(team.instances, use))


RULES: dict[str, Callable[[Team], Iterator[Finding]]] = {
    "owners": lambda team: _again(("owners",), [address.lower() for address in team.owners]),
    "notify": _notify,
    "environments": _environments,
    "instances": _instances,
    "members": _members,
    "spaces": lambda team: _named("spaces", team.spaces),
    "studio": _studio,
    "images": lambda team: _named("images", team.images),
    "feature_groups": lambda team: _named("feature_groups", team.feature_groups),
    "models": _models,
}
"""By the one section that each reads."""


def _named(what: str, items: Sequence[Named], at: Location | None = None) -> Iterator[Finding]:
    names = [item.name for item in items]
    for index in _repeats(names):
        found = f"found {names[index]!r} a second time; accepted: names in {what} that differ"
        yield (*(at or (what,)), index, "name"), found


def _again(at: Location, values: Sequence[Hashable]) -> Iterator[Finding]:
    for index in _repeats(values):
        yield (*at, index), f"found {values[index]!r} a second time; accepted: each one once"


def _repeats(values: Iterable[Hashable]) -> Iterator[int]:
    seen: set[Hashable] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index
        seen.add(value)
