"""What the features of a group may hold, and when a record was true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.sagemaker.store import Record
from local.service import ApiError

VALIDATION = "ValidationError"
"""As the runtime calls it; the API of groups says ValidationException."""
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


def types_of(group: Mapping[str, Any]) -> dict[str, str]:
    """Feature -> Integral, Fractional or String, in the group's order."""
    return {feature["FeatureName"]: feature["FeatureType"] for feature in group["FeatureDefinitions"]}


def values_of(group: Record, record: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Feature -> value as text. ValidationError for what the group has not, what is given twice or has another type."""
    types, values = types_of(group), {}
    for feature in record:
        name = feature["FeatureName"]
        if name not in types:
            raise ApiError(VALIDATION, f"Validation Error: FeatureName [{name}] is not in the FeatureGroup")
        if name in values:
            raise ApiError(VALIDATION, f"Validation Error: FeatureName [{name}] is given more than once")
        if "ValueAsString" not in feature:
            raise ApiError(VALIDATION, f"Validation Error: FeatureName [{name}] has no ValueAsString")
        values[name] = feature["ValueAsString"]
        typed(name, types[name], values[name])
    for needed in (group["RecordIdentifierFeatureName"], group["EventTimeFeatureName"]):
        if not values.get(needed):
            raise ApiError(VALIDATION, f"Validation Error: FeatureName [{needed}] must have a value")
    return values


def typed(name: str, type: str, text: str) -> int | float | str:
    """The value of a feature. ValidationError where the text is none of its type."""
    try:
        return int(text) if type == "Integral" else float(text) if type == "Fractional" else text
    except ValueError:
        problem = f"Validation Error: FeatureName [{name}] has the type {type}, and its value is [{text}]"
        raise ApiError(VALIDATION, problem) from None


def moment(group: Record, text: str) -> datetime:
    """Of an event time: seconds since 1970 where the feature is Fractional, else ISO 8601 in UTC."""
    name = group["EventTimeFeatureName"]
    if types_of(group)[name] == "Fractional":
        return datetime.fromtimestamp(float(typed(name, "Fractional", text)), UTC)
    if not _ISO.fullmatch(text):
        raise ApiError(
            VALIDATION,
            f"Validation Error: EventTime [{text}] must be yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ",
        )
    return datetime.fromisoformat(text)
