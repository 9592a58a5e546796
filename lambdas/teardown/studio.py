"""A domain's use and what a domain leaves: what can be deleted now, and what has to be awaited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.contracts.teardown import MemberUse, StudioLeftovers, StudioUse
from lambdas.log import say
from lambdas.teardown.patience import attempt
from lambdas.teardown.ports import DELETING, App, Domains, Group, Home, Homes, Interface, Named, Network

BY_SAGEMAKER = "sagemaker"
"""Stands in the description of every interface that SageMaker makes."""


@dataclass(frozen=True)
class Studio:
    """The ports that both need."""

    domains: Domains
    homes: Homes
    network: Network


def adopt(use: StudioUse, tags: Mapping[str, str], studio: Studio) -> tuple[str, ...]:
    """Mark what SageMaker made for the domain as the team's; nothing is awaited. The second time changes nothing."""
    studio.homes.adopt(use.domain, tags)
    studio.network.adopt(use.vpc, use.domain, tags)
    return ()


def end_use(use: StudioUse, domains: Domains) -> tuple[str, ...]:
    """Applications, then spaces, then profiles: without a profile nobody starts an application anew.

    Those that a template made are deleted here as well; CloudFormation finds them gone, which is what it wants.
    """
    stages: tuple[Callable[[], tuple[str, ...]], ...] = (
        lambda: _end_apps(use.domain, domains.apps(use.domain), domains),
        lambda: _delete(use.domain, domains.spaces(use.domain), domains.delete_space),
        lambda: _delete(use.domain, domains.profiles(use.domain), domains.delete_profile),
    )
    return next((awaited for stage in stages if (awaited := stage())), ())


def end_member_use(use: MemberUse, domains: Domains) -> tuple[str, ...]:
    """The member's applications, then the member's spaces; what others use, and shared spaces of others, stay.

    CloudFormation deletes the profile after that.
    """
    spaces = tuple(each for each in domains.spaces(use.domain) if each.owner == use.member)
    names = {space.name for space in spaces}
    apps = tuple(each for each in domains.apps(use.domain) if each.profile == use.member or each.space in names)
    return _end_apps(use.domain, apps, domains) or _delete(use.domain, spaces, domains.delete_space)


def _end_apps(domain: str, apps: tuple[App, ...], domains: Domains) -> tuple[str, ...]:
    """What is awaited."""
    for app in apps:
        if app.status.lower() != DELETING:
            attempt(domains.delete_app, domain, app)
    return tuple(map(str, apps))


def _delete(domain: str, found: tuple[Named, ...], delete: Callable[[str, str], None]) -> tuple[str, ...]:
    """What is awaited."""
    for each in found:
        if each.status.lower() != DELETING:
            attempt(delete, domain, each.name)
    return tuple(map(str, found))


def clear(left: StudioLeftovers, studio: Studio) -> tuple[str, ...]:
    """One round of removing what domains of the team left, as far as they are gone.

    Homes are kept unless they are to be deleted, their mount targets never: these hold subnets, and with them the VPC.
    """
    homes, groups = studio.homes.adopted(), studio.network.adopted(left.vpc)
    domains = {home.domain for home in homes} | {group.domain for group in groups}
    standing = {domain for domain in domains if studio.domains.exists(domain)}
    if standing:
        say("left alone", domains=sorted(standing))
    homes = tuple(home for home in homes if home.domain not in standing)
    groups = tuple(group for group in groups if group.domain not in standing)
    awaited = [awaits for home in homes for awaits in _empty(home, left, studio.homes)]
    interfaces = _interfaces(left, groups, standing, studio.network)
    awaited += [f"network interface {each.id} ({each.text})" for each in interfaces]
    return (*awaited, *([] if awaited else _groups(groups, studio.network)))


def _empty(home: Home, left: StudioLeftovers, homes: Homes) -> list[str]:
    """What is awaited of one file system."""
    if targets := homes.mount_targets(home.id):
        for target in targets:
            if target.status != DELETING:
                attempt(homes.delete_mount_target, target.name)
        return [f"{target} of {home.id}" for target in targets]
    if not left.deletes_homes:
        say("kept", file_system=home.id, of=home.domain)
        return []
    if home.status != DELETING:
        attempt(homes.delete, home.id)
    return [f"file system {home.id}"]


def _interfaces(
    left: StudioLeftovers, groups: tuple[Group, ...], standing: set[str], network: Network
) -> list[Interface]:
    """Free ones are deleted; those that SageMaker still holds in the domain's own groups are awaited.

    In the workloads' group they are not awaited: an endpoint may run there after Studio is gone.
    """
    own = network.interfaces(tuple(group.id for group in groups)) if groups else ()
    shared = () if standing else network.interfaces((left.workloads,))
    free = {each.id: each for each in (*own, *shared) if each.free and BY_SAGEMAKER in each.text.lower()}
    for id in free:
        attempt(network.delete_interface, id)
    return [*free.values(), *(each for each in own if each.id not in free)]


def _groups(groups: tuple[Group, ...], network: Network) -> list[str]:
    """Rules first: the groups' rules name each other, and no group goes while another's rule names it."""
    for group in groups:
        network.revoke_rules(group.id)
    for group in groups:
        attempt(network.delete_group, group.id)
    return [f"security group {group.id} ({group.name})" for group in groups]
