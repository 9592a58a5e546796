"""What CloudFormation must know of a resource type to provision it by calling the type's own API.

A property is the API member of the same name, except where `to_create` or
`to_update` says otherwise; members that an operation does not take are left
out by the call itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Properties = dict[str, Any]


def same(properties: Properties) -> Properties:
    return properties


def new_ones(old: Properties, new: Properties) -> Properties:
    return new


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type.

    `ref` are the attributes that Ref joins with "|", `key` the members by which the API knows the resource, which
    `recover` finds in the Ref. A change of a `create_only` property replaces the resource. `named_by` is the property
    that gets a generated name where a template has none, of at most `longest` characters. `status` is the member of
    `describe`'s answer that says when the resource is ready. `tags` is the property of tags, and `tagged_by` the
    attribute by which they are changed; a type without the latter has its tags from its creation alone.
    `create_only_within` are paths of parts of properties, joined with "/", that replace the resource as well. What can
    only be changed or deleted while it stands still has `stop` and `start`.
    """

    name: str
    service: str
    create: str
    delete: str
    ref: tuple[str, ...]
    key: tuple[str, ...]
    recover: Callable[[str, Properties], Properties]
    create_only: tuple[str, ...] = ()
    create_only_within: tuple[str, ...] = ()
    update: str | None = None
    describe: str | None = None
    stop: str | None = None
    start: str | None = None
    status: str | None = None
    named_by: str | None = None
    longest: int = 63
    tags: str = "Tags"
    tagged_by: str | None = None
    flat: Callable[[Properties], Properties] = same
    to_create: Callable[[Properties], Properties] = same
    to_update: Callable[[Properties, Properties], Properties] = new_ones
    outcome: Callable[[Properties], Properties] = same


def parts(*members: str) -> Callable[[str, Properties], Properties]:
    """The Ref is these members, joined with "|"."""
    return lambda ref, properties: dict(zip(members, ref.split("|"), strict=True))


def tail_of_arn(member: str) -> Callable[[str, Properties], Properties]:
    """The Ref is an ARN whose last part is the name that the API wants in `member`."""
    return lambda ref, properties: {member: ref.rpartition("/")[2]}


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
