"""What is asked of a handler by a schedule, by a person, or by another handler: written straight into its queue.

Each names an endpoint (`ModelNames.endpoint`), which says of which team and environment its model is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from core.contracts.event_fields import NotThisEvent, as_time, expect, text_at, value_at

DAYS = "detail.recentDays"


@dataclass(frozen=True, slots=True)
class RetrainingDue:
    """The schedule asks for a retraining, whatever the alarms say. (endpoint, at) identifies it, hence the episode."""

    endpoint: str
    at: datetime

    SOURCE: ClassVar = "homeostat"
    DETAIL_TYPE: ClassVar = "Retraining Due"

    @classmethod
    def body(cls, endpoint: str, at: str) -> dict[str, Any]:
        """`at`: when it was due, as ISO 8601; EventBridge Scheduler fills that in."""
        return {"source": cls.SOURCE, "detail-type": cls.DETAIL_TYPE, "detail": {"endpoint": endpoint, "at": at}}

    @classmethod
    def parse(cls, event: object) -> RetrainingDue:
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls(text_at(event, "detail.endpoint", 63), as_time(text_at(event, "detail.at", 40), "detail.at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingAsked:
    """A person asks for a retraining. (endpoint, id) identifies the request, hence the episode."""

    endpoint: str
    id: str
    """Of the request, chosen by whoever makes it."""
    at: datetime
    by: str
    """Who asks, as they say: whoever may write to the queue may ask."""
    why: str
    train_on: str
    recent_days: int
    """Requests of so many days before it are learned from."""
    without: tuple[str, ...] = ()
    """Features that the model must not lean on."""

    SOURCE: ClassVar = "homeostat"
    DETAIL_TYPE: ClassVar = "Retraining Asked"
    TRAIN_ON: ClassVar = ("all", "recent")
    LONGESTDAYS: ClassVar = 365
    MOST_FEATURES: ClassVar = 100

    def body(self) -> dict[str, Any]:
        detail = {
            "endpoint": self.endpoint,
            "id": self.id,
            "at": self.at.isoformat(),
            "by": self.by,
            "why": self.why,
            "trainOn": self.train_on,
            "recentDays": self.recent_days,
            "without": list(self.without),
        }
        return {"source": self.SOURCE, "detail-type": self.DETAIL_TYPE, "detail": detail}

    @classmethod
    def parse(cls, event: object) -> RetrainingAsked:
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        id, train_on, days = (
            text_at(event, "detail.id", 64),
            text_at(event, "detail.trainOn", 16),
            value_at(event, DAYS),
        )
        if not re.fullmatch(r"[A-Za-z0-9-]{8,64}", id):
            raise NotThisEvent(f"'detail.id' is not 8 to 64 letters, digits and hyphens: {id[:40]!r}")
        if train_on not in cls.TRAIN_ON:
            raise NotThisEvent(f"'detail.trainOn' is {train_on!r}, not one of {', '.join(cls.TRAIN_ON)}")
        if type(days) is not int or not 1 <= days <= cls.LONGESTDAYS:
            raise NotThisEvent(f"{DAYS!r} is not a whole number from 1 to {cls.LONGESTDAYS}: {str(days)[:40]}")
        return cls(
            endpoint=text_at(event, "detail.endpoint", 63),
            id=id,
            at=as_time(text_at(event, "detail.at", 40), "detail.at"),
            by=text_at(event, "detail.by", 256),
            why=text_at(event, "detail.why", 512),
            train_on=train_on,
            recent_days=days,
            without=cls._features(value_at(event, "detail.without")),
        )

    @classmethod
    def _features(cls, found: object) -> tuple[str, ...]:
        named = isinstance(found, list) and all(isinstance(each, str) and 0 < len(each) <= 64 for each in found)
        if not named or len(found) > cls.MOST_FEATURES:  # type: ignore[arg-type]
            raise NotThisEvent(f"'detail.without' is not a list of features: {str(found)[:60]}")
        return tuple(found)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class SwitchWanted:
    """The ledger wants another version of a model in service. A hint: what is wanted says the ledger."""

    endpoint: str

    SOURCE: ClassVar = "homeostat"
    DETAIL_TYPE: ClassVar = "Switch Wanted"

    def body(self) -> dict[str, Any]:
        return {"source": self.SOURCE, "detail-type": self.DETAIL_TYPE, "detail": {"endpoint": self.endpoint}}

    @classmethod
    def parse(cls, event: object) -> SwitchWanted:
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls(text_at(event, "detail.endpoint", 63))
