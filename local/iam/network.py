"""EC2 and EFS in policies: the resource that a request is about, its tags, and where it stands.

As the Service Authorization Reference has them, for what ministack leaves at `*` or without tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from ministack.services import ec2, efs

HOOKS = (
    "ministack.services.ec2:_network_interfaces _security_groups _tags get_region get_account_id",
    "ministack.services.efs:_file_systems _mount_targets",
)

_PATH = re.compile(r"/2015-02-01/(mount-targets|resource-tags)/([^/]+).*")
_TAGGED = {"sg": "security-group", "eni": "network-interface", "vpc": "vpc", "subnet": "subnet"}
"""Beginning of an EC2 id -> its kind in ARNs, for those that CreateTags is asked for here."""
_GROUP, _INTERFACE = "GroupId", "NetworkInterfaceId"


def arns(service: str, path: str, body: bytes, query: Mapping[str, list[str]], base: str) -> list[str]:
    """Empty where ministack knows the resource itself."""
    if service == "elasticfilesystem" and (match := _PATH.fullmatch(path)):
        home = (
            match[2] if match[1] == "resource-tags" else efs._mount_targets.get(match[2], {}).get("FileSystemId", "*")
        )
        return [f"{base}file-system/{home.rpartition('/')[2]}"]
    request = _members(body, query) if service == "ec2" else {}
    if request.get("Action") in ("CreateTags", "DeleteTags"):
        ids = [value for name, value in sorted(request.items()) if name.startswith("ResourceId.")]
        return [f"{base}{_TAGGED.get(id.partition('-')[0], '*')}/{id}" for id in ids]
    return []


def keys(service: str, body: bytes, query: Mapping[str, Any]) -> dict[str, str]:
    """`ec2:Vpc` and `ec2:Subnet` of the security group or network interface that a request names."""
    request = _members(body, query) if service == "ec2" else {}
    found: Mapping[str, Any] = {}
    if request.get(_INTERFACE):
        found = ec2._network_interfaces.get(request[_INTERFACE], {})
    elif request.get(_GROUP):
        found = ec2._security_groups.get(request[_GROUP], {})
    base = f"arn:aws:ec2:{ec2.get_region()}:{ec2.get_account_id()}"
    kinds = {"ec2:Vpc": ("VpcId", "vpc"), "ec2:Subnet": ("SubnetId", "subnet")}
    return {key: f"{base}:{kind}/{found[member]}" for key, (member, kind) in kinds.items() if member in found}


def tags(arn: str) -> dict[str, str] | None:
    """Of a resource of EC2 or a file system; None for what is of another service, or for `*`."""
    if arn.count(":") < 5:
        return None
    service, id = arn.split(":")[2], arn.rpartition("/")[2]
    if service == "ec2":
        return _plain(ec2._tags.get(id, []))
    if service == "elasticfilesystem":
        return _plain(efs._file_systems.get(id, {}).get("Tags", []))
    return None


def _members(body: bytes, query: Mapping[str, Any]) -> dict[str, str]:
    form = {**query, **parse_qs(body.decode(errors="replace"))}
    return {name: value[0] if isinstance(value, list) else value for name, value in form.items() if value}


def _plain(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
