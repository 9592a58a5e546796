"""Which rows a training run learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.contracts.capture import hour_folder
from core.contracts.environment import PrepareEnvironment

NONE = "none"
AFTER_ANY_FILE = "0"
"""Follows the slash in order, so that `<hour>0` is behind every key in the folder of that hour."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The labelled data set or not, and labelled requests of [start, end)."""

    labelled: bool
    start: datetime | None
    """None: no requests at all."""
    end: datetime | None = None
    """None: up to the newest."""
    without: tuple[str, ...] = ()
    """Features that are left empty in every row, so that the model cannot lean on them: a source that has died."""

    @classmethod
    def read(cls, job: PrepareEnvironment) -> Selection:
        """`all`: everything labelled; `recent`: requests of the window only. Raises ValueError for anything else."""
        start, end = _time("RECENT_FROM", job.recent_from), _time("RECENT_UNTIL", job.recent_until)
        if job.train_on not in ("all", "recent"):
            raise ValueError(f"TRAIN_ON is {job.train_on!r}; accepted are 'all' and 'recent'")
        if job.train_on == "recent" and (start is None or end is None):
            raise ValueError("TRAIN_ON is 'recent', so RECENT_FROM and RECENT_UNTIL must be times")
        if start and end and start >= end:
            raise ValueError(f"RECENT_FROM {job.recent_from} is not before RECENT_UNTIL {job.recent_until}")
        without = () if job.without == NONE else tuple(name for name in job.without.split(",") if name)
        return cls(job.train_on == "all", start, end, without)

    def columns_without(self, names: Sequence[str]) -> list[int]:
        """Of the features in their order, those that are left empty. Raises ValueError for one that is none of them,
        and where no feature would be left."""
        unknown = [name for name in self.without if name not in names]
        if unknown:
            raise ValueError(f"WITHOUT names {', '.join(unknown)}; accepted are {', '.join(names)}")
        if set(self.without) >= set(names):
            raise ValueError("WITHOUT names every feature; a model needs one at least")
        return [position for position, name in enumerate(names) if name in self.without]

    def holds(self, at: datetime) -> bool:
        return self.start is not None and self.start <= at and (self.end is None or at < self.end)

    @property
    def first_hour(self) -> str:
        """Folder from which on requests, and labels for them, can lie."""
        return hour_folder(self.start) if self.start else ""

    def behind_last_hour(self, late: timedelta = timedelta()) -> str:
        """Behind every folder in which requests can lie that are written so late: one hour more."""
        return hour_folder(self.end + late + timedelta(hours=1)) + AFTER_ANY_FILE if self.end else ""


def _time(name: str, text: str) -> datetime | None:
    if text == NONE:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}; accepted is a time in ISO 8601, or {NONE!r}") from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
