"""What the team's file asks for and the released model does not know: it was trained before its columns were there.

The file counts as soon as it is deployed, a model only when it is released. Until then what needs a column that the
model does not take is left out of the watching, and said: all else goes on. (What the training itself looks at,
`containers.baseline.compared`, is left out there in the same way.)
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from core.contracts.policy import Rule, WatchPolicy


@dataclass(frozen=True, slots=True)
class Fitting:
    """The policy as far as the released model goes, and what that leaves out of it, in words."""

    policy: WatchPolicy
    left_out: tuple[str, ...]


def fitting(policy: WatchPolicy, columns: Collection[str]) -> Fitting:
    """`columns` are those of the released model."""
    segments = [name for name in policy.segments if name not in columns]
    rules = [rule for rule in policy.rules if not _sides(rule) <= set(columns)]
    freshness = policy.freshness
    late = freshness is not None and freshness.feature not in columns
    kept = replace(
        policy,
        segments=tuple(name for name in policy.segments if name in columns),
        rules=tuple(rule for rule in policy.rules if rule not in rules),
        freshness=None if late else freshness,
    )
    return Fitting(
        kept,
        (
            *(f"segments by {name}" for name in segments),
            *(f"the rule {rule}" for rule in rules),
            *((f"freshness by {freshness.feature}",) if late and freshness else ()),
        ),
    )


def _sides(rule: Rule) -> set[str]:
    return {side for side in (rule.left, rule.right) if isinstance(side, str)}
