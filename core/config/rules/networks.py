"""Networks: ranges that can be routed to each other, and VPCs that belong to somebody else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from core.config.environment import Environment
from core.config.plain import Finding, Location
from core.config.team import Team

PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
DOCKER = IPv4Network("172.17.0.0/16")
"""The bridge of Docker inside SageMaker's instances: what lies behind these addresses cannot be reached from them."""
OWN = ("cidr", "availability_zones", "nat")
"""What only a new VPC takes."""


def findings(team: Team) -> Iterator[Finding]:
    for index, environment in enumerate(team.environments):
        at: Location = ("environments", index, "network")
        network = environment.network
        if network.existing is not None:
            for key in OWN:
                if key in network.model_fields_set:
                    yield (*at, key), "is given beside `existing`, which brings its own; accepted: one of the two"
        elif problem := _range(network.cidr):
            yield (*at, "cidr"), f"found {network.cidr}{problem}"


def _range(cidr: IPv4Network) -> str:
    if not any(cidr.subnet_of(block) for block in PRIVATE) or not 16 <= cidr.prefixlen <= 20:
        return "; accepted: a private range from /16 to /20, as 10.20.0.0/16"
    if cidr.overlaps(DOCKER):
        return f", which overlaps {DOCKER} of Docker inside SageMaker's instances; accepted: another private range"
    return ""


def between(teams: Iterable[tuple[str, Team]]) -> Iterator[tuple[str, Location, str]]:
    """Of all environments of all teams, pairs of file and team."""
    seen: list[tuple[Environment, str]] = []
    for file, team in teams:
        for index, environment in enumerate(team.environments):
            at: Location = ("environments", index, "network")
            for other, place in seen:
                for key, problem in _clash(environment, other):
                    yield file, (*at, *key), problem.format(place=place)
            seen.append((environment, f"{team.team}-{environment.name} in {file}"))


def _clash(one: Environment, other: Environment) -> Iterator[Finding]:
    """Two environments may share a VPC and its subnets; their security groups keep them apart."""
    mine, theirs = one.network.existing, other.network.existing
    if mine is None and theirs is None and one.network.cidr.overlaps(other.network.cidr):
        found = f"found {one.network.cidr}, which overlaps {other.network.cidr} of {{place}}"
        yield ("cidr",), f"{found}; accepted: a range of its own, so that the two networks can be connected"
    if mine is None or theirs is None or mine.vpc != theirs.vpc:
        return
    if one.region != other.region:
        found = f"found {mine.vpc} in {one.region}, which is in {other.region} for {{place}}"
        yield ("existing", "vpc"), f"{found}; accepted: the id of a VPC in the environment's region"
    if mine.endpoints and theirs.endpoints:
        found = "found true, and {place} makes the endpoints in the same VPC already"
        yield ("existing", "endpoints"), f"{found}; accepted: false in one of the two, AWS takes them once"
    for index, table in enumerate(mine.route_tables):
        if table in theirs.route_tables:
            found = f"found {table}, which {{place}} gives to its S3 endpoint already"
            yield ("existing", "route_tables", index), f"{found}; accepted: each route table once"
