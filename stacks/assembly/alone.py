"""One run after the other, where two would write into the same folder."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(root: Path, what: str) -> Iterator[None]:
    """Waits until nobody else is in here for `what`. The system opens the lock, which lies in `root`, when we end."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / f"lock-{hashlib.sha256(what.encode()).hexdigest()[:16]}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
