"""Container images without containers: which program an image URI stands for.

The image is the last part of the repository's path (`.../demo-dev/train:tag` is `train`). The images of this platform
are `core.contracts.images`, run from the repository's root. `<home>/images.json` adds or replaces some:
`{"train": {"entrypoint": ["python", "-m", "my.train"], "folder": "/path"}}`. For those of teams see `local.own_images`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.contracts.images import EVERY, SPARK
from local import settings

ROOT = Path(__file__).resolve().parents[1]
REGISTER = "images.json"
PACKAGES = {SPARK: ROOT / "build" / "spark"}
"""Folders with packages that one image alone has (`make spark`)."""


class NoSuchImage(Exception):
    """SageMaker could not pull the image."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run for an image, and in which folder."""

    entrypoint: tuple[str, ...]
    folder: Path
    packages: Path | None = None
    """Folder with packages that are not this interpreter's."""

    def command(self, entrypoint: Sequence[str] = (), arguments: Sequence[str] = ()) -> list[str]:
        """As `docker run` puts it together; `python` is the interpreter that runs this process."""
        first, *rest = [*(entrypoint or self.entrypoint), *arguments]
        return [sys.executable if first in ("python", "python3") else first, *rest]


def program(uri: str) -> Program:
    """NoSuchImage names the images that there are."""
    known = {image.name: Program(image.entrypoint, ROOT, PACKAGES.get(image)) for image in EVERY}
    register = settings.current().home / REGISTER
    if register.exists():
        for name, entry in json.loads(register.read_text()).items():
            known[name] = Program(tuple(entry["entrypoint"]), Path(entry["folder"]))
    name = name_of(uri)
    if name not in known:
        raise NoSuchImage(
            "Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect: "
            f"{uri} names {name!r}, and the images here are {', '.join(sorted(known))}."
        )
    return known[name]


def name_of(uri: str) -> str:
    """
    >>> name_of("111122223333.dkr.ecr.eu-west-1.amazonaws.com/risk-dev/train:0a1b")
    'train'
    """
    return uri.rsplit("/", 1)[-1].split("@")[0].split(":")[0]
