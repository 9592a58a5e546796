"""Container images: one repository each, and a tag that is the content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from constructs import Construct

from core.config.model import Model
from core.contracts.content import content_tag
from core.contracts.images import Image
from infra.part import Part
from infra.tenant import Tenant

ROOT = Path(__file__).parents[1]
DOCKERFILE = "containers/Dockerfile"
UNUSED_DAYS = 365
"""Longer than an endpoint goes without a new instance, which pulls its image. A number of images is no such bound."""

FROM_ECR = (
    "Images lie in ECR, encrypted, scanned and immutable, not on a registry server inside the VPC: that would be one "
    "more server to patch and back up. They are pulled by content tags over ECR's private endpoints, whose policies "
    "let only this account through (docs/decisions/0010)."
)


@dataclass(frozen=True, slots=True)
class Built:
    """One image as a build makes it: where it goes, and what it is made of."""

    name: str
    repository: str
    tag: str
    dockerfile: str
    """Relative to the folder of its sources."""
    target: str | None = None
    """Stage of the Dockerfile; the last one, where none is named."""
    folder: Path | None = None
    """The team's own folder of sources; None for the platform's sources."""


def built_images(tenant: Tenant) -> tuple[Built, ...]:
    """The platform's images and the team's own. Raises LookupError where one of the team's has no sources."""
    names = tenant.names
    needed = tenant.team.platform_images
    platform = (Built(each.name, names.repository(each.name), _tag(), DOCKERFILE, each.name) for each in needed)
    return (*platform, *_own(tenant))


def image_uri(tenant: Tenant, image: Image) -> str:
    return _uri(tenant, image.name, _tag())


def image_uris(tenant: Tenant) -> dict[str, str]:
    """URI of each of the platform's images that the team needs, by its name."""
    return {image.name: image_uri(tenant, image) for image in tenant.team.platform_images}


def own_image_uris(tenant: Tenant) -> dict[str, str]:
    """URI of each of the team's own images, by its name."""
    return {image.name: _uri(tenant, image.name, image.tag) for image in _own(tenant)}


def training_uris(tenant: Tenant, model: Model) -> dict[str, str]:
    """URI of each image that the model's pipeline may run, by its name: the platform's, and the one of the team's own
    that trains it. No other one of the team's: a change of it would be none of this pipeline's business."""
    own = {name: uri for name, uri in own_image_uris(tenant).items() if name == model.training.image}
    return {**image_uris(tenant), **own}


class Images(Part):
    """Repositories with immutable tags: what a tag means never changes, so what was tested is what runs.

    They have no policy of their own: nobody but roles of this account reaches them, each by what it is granted.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        expire = {
            "rulePriority": 1,
            "description": f"Images go when nobody has pulled them for {UNUSED_DAYS} days",
            "selection": {
                "tagStatus": "any",
                "countType": "sinceImagePulled",
                "countUnit": "days",
                "countNumber": UNUSED_DAYS,
            },
            "action": {"type": "expire"},
        }
        for image in built_images(tenant):
            self.add(
                "".join(part.capitalize() for part in image.name.split("-")),
                "AWS::ECR::Repository",
                {
                    "RepositoryName": image.repository,
                    "ImageTagMutability": "IMMUTABLE",
                    "ImageScanningConfiguration": {"ScanOnPush": True},
                    "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": key_arn},
                    "LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [expire]})},
                    "EmptyOnDelete": tenant.destroys_data,
                },
                holds_data=True,
                acknowledges={"SM-15": FROM_ECR},
            )


def _own(tenant: Tenant) -> Iterator[Built]:
    for image in tenant.team.images:
        folder = (tenant.home / image.folder).resolve()
        if not (folder / "Dockerfile").is_file():
            raise LookupError(f"image {image.name!r} of team {tenant.team.team!r} has no Dockerfile in {folder}")
        yield Built(image.name, tenant.names.repository(image.name), _own_tag(folder), "Dockerfile", folder=folder)


def _uri(tenant: Tenant, name: str, tag: str) -> str:
    registry = f"{tenant.account}.dkr.ecr.{tenant.region}.amazonaws.com"
    return f"{registry}/{tenant.names.repository(name)}:{tag}"


@cache
def _tag() -> str:
    """Of the sources as they lie here: the one that `containers.build` gives to what it builds of them."""
    return content_tag(ROOT)


@cache
def _own_tag(folder: Path) -> str:
    return content_tag(folder, (".",))
