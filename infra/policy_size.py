"""How long IAM lets policies be, and how statements are laid out over several where one would be too long."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from infra.references import MARK
from infra.statements import Statement, document

INLINE, MANAGED = 10_240, 6_144
"""Characters without white space: all inline policies of a role together, and one managed policy (IAM quotas)."""
LONGEST_ID = 90
"""What AWS generates and a policy names: the ARN of a key is about as long as it gets."""


def length(policy: Any) -> int:
    """Characters of a document once every reference in it is an id.

    >>> length(document([]))
    38
    """
    return len(MARK.sub("x" * LONGEST_ID, json.dumps(policy, separators=(",", ":"))))


def laid_out(statements: Iterable[Statement]) -> tuple[list[Statement], list[list[Statement]]]:
    """What goes into the role itself, and what goes into managed policies beside it; the order is kept."""
    own: list[Statement] = []
    beside: list[list[Statement]] = []
    for statement in statements:
        if not beside and length(document([*own, statement])) <= INLINE:
            own.append(statement)
        elif beside and length(document([*beside[-1], statement])) <= MANAGED:
            beside[-1].append(statement)
        else:
            beside.append([statement])
    return own, beside
