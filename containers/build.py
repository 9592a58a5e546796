"""Build the images with the local container engine: `python -m containers.build [options of docker build]`.

Each image gets the names `homeostat/<image>`, which the embedded AWS runs, and `homeostat/<image>:<tag>` with the tag
of its content, under which a team's repository expects it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from core.contracts.content import content_tag
from core.contracts.images import IMAGES

ROOT = Path(__file__).parents[1]


def commands(tag: str, options: Sequence[str]) -> list[list[str]]:
    """One build for each image. `options` are passed on, for example `--build-arg BASE=...@sha256:...`."""
    names = {image: f"homeostat/{image.name}" for image in IMAGES}
    shared = ["docker", "build", *options, "--file", "containers/Dockerfile"]
    shared += ["--label", f"org.opencontainers.image.version={tag}"]
    return [
        [*shared, "--target", image.name, "--tag", names[image], "--tag", f"{names[image]}:{tag}", "."]
        for image in IMAGES
    ]


def main(options: Sequence[str]) -> str | None:
    """None when all are built, else a sentence that says what to do."""
    if shutil.which("docker") is None:
        return "there is no `docker` here: install a container engine with Docker's command line, or let CI build"
    for command in commands(content_tag(ROOT), options):
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return f"not built: {' '.join(command)}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
