"""What putting a project's files in place needs from the outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Files(Protocol):
    """Objects in S3."""

    def read(self, bucket: str, key: str) -> bytes:
        """Raises NotThere, Unavailable."""

    def write(self, bucket: str, key: str, content: bytes, tags: Mapping[str, str]) -> None: ...

    def delete(self, bucket: str, key: str) -> None:
        """Nothing where it is gone already."""
