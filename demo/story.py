"""What happens, in order: the one record that the live display, the summary and the report are made from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened `at_s` seconds after the start."""

    at_s: float
    where: str
    """The part of the platform, as `EventBridge`, `lambdas/remediate`, `endpoint`."""
    text: str


@dataclass(slots=True)
class Chapter:
    """A stretch of the demonstration with a name; `end_s` is None while it lasts."""

    name: str
    start_s: float
    end_s: float | None = None


@dataclass
class Story:
    """Safe to be told from several threads."""

    chapters: list[Chapter] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    on_change: Callable[[], None] = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _start: float = field(default_factory=time.monotonic)

    def now_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def tell(self, where: str, text: str) -> Event:
        event = Event(self.now_s(), where, text)
        with self._lock:
            self.events.append(event)
        self.on_change()
        return event

    @contextmanager
    def chapter(self, name: str) -> Iterator[Chapter]:
        made = Chapter(name, self.now_s())
        with self._lock:
            self.chapters.append(made)
        self.on_change()
        try:
            yield made
        finally:
            made.end_s = self.now_s()
            self.on_change()
