"""Build the images with the local container engine: `python -m containers.build [images] [options of docker build]`.

Where none is named, those that every team has.

Each image gets the names `homeostat/<image>`, which the embedded AWS runs, and `homeostat/<image>:<tag>` with the tag
of its content, under which a team's repository expects it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from core.contracts.content import content_tag
from core.contracts.images import EVERY, IMAGES, Image

ROOT = Path(__file__).parents[1]


def commands(tag: str, options: Sequence[str], images: Sequence[Image] = IMAGES) -> list[list[str]]:
    """One build for each image. `options` are passed on, for example `--build-arg BASE=...@sha256:...`."""
    names = {image: f"homeostat/{image.name}" for image in images}
    shared = ["docker", "build", *options, "--file", "containers/Dockerfile"]
    shared += ["--label", f"org.opencontainers.image.version={tag}"]
    return [
        [*shared, "--target", image.name, "--tag", names[image], "--tag", f"{names[image]}:{tag}", "."]
        for image in images
    ]


def chosen(arguments: Sequence[str]) -> tuple[Sequence[Image], Sequence[str]]:
    """The images that are named at the beginning, and the options after them."""
    known = {image.name: image for image in EVERY}
    named = list(takewhile(known.__contains__, arguments))
    return [known[name] for name in named] or IMAGES, arguments[len(named) :]


def main(arguments: Sequence[str]) -> str | None:
    """None when all are built, else a sentence that says what to do."""
    if shutil.which("docker") is None:
        return "there is no `docker` here: install a container engine with Docker's command line, or let CI build"
    images, options = chosen(arguments)
    for command in commands(content_tag(ROOT), options, images):
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return f"not built: {' '.join(command)}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
