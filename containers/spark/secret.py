"""What the hosts of one job know and nobody else: by it they take each other in, and encrypt what they say."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from containers.spark.cluster import PATIENCE_S

BYTES = 32
LOOK_S = 1.0


class Store(Protocol):
    """Of `containers.shell`."""

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None: ...
    def fetch_optional(self, uri: str, destination: Path) -> bool: ...


def made(uri: str, store: Store) -> str:
    """By the first host, for this job alone. Who reads objects there is said by the bucket's policy."""
    secret = secrets.token_hex(BYTES)
    store.put(uri, secret.encode(), "text/plain")
    return secret


def awaited(uri: str, store: Store, patience_s: float = PATIENCE_S, look_s: float = LOOK_S) -> str:
    """By the other hosts. Raises TimeoutError where the first one does not leave it."""
    until = time.monotonic() + patience_s
    with TemporaryDirectory() as folder:
        file = Path(folder) / "secret"
        while not store.fetch_optional(uri, file):
            if time.monotonic() > until:
                raise TimeoutError(f"the first host did not begin within {patience_s:g} s: nothing lies at {uri}")
            time.sleep(look_s)
        return file.read_text(encoding="utf-8")
