"""Images as processes: the program that the image would run, with the job's folder in place of /opt/ml."""

from __future__ import annotations

from collections.abc import Callable

from core.contracts.images import BASE_DIR
from local.engine.work import Work
from local.own_images import program
from local.processes import Process


def start(work: Work, on_line: Callable[[str], None], on_exit: Callable[[], None]) -> Process:
    image = program(work.image)
    packages = {"PYTHONPATH": str(image.packages)} if image.packages else {}
    return Process(
        image.command(work.entrypoint, work.arguments),
        image.folder,
        {**work.environment, BASE_DIR: str(work.root), **packages},
        on_line,
        on_exit,
    )
