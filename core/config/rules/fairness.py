"""Groups of people: what sensitive features can be crossed, and what disparity can be conditional on."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.model import Model
from core.config.plain import Finding
from core.config.rules.models import WHOLES
from core.config.team import Team
from core.contracts.problem import REGRESSION


def findings(team: Team) -> Iterator[Finding]:
    for index, model in enumerate(team.models):
        for at, problem in (*_intersections(model), *_condition(model)):
            yield ("models", index, "monitoring", "fairness", *at), problem


def _intersections(model: Model) -> Iterator[Finding]:
    """Of sensitive features, each at most once; in whatever order they stand, the groups are the same."""
    sensitive = ", ".join(model.sensitive) or "none, no feature is sensitive"
    seen: set[frozenset[str]] = set()
    for index, features in enumerate(model.monitoring.fairness.intersections):
        for place, feature in enumerate(features):
            at = ("intersections", index, place)
            if feature not in model.sensitive:
                yield at, f"found {feature!r}, which is no sensitive feature; accepted: {sensitive}"
            elif feature in features[:place]:
                yield at, f"found {feature!r} a second time; accepted: each feature once"
        if frozenset(features) in seen:
            found = f"found {', '.join(features)} a second time"
            yield ("intersections", index), f"{found}; accepted: each intersection once, in any order"
        seen.add(frozenset(features))


def _condition(model: Model) -> Iterator[Finding]:
    """Within a group of a facet there is nothing left to compare that group with."""
    chosen = model.monitoring.fairness.conditional_on
    if chosen is None:
        return
    single = [name for name, kind in model.kinds.items() if kind not in WHOLES and name not in model.sensitive]
    accepted = f"accepted: {', '.join(single) or 'none, no other feature has single values'}"
    if model.problem == REGRESSION:
        found = f"found {chosen!r} with a regression, whose answers are numbers, none good or bad"
        yield ("conditional_on",), f"{found}; accepted: none"
    elif not model.sensitive:
        found = f"found {chosen!r} without sensitive features, of whom there is no disparity"
        yield ("conditional_on",), f"{found}; accepted: none, or sensitive features"
    elif chosen not in single:
        why = "is sensitive itself" if chosen in model.sensitive else "is no feature with single values"
        yield ("conditional_on",), f"found {chosen!r}, which {why}; {accepted}"
