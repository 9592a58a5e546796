"""How images run: as processes of this machine, or as containers where `--engine docker` asks for them."""

from __future__ import annotations

from collections.abc import Callable

from local import settings
from local.engine.work import Running, Work

__all__ = ["Running", "Work", "start"]


def start(work: Work, on_line: Callable[[str], None], on_exit: Callable[[], None] = lambda: None) -> Running:
    """Run an image on the engine of this launch; `on_line` gets each line of its output, `on_exit` comes after them.

    Raises `local.images.NoSuchImage` where there is no such image.
    """
    if settings.current().engine == "docker":
        from local.engine import docker

        return docker.start(work, on_line, on_exit)
    from local.engine import process

    return process.start(work, on_line, on_exit)
