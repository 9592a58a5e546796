"""Models: edits of constraints that no feature has."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.model import Model
from core.config.plain import Finding
from core.config.team import Team

DOMAINS = frozenset({"categorical", "boolean"})
"""Kinds of feature with a list of known values."""


def findings(team: Team) -> Iterator[Finding]:
    for index, model in enumerate(team.models):
        for at, problem in _of_model(model):
            yield ("models", index, "monitoring", "constraints", *at), problem


def _of_model(model: Model) -> Iterator[Finding]:
    for feature, edit in model.monitoring.constraints.items():
        if feature not in model.kinds:
            yield (feature,), f"found {feature!r}, which is no feature; accepted: {', '.join(model.features)}"
            continue
        kind = model.kinds[feature]
        if not edit.model_fields_set:
            yield (
                (feature,),
                f"found nothing of {feature!r}; accepted: at least one of {', '.join(type(edit).model_fields)}",
            )
        if edit.is_non_negative is not None and kind != "numeric":
            yield (feature, "is_non_negative"), f"found a {kind} feature; accepted: of a numeric one"
        for name in ("domains", "domain_content_threshold"):
            if name in edit.model_fields_set and kind not in DOMAINS:
                yield (feature, name), f"found a {kind} feature; accepted: of a categorical or boolean one"
