"""What a single field cannot say: combinations within a team, and between teams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from core.config.model import Model
from core.config.source import Location
from core.config.team import Team
from core.contracts.hyperparameters import Hyperparameters
from core.costs import USD_PER_HOUR
from core.names import BUCKETS, TeamNames

Finding = tuple[Location, str]
PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
LONGEST_BUCKET_NAME = 63


def within(team: Team) -> Iterator[Finding]:
    """Impossible combinations in one team's file: where, and what is wrong with what was found."""
    yield from _repeated("environments", (environment.name for environment in team.environments))
    yield from _repeated("members", (member.name for member in team.members))
    yield from _repeated("spaces", (space.name for space in team.spaces))
    yield from _repeated("models", (model.name for model in team.models))
    members = {member.name for member in team.members}
    for index, space in enumerate(team.spaces):
        if space.owner not in members:
            known = ", ".join(sorted(members)) or "none is defined"
            yield ("spaces", index, "owner"), f"found {space.owner!r}, which is no member; accepted: {known}"
    for index, environment in enumerate(team.environments):
        at: Location = ("environments", index)
        cidr = environment.network.cidr
        if not any(cidr.subnet_of(block) for block in PRIVATE) or not 16 <= cidr.prefixlen <= 20:
            yield (*at, "network", "cidr"), f"found {cidr}; accepted: a private range from /16 to /20, as 10.20.0.0/16"
        names = TeamNames(team.team, environment.name)
        longest = max((names.bucket(purpose, "0" * 12, environment.region) for purpose in BUCKETS), key=len)
        if len(longest) > LONGEST_BUCKET_NAME:
            over = len(longest) - LONGEST_BUCKET_NAME
            yield (*at, "name"), f"makes the bucket name {longest} too long by {over}; shorten it or the team's name"
    for index, model in enumerate(team.models):
        for path, problem in _of_model(model):
            yield ("models", index, *path), problem


def _of_model(model: Model) -> Iterator[Finding]:
    if model.label in model.features:
        yield ("label",), f"found {model.label!r}, which is also a feature; the label must not be an input"
    for index, feature in enumerate(model.sensitive):
        if feature not in model.features:
            accepted = ", ".join(model.features)
            yield ("sensitive", index), f"found {feature!r}, which is no feature; accepted: {accepted}"
    serving, watch = model.serving, model.monitoring
    if serving.minimum_instances > serving.maximum_instances:
        found = f"found {serving.minimum_instances}, more than maximum_instances ({serving.maximum_instances})"
        yield ("serving", "minimum_instances"), f"{found}; accepted: 1 to {serving.maximum_instances}"
    if watch.alarm_datapoints > watch.alarm_periods:
        found = f"found {watch.alarm_datapoints}, more than alarm_periods ({watch.alarm_periods})"
        yield ("monitoring", "alarm_datapoints"), f"{found}; accepted: 2 to {watch.alarm_periods}"
    if model.training.spot and model.training.instance_count > 1:
        found = f"found {model.training.instance_count} with spot"
        yield ("training", "instance_count"), f"{found}; accepted with spot: 1, where a run can resume exactly"
    types = {
        ("training", "instance_type"): model.training.instance_type,
        ("training", "processing_instance_type"): model.training.processing_instance_type,
        ("serving", "instance_type"): serving.instance_type,
    }
    for at, instance_type in types.items():
        if instance_type not in USD_PER_HOUR:
            accepted = ", ".join(sorted(USD_PER_HOUR))
            yield at, f"found {instance_type!r}, which has no price in core/costs.py; accepted: {accepted}"
    for name, value in model.training.hyperparameters.items():
        try:
            Hyperparameters.parse({name: str(value)})
        except ValueError as fault:
            yield ("training", "hyperparameters", name), str(fault).removeprefix("hyperparameters: ")


def between(teams: Iterable[tuple[str, Team]]) -> Iterator[tuple[str, Location, str]]:
    """What two teams may not share: file, where, and what is wrong. `teams` are pairs of file and team."""
    owners: dict[str, str] = {}
    ranges: list[tuple[IPv4Network, str, str]] = []
    for file, team in teams:
        if team.team in owners:
            yield file, ("team",), f"found {team.team!r}, which {owners[team.team]} has already; team names are unique"
        owners.setdefault(team.team, file)
        for index, environment in enumerate(team.environments):
            place = f"{team.team}-{environment.name} in {file}"
            for other, taken, _ in ranges:
                if environment.network.cidr.overlaps(other):
                    problem = f"found {environment.network.cidr}, which overlaps {other} of {taken}; give each its own"
                    yield file, ("environments", index, "network", "cidr"), problem
            ranges.append((environment.network.cidr, place, file))


def _repeated(section: str, names: Iterable[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield (section, index, "name"), f"found {name!r} a second time; names in {section} are unique"
        seen.add(name)
