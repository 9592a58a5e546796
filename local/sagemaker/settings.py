"""Settings of domains, profiles and spaces: how a change is put into them, and what they may refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local.sagemaker.store import Record

NONE = "None"
"""What the API takes for an ARN that is to be taken away."""


def merged(standing: Mapping[str, Any], change: Mapping[str, Any]) -> Record:
    """Structures member by member, everything else as a whole: what a change does not name stays as it is.

    The guide's examples rely on it: one takes away the scripts of JupyterLab with no other member in the request.
    """
    result: Record = {**standing}
    for name, value in change.items():
        if value == NONE:
            result.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(standing.get(name), Mapping):
            result[name] = merged(standing[name], value)
        else:
            result[name] = merged({}, value) if isinstance(value, Mapping) else value
    return result


def every(value: Any, member: str) -> Iterator[Any]:
    """All values of a member, wherever it stands in a structure."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == member:
                yield item
            yield from every(item, member)
    elif isinstance(value, list):
        for item in value:
            yield from every(item, member)


def scripts(settings: Any) -> set[str]:
    """ARNs of the lifecycle configurations that some settings name."""
    named = {*every(settings, "LifecycleConfigArn"), *every(settings, "BuiltInLifecycleConfigArn")}
    listed = {arn for arns in every(settings, "LifecycleConfigArns") for arn in arns}
    return (named | listed) - {NONE}


def images(settings: Any) -> list[Record]:
    """The custom images that some settings name."""
    return [image for listed in every(settings, "CustomImages") for image in listed]
