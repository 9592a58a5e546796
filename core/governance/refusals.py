"""What AWS said when it refused the hourly deployment, and of what people have to know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

NOTHING_TO_DO = "No updates are to be performed"
"""CloudFormation's words for a deployment that changes nothing (UpdateStack)."""
PASSES = "_IN_PROGRESS state"
"""It says so while another deployment is under way, and accepts the next one."""
TELLS_APART = re.compile(r"[0-9a-f]{8,}(-[0-9a-f]{4,})*", re.IGNORECASE)
"""Ids of requests and sessions, which differ each time."""
REASONS_MAX = 20
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """One hour's."""

    code: str
    message: str
    at: datetime
    receipt: str = ""
    """By which the queue knows it."""

    @property
    def reason(self) -> str:
        """The same for the same trouble in another hour.

        >>> hour = datetime(2026, 11, 20, 9)
        >>> Refusal("AccessDenied", "User x/0123456789abcdef may not", hour).reason
        'AccessDenied: User x/* may not'
        """
        return f"{self.code}: {TELLS_APART.sub('*', self.message)}"[:LONGEST_REASON]


def news(told: tuple[str, ...], refusals: Iterable[Refusal]) -> tuple[tuple[str, ...], tuple[Refusal, ...]]:
    """Of which reasons people know now, and the refusals to tell them of: each reason once, until CloudFormation has
    found nothing to do, which says that it is over."""
    new = []
    for refusal in sorted(refusals, key=lambda each: each.at):
        if NOTHING_TO_DO in refusal.message:
            told = ()
        elif PASSES not in refusal.message and refusal.reason not in told:
            told = (*told, refusal.reason)[-REASONS_MAX:]
            new.append(refusal)
    return told, tuple(new)
