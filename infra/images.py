"""Container images: one repository each, and a tag that is the content."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from constructs import Construct

from core.contracts.content import content_tag
from core.contracts.images import IMAGES, Image
from infra.part import Part
from infra.tenant import Tenant

ROOT = Path(__file__).parents[1]
KEPT_IMAGES = 30


def image_uri(tenant: Tenant, image: Image) -> str:
    registry = f"{tenant.account}.dkr.ecr.{tenant.region}.amazonaws.com"
    return f"{registry}/{tenant.names.repository(image.name)}:{_tag()}"


def image_uris(tenant: Tenant) -> dict[str, str]:
    """URI of every image, by its name."""
    return {image.name: image_uri(tenant, image) for image in IMAGES}


class Images(Part):
    """Repositories with immutable tags: what a tag means never changes, so what was tested is what runs."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        expire = {
            "rulePriority": 1,
            "description": f"Keep the newest {KEPT_IMAGES} images",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
            "action": {"type": "expire"},
        }
        for image in IMAGES:
            self.add(
                image.name.capitalize(),
                "AWS::ECR::Repository",
                {
                    "RepositoryName": self.names.repository(image.name),
                    "ImageTagMutability": "IMMUTABLE",
                    "ImageScanningConfiguration": {"ScanOnPush": True},
                    "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": key_arn},
                    "LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [expire]})},
                    "EmptyOnDelete": tenant.destroys_data,
                },
                holds_data=True,
            )


@cache
def _tag() -> str:
    """Of the sources as they lie here: the one that `containers.build` gives to what it builds of them."""
    return content_tag(ROOT)
