"""`constraints.json` of a baseline, which people may edit: read once, before anything is held against it.

A check that is switched off by a slip of the pen is worse than a run that fails: what is found and what is accepted is
said of the first fault. Members that nothing here looks at are left as they are, but for those of a feature's own
`monitoringConfigOverrides`, which only people write: there an unknown one is a misspelt one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from containers.monitor.member import Member
from core.contracts.reports import CONSTRAINTS
from core.contracts.signature import Feature, Signature
from core.statistics.managed import FRACTIONAL, INTEGRAL, STRING, UNKNOWN

SWITCH = ("Enabled", "Disabled")
TYPES = (INTEGRAL, FRACTIONAL, STRING, UNKNOWN)
OVERRIDES = (
    "evaluate_constraints",
    "emit_metrics",
    "datatype_check_threshold",
    "domain_content_threshold",
    "distribution_constraints",
)
COMPARISON = (
    "perform_comparison",
    "comparison_threshold",
    "comparison_method",
    "categorical_comparison_threshold",
    "categorical_drift_method",
)


def read(content: str | bytes, signature: Signature) -> dict[str, Any]:
    """The file's content, whose categories are texts; those that were written as numbers are named as the baseline
    names them. Raises ValueError for anything that would switch a check off without a word."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise ValueError(f"{CONSTRAINTS}: found no JSON ({fault}), accepted: what a baseline left") from None
    whole = Member(CONSTRAINTS, value).object()
    config = whole.member("monitoring_config").object()
    _settings(config, required=True)
    features = whole.member("features").list()
    _once_each([entry.object().member("name").text() for entry in features], signature)
    coded = {column.name for column in signature.columns if column.kind in ("categorical", "boolean")}
    return {**value, "features": [_feature(entry.value, entry.value["name"] in coded) for entry in features]}


def _once_each(found: list[str], signature: Signature) -> None:
    """Each column of the model, and each vector; the label may be there, as the managed monitor writes it."""
    there, entries = [name for feature in signature.features for name in _told(feature)], Counter(found)
    accepted = {*there, signature.label}
    for name in found:
        if name not in accepted:
            raise ValueError(f"{CONSTRAINTS}: feature {name}: found no such column, accepted: {', '.join(there)}")
    for name in there:
        if entries[name] != 1:
            raise ValueError(f"{CONSTRAINTS}: feature {name}: found {entries[name]} entries, accepted: one")


def _told(feature: Feature) -> tuple[str, ...]:
    return (feature.name,) if feature.kind == "embedding" else tuple(column.name for column in feature.columns)


def _feature(value: Mapping[str, Any], coded: bool) -> dict[str, Any]:
    entry = Member(f"{CONSTRAINTS}: feature {value['name']}", value)
    entry.member("inferred_type").one_of(TYPES)
    if "completeness" in value:
        entry.member("completeness").share()
    if "num_constraints" in value:
        numbers = entry.member("num_constraints").object()
        if "is_non_negative" in numbers.value:
            numbers.member("is_non_negative").flag()
    if "monitoringConfigOverrides" in value:
        own = entry.member("monitoringConfigOverrides").object()
        own.only(OVERRIDES)
        _settings(own, required=False)
    if "string_constraints" not in value:
        return dict(value)
    domains = entry.member("string_constraints").object().member("domains").list()
    named = [each.category(coded) for each in domains]
    return {**value, "string_constraints": {**value["string_constraints"], "domains": list(dict.fromkeys(named))}}


def _settings(config: Member, required: bool) -> None:
    """Of all features, where every one that is looked at must be there, or of one."""
    looked_at = OVERRIDES if not required else tuple(name for name in OVERRIDES if name != "emit_metrics")
    for name in looked_at:
        if not required and name not in config.value:
            continue
        setting = config.member(name)
        if name.endswith("threshold"):
            setting.share()
        elif name == "distribution_constraints":
            _comparison(setting.object(), required)
        else:
            setting.one_of(SWITCH)


def _comparison(config: Member, required: bool) -> None:
    if not required:
        config.only(COMPARISON)
    if required or "perform_comparison" in config.value:
        config.member("perform_comparison").one_of(SWITCH)
    if required or "comparison_threshold" in config.value:
        config.member("comparison_threshold").distance()
