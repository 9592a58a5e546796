"""EFS and EC2, as far as SageMaker uses them for a domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.contracts.teardown import MANAGED_TAG
from core.names import TEAM_TAG, TeamNames
from lambdas.calls import Calls
from lambdas.failures import NotThere
from lambdas.listing import listed
from lambdas.security_groups import revoke_all
from lambdas.teardown.ports import Group, Home, Interface, Named
from lambdas.teardown.sagemaker import gone

FREE = "available"
Tags = list[dict[str, str]]


class EfsHomes:
    """`lambdas.teardown.ports.Homes`."""

    def __init__(self, calls: Calls, client: Any, team: TeamNames) -> None:
        self._calls, self._client, self._team = calls, client, team.prefix

    def adopt(self, domain: str, tags: Mapping[str, str]) -> None:
        for each in self._every():
            if domain_of(each["Tags"]) == domain:
                self._calls.ask(self._client.tag_resource, ResourceId=each["FileSystemId"], Tags=_listed(tags))

    def adopted(self) -> tuple[Home, ...]:
        return tuple(
            Home(each["FileSystemId"], domain, each["LifeCycleState"])
            for each in self._every()
            if (domain := domain_of(each["Tags"])) and _value(each["Tags"], TEAM_TAG) == self._team
        )

    def mount_targets(self, home: str) -> tuple[Named, ...]:
        try:
            found = self._pages(self._client.describe_mount_targets, "MountTargets", FileSystemId=home)
        except NotThere:
            return ()
        return tuple(Named("mount target", each["MountTargetId"], each["LifeCycleState"]) for each in found)

    def delete_mount_target(self, id: str) -> None:
        gone(self._calls, self._client.delete_mount_target, MountTargetId=id)

    def delete(self, home: str) -> None:
        gone(self._calls, self._client.delete_file_system, FileSystemId=home)

    def _every(self) -> list[dict[str, Any]]:
        """EFS finds file systems by id or token only."""
        return self._pages(self._client.describe_file_systems, "FileSystems")

    def _pages(self, operation: Any, member: str, **request: Any) -> list[dict[str, Any]]:
        return list(listed(self._calls, operation, member, token="NextMarker", **request))


class Ec2Network:
    """`lambdas.teardown.ports.Network`."""

    def __init__(self, calls: Calls, client: Any, team: TeamNames) -> None:
        self._calls, self._client, self._team = calls, client, team.prefix

    def adopt(self, vpc: str, domain: str, tags: Mapping[str, str]) -> None:
        ids = [each["GroupId"] for each in self._groups(vpc) if domain_of(each["Tags"]) == domain]
        if ids:
            self._calls.ask(self._client.create_tags, Resources=ids, Tags=_listed(tags))

    def adopted(self, vpc: str) -> tuple[Group, ...]:
        return tuple(
            Group(each["GroupId"], each["GroupName"], domain)
            for each in self._groups(vpc)
            if (domain := domain_of(each["Tags"])) and _value(each["Tags"], TEAM_TAG) == self._team
        )

    def interfaces(self, groups: tuple[str, ...]) -> tuple[Interface, ...]:
        wanted = [{"Name": "group-id", "Values": list(groups)}]
        found = self._pages(self._client.describe_network_interfaces, "NetworkInterfaces", wanted)
        return tuple(
            Interface(each["NetworkInterfaceId"], each["Status"] == FREE, each.get("Description", "")) for each in found
        )

    def delete_interface(self, id: str) -> None:
        gone(self._calls, self._client.delete_network_interface, NetworkInterfaceId=id)

    def revoke_rules(self, group: str) -> None:
        revoke_all(self._calls, self._client, group)

    def delete_group(self, group: str) -> None:
        gone(self._calls, self._client.delete_security_group, GroupId=group)

    def _groups(self, vpc: str) -> list[dict[str, Any]]:
        managed = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "tag-key", "Values": [MANAGED_TAG]}]
        return self._pages(self._client.describe_security_groups, "SecurityGroups", managed)

    def _pages(self, operation: Any, member: str, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return list(listed(self._calls, operation, member, Filters=filters))


def domain_of(tags: Tags) -> str | None:
    """Id of the domain that SageMaker made something for.

    >>> domain_of([{"Key": MANAGED_TAG, "Value": "arn:aws:sagemaker:eu-west-1:111122223333:domain/d-abc"}])
    'd-abc'
    """
    arn = _value(tags, MANAGED_TAG) or ""
    return arn.rpartition("/")[2] if ":domain/" in arn else None


def _value(tags: Tags, key: str) -> str | None:
    return next((tag["Value"] for tag in tags if tag["Key"] == key), None)


def _listed(tags: Mapping[str, str]) -> Tags:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
