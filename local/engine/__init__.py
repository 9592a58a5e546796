"""How images run: as processes of this machine, or as containers where `--engine docker` asks for them.

An extension as `local.extensions` describes it: a launch with an engine that is not there is refused, and no
container outlives the launch.
"""

from __future__ import annotations

from collections.abc import Callable

from local import settings
from local.engine import docker, process
from local.engine.work import Running, Work

__all__ = ["Running", "Work", "install", "run", "stop"]


def run(work: Work, on_line: Callable[[str], None], on_exit: Callable[[], None] = lambda: None) -> Running:
    """Run an image on the engine of this launch; `on_line` gets each line of its output, `on_exit` comes after them.

    Raises `local.images.NoSuchImage` where there is no such image.
    """
    if _containers():
        return docker.start(work, on_line, on_exit)
    return process.start(work, on_line, on_exit)


def install() -> None:
    if _containers():
        docker.require()
        docker.remove_containers()  # of an earlier run that was killed


def stop() -> None:
    if _containers():
        docker.remove_containers()


def _containers() -> bool:
    return settings.current().engine == "docker"
