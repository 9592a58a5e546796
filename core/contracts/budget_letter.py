"""The letter that AWS Budgets publishes to a topic when actual costs have passed a threshold.

It is English text (Cost Management guide, "Creating an Amazon SNS topic for budget notifications"), not JSON; its lines
of name and value have kept their form for years. It is taken for a hint: no amount is read from it, because AWS
Budgets itself can be asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core.contracts.events import NotThisEvent

LETTER_MAX = 8192
"""Characters; real ones have some 700."""
ALERT = "ACTUAL"
_LINE = re.compile(
    r"^(AWS Budget Notification|AWS Account|Budget Name|Alert Type):? (.{1,120}?)[ \t\r]*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class BudgetReached:
    """Which budget, of which account, published to which topic, on which day."""

    topic: str
    account: str
    budget: str
    day: date

    @classmethod
    def parse(cls, envelope: object) -> BudgetReached:
        """From the envelope in which SNS puts a message into a queue. Raises NotThisEvent."""
        topic, letter = _opened(envelope)
        found = _LINE.findall(letter)
        lines = dict(found)
        if not len(found) == len(lines) == 4:
            names = ", ".join(name for name, _ in found) or "none"
            raise NotThisEvent(f"expected a budget's letter, with each of its lines once; found {names}")
        if lines["Alert Type"] != ALERT:
            raise NotThisEvent(f"the letter is about {lines['Alert Type'][:40]!r} costs, not {ALERT!r}")
        day = _day(lines["AWS Budget Notification"])
        return cls(topic, lines["AWS Account"], lines["Budget Name"], day)


def _opened(envelope: object) -> tuple[str, str]:
    if not isinstance(envelope, Mapping) or envelope.get("Type") != "Notification":
        raise NotThisEvent("the message is not a notification of SNS")
    topic, letter = envelope.get("TopicArn"), envelope.get("Message")
    if not isinstance(topic, str) or not isinstance(letter, str) or len(letter) > LETTER_MAX:
        raise NotThisEvent(f"the notification has no topic, or no letter of at most {LETTER_MAX} characters")
    return topic, letter


def _day(text: str) -> date:
    """As in 'June 27, 2026'."""
    try:
        return datetime.strptime(text, "%B %d, %Y").date()  # noqa: DTZ007 - a day, of no zone
    except ValueError:
        raise NotThisEvent(f"the letter's date is not a day: {text[:40]!r}") from None
