"""Feature groups: what SageMaker Feature Store accepts as one."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.data import FeatureGroup
from core.config.plain import Finding, Location
from core.config.team import Team

RESERVED = ("is_deleted", "write_time", "api_invocation_time")
"""Columns that Feature Store adds to offline data (CreateFeatureGroup, FeatureDefinitions)."""
RECORD_ID, EVENT_TIME = ("String", "Integral"), ("String", "Fractional")


def findings(team: Team) -> Iterator[Finding]:
    for index, group in enumerate(team.feature_groups):
        for at, problem in _of_group(group):
            yield ("feature_groups", index, *at), problem


def _of_group(group: FeatureGroup) -> Iterator[Finding]:
    yield from _special("record_id", group.record_id, RECORD_ID, group)
    yield from _special("event_time", group.event_time, EVENT_TIME, group)
    if group.record_id == group.event_time:
        found = f"found {group.event_time!r}, which is also record_id"
        yield ("event_time",), f"{found}; accepted: a feature of its own"
    yield from _names(group)
    if not group.online and not group.offline:
        yield ("online",), "found false, and offline is false too; accepted: true for one of them, or for both"
    if group.online_days is not None and not group.online:
        yield ("online_days",), f"found {group.online_days}, but online is false; accepted: leave it out"


def _special(key: str, name: str, types: tuple[str, ...], group: FeatureGroup) -> Iterator[Finding]:
    kind = group.features.get(name)
    if kind is None:
        yield (key,), f"found {name!r}, which is no feature of the group; accepted: {', '.join(group.features)}"
    elif kind not in types:
        yield ("features", name), f"found {kind!r} for {key}; accepted: {' or '.join(types)}"


def _names(group: FeatureGroup) -> Iterator[Finding]:
    """Glue, which names the columns of offline data, knows no upper case."""
    first: dict[str, str] = {}
    for name in group.features:
        at: Location = ("features", name)
        if name.lower() in RESERVED:
            yield at, f"is a name that Feature Store keeps for itself; accepted: any but {', '.join(RESERVED)}"
        if name.endswith("_"):
            yield at, "ends with an underscore; accepted by Feature Store: a letter or a digit at the end"
        other = first.setdefault(name.lower(), name)
        if other != name:
            yield at, f"differs from {other!r} only in upper and lower case, which tables do not tell apart"
