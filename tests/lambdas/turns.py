"""Several handlers at once, one call at a time, in an order that the test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from lambdas.failures import Refused, Stale, Unavailable
from tests.lambdas.faults import Faults

DEADLOCK_S = 20


class Turns:
    """Runs each task in a thread; before every call to a port the schedule says who goes on."""

    def __init__(self, faults: Faults, schedule: Iterator[int]) -> None:
        self._schedule, self._faults = schedule, faults
        self._turn = threading.Condition()
        self._waiting: list[int] = []
        self._current: int | None = None
        self._names: dict[int, int] = {}
        self._left = 0
        self.failures: list[BaseException] = []

    def run(self, tasks: Sequence[Callable[[], object]]) -> None:
        self._left = len(tasks)
        self._faults.pause = self._pause
        threads = [threading.Thread(target=self._take, args=(number, task)) for number, task in enumerate(tasks)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLOCK_S)
            assert not thread.is_alive(), "a handler hangs"
        self._faults.pause = lambda name: None

    def _take(self, number: int, task: Callable[[], object]) -> None:
        self._names[threading.get_ident()] = number
        try:
            self._pause("begin")
            task()
        except (Unavailable, Refused, Stale):
            pass  # the queue would deliver it again
        except BaseException as failure:  # noqa: BLE001 - handed to the test
            self.failures.append(failure)
        finally:
            with self._turn:
                self._left -= 1
                self._current = None
                self._choose()

    def _pause(self, name: str) -> None:
        """Wait for the turn; it is given when every handler that is left waits."""
        number = self._names[threading.get_ident()]
        with self._turn:
            self._waiting.append(number)
            self._current = None
            self._choose()
            assert self._turn.wait_for(lambda: self._current == number, DEADLOCK_S), "no turn came"

    def _choose(self) -> None:
        if self._current is None and self._waiting and len(self._waiting) == self._left:
            self._waiting.sort()
            self._current = self._waiting.pop(next(self._schedule, 0) % len(self._waiting))
            self._turn.notify_all()
