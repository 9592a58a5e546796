"""An hour of the embedded AWS lasts as long as enough requests need, also on a machine that gets busy meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

LONGEST_HOUR_S = 30.0
MARGIN = 1.25
MOST = 2
"""Times the answers that an hour needs. Patients are few: in a window of thousands each comes many times, and what the
monitor takes for proof is one patient counted over and over."""


class Clocked(Protocol):
    """The embedded AWS, as far as it matters here."""

    hour_seconds: float

    def pace(self, hour_seconds: float) -> None: ...


@dataclass
class Pace:
    """Counts the answers of an hour, one hour after the other. Where they are too few, the next hours last longer."""

    aws: Clocked
    needed: int
    """Answers in an hour."""
    tell: Callable[[str], object]
    _begun: tuple[float, int] | None = field(default=None, init=False)

    def deployed(self, factor: float) -> None:
        """The deployment took `factor` times as long as usual."""
        if factor > 1.5:
            self._lengthen(factor)

    def counted(self, at_s: float, answers: int) -> float:
        """So many answers have come until this moment. Seconds in which no other is asked for: the hour has enough."""
        begun_s, before = self._begun = self._begun or (at_s, answers)
        left_s = begun_s + self.aws.hour_seconds - at_s
        if left_s > 0:
            return left_s if answers - before >= MOST * self.needed else 0.0
        an_hour = (answers - before) * self.aws.hour_seconds / (at_s - begun_s)
        self._begun = at_s, answers
        if an_hour < self.needed:
            self._lengthen(MARGIN * self.needed / max(1.0, an_hour))
        return 0.0

    def _lengthen(self, factor: float) -> None:
        wanted = round(min(LONGEST_HOUR_S, self.aws.hour_seconds * factor), 1)
        if wanted > self.aws.hour_seconds:
            self.aws.pace(wanted)
            self.tell(f"this machine is slow or busy: an hour lasts {wanted:.1f} s from now on")
