"""One launcher for a home: the lock that says so, and the sentence for the second one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class HomeUnusable(Exception):
    """The home cannot be used; the message is one sentence about why and what to do."""


@contextmanager
def claimed(home: Path) -> Iterator[None]:
    """Hold the home's lock; the system releases it however the process ends."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(home, error) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(lock, 20).decode() or "unknown"
            text = f"An embedded AWS (process {pid}) already runs in {home}: stop it or choose another home."
            raise HomeUnusable(text) from None
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        except OSError as error:
            raise unwritable(home, error) from None
        yield
    finally:
        os.close(lock)


def unwritable(home: Path, error: OSError) -> HomeUnusable:
    """The sentence for a home that is read-only or on a full disk."""
    return HomeUnusable(f"The folder {home} cannot be written ({error.strerror}): make room or choose another home.")
