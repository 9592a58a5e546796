"""The types of CodeBuild, whose API begins its members with small letters."""

from __future__ import annotations

from typing import Any

from local.cloudformation.resource_type import Properties, ResourceType

TAGS = "Tags"


def _small(value: Any) -> Any:
    """CloudFormation's property names as the API's members."""
    if isinstance(value, dict):
        return {_member(name): _small(item) for name, item in value.items()}
    return [_small(item) for item in value] if isinstance(value, list) else value


def _member(name: str) -> str:
    """
    >>> _member("VpcConfig"), _member("BuildSpec")
    ('vpcConfig', 'buildspec')
    """
    return "buildspec" if name == "BuildSpec" else name[0].lower() + name[1:]


def _flat(properties: Properties) -> Properties:
    tags = {TAGS: properties[TAGS]} if TAGS in properties else {}
    return {**_small({name: value for name, value in properties.items() if name != TAGS}), **tags}


def _request(properties: Properties) -> Properties:
    rest = {name: value for name, value in properties.items() if name not in (TAGS, "arn")}
    return {**rest, "tags": _small(properties.get(TAGS, []))}


TYPES = (
    ResourceType(
        name="AWS::CodeBuild::Project",
        service="codebuild",
        create="CreateProject",
        update="UpdateProject",
        delete="DeleteProject",
        ref=("name",),
        key=("name",),
        recover=lambda ref, properties: {"name": ref},
        create_only=("Name",),
        named_by="name",
        longest=255,
        flat=_flat,
        to_create=_request,
        to_update=lambda old, new: _request(new),
        outcome=lambda answer: {"Arn": answer["project"]["arn"], "name": answer["project"]["name"]},
    ),
)
