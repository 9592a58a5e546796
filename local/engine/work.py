"""What an engine is asked to run, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Work:
    """One run of an image, as SageMaker asks its container engine for it.

    `root` is the folder that the program sees as /opt/ml; `entrypoint`, where given, replaces the image's own.
    """

    image: str
    root: Path
    environment: Mapping[str, str]
    entrypoint: Sequence[str] = ()
    arguments: Sequence[str] = ()


class Running(Protocol):
    """A program that was started; `local.processes.Process` is one."""

    @property
    def exit_code(self) -> int | None:
        """None while it runs; 137 where SIGKILL ended it."""

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Exit code; None where it still runs after `timeout_s`."""

    def terminate(self) -> None:
        """Ask it to end: SIGTERM."""

    def stop(self, grace_s: float) -> None:
        """SIGTERM, and SIGKILL after `grace_s`; returns when it is gone."""
