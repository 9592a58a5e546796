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
    for index, edit in enumerate(model.monitoring.constraints):
        if edit.feature not in model.kinds:
            accepted = ", ".join(model.features)
            yield (index, "feature"), f"found {edit.feature!r}, which is no feature; accepted: {accepted}"
            continue
        kind, said = model.kinds[edit.feature], edit.model_fields_set - {"feature"}
        if not said:
            accepted = ", ".join(name for name in type(edit).model_fields if name != "feature")
            yield (index,), f"found nothing of {edit.feature!r}; accepted: at least one of {accepted}"
        if edit.is_non_negative is not None and kind != "numeric":
            yield (index, "is_non_negative"), f"found a {kind} feature; accepted: of a numeric one"
        for name in ("domains", "domain_content_threshold"):
            if name in said and kind not in DOMAINS:
                yield (index, name), f"found a {kind} feature; accepted: of a categorical or boolean one"
