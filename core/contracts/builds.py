"""A build of container images in the team's account: what it is told, and what it leaves.

infra writes the environment of the CodeBuild project, `tools/publish_images.py` reads it there and writes the digests
to `TeamNames.digests_key` of the models bucket.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from core.contracts.environment import Environment

LONGEST_ENVIRONMENT = 5500
"""Characters that all variables of a CodeBuild project may hold together."""
MOST_FOLDERS = 12
"""Secondary sources of a CodeBuild project: as many folders of its own may a team have."""


@dataclass(frozen=True)
class BuildEnvironment(Environment):
    """Variables of the CodeBuild project."""

    registry: str
    """Host of the account's ECR."""
    images: str
    """`orders_to_json`."""
    digests_uri: str
    """S3 URI of the digests."""


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """One image to build."""

    name: str
    repository: str
    tag: str
    dockerfile: str
    target: str | None = None
    source: str | None = None
    """Identifier of the secondary source that is its build context; the primary one, where none is named."""


def orders_to_json(orders: Iterable[ImageOrder]) -> str:
    """
    >>> orders_from_json(orders_to_json([ImageOrder("train", "risk-dev/train", "0a1b", "Dockerfile")]))[0].tag
    '0a1b'
    """
    told = ({name: value for name, value in asdict(order).items() if value is not None} for order in orders)
    return json.dumps(list(told), separators=(",", ":"))


def orders_from_json(text: str) -> list[ImageOrder]:
    return [ImageOrder(**order) for order in json.loads(text)]


@dataclass(frozen=True, slots=True)
class PublishedImage:
    """One image in its repository."""

    uri: str
    """With its tag."""
    digest: str
    """sha256:... of its manifest: what is pulled, whatever happens to tags."""
    scan: str
    """ECR's status of the scan for vulnerabilities: COMPLETE, or why there is none."""
    findings: Mapping[str, int]
    """Severity -> number of vulnerabilities; empty where the scan is not complete."""


def digests_to_json(images: Mapping[str, PublishedImage]) -> str:
    return json.dumps({name: asdict(image) for name, image in images.items()}, indent=2)


def digests_from_json(text: str | bytes) -> dict[str, PublishedImage]:
    """
    >>> images = {"train": PublishedImage("1.ecr/risk-dev/train:0a1b", "sha256:00", "COMPLETE", {"LOW": 2})}
    >>> digests_from_json(digests_to_json(images)) == images
    True
    """
    return {name: PublishedImage(**image) for name, image in json.loads(text).items()}
