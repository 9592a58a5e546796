"""Work that is done again and again in the background until the launcher ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

PATIENCE_S = 2.0
log = logging.getLogger(__name__)


class Repeating:
    """Calls `work` on a thread of its own, with `pause()` real seconds between two calls."""

    def __init__(self, name: str, work: Callable[[], None], pause: Callable[[], float]) -> None:
        self._name, self._work, self._pause = name, work, pause
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()

    def start(self) -> None:
        """Begin, where it has not begun yet."""
        with self._guard:
            if self._thread is None:
                self._stopping.clear()
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End it, and wait a moment for the call under way."""
        with self._guard:
            thread, self._thread = self._thread, None
            self._stopping.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(PATIENCE_S)

    def _run(self) -> None:
        while not self._stopping.wait(max(0.0, self._pause())):
            try:
                self._work()
            except Exception:
                log.exception("%s failed", self._name)
