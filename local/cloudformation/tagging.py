"""Tags of resources that exist: their services take a change of tags by another call than any other change."""

from __future__ import annotations

from dataclasses import dataclass

from local.cloudformation.api import call
from local.cloudformation.resource_type import Properties


@dataclass(frozen=True, slots=True)
class _Tagging:
    """Two operations and their members for the resource, for tags and for keys of tags."""

    add: str
    remove: str
    resource: str
    tags: str
    keys: str


_TAGGING = {
    "sagemaker": _Tagging("AddTags", "DeleteTags", "ResourceArn", "Tags", "TagKeys"),
    "cloudwatch": _Tagging("TagResource", "UntagResource", "ResourceARN", "Tags", "TagKeys"),
    "ec2": _Tagging("CreateTags", "DeleteTags", "Resources", "Tags", "Tags"),
}


def own(tags: list[dict[str, str]] | None) -> list[dict[str, str]]:
    """Without CloudFormation's `aws:` tags, which no API lets its callers write."""
    return [tag for tag in tags or [] if not tag["Key"].startswith("aws:")]


def change(service: str, resource: str, old: Properties, new: Properties, member: str) -> None:
    """Bring the tags of a resource (its ARN, or its id in EC2) from the old template's to the new one's."""
    before, after = own(old.get(member)), own(new.get(member))
    tagging = _TAGGING[service]
    named = {tagging.resource: [resource] if service == "ec2" else resource}
    kept = {tag["Key"] for tag in after}
    if removed := [tag["Key"] for tag in before if tag["Key"] not in kept]:
        keys = [{"Key": key} for key in removed] if service == "ec2" else removed
        call(service, tagging.remove, {**named, tagging.keys: keys})
    if added := [tag for tag in after if tag not in before]:
        call(service, tagging.add, {**named, tagging.tags: added})
