"""Container images: one repository each, and a tag that is the content."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from constructs import Construct

from core.contracts.images import IMAGES, Image
from infra.part import Part
from infra.tenant import Tenant

ROOT = Path(__file__).parents[1]
SOURCES = ("containers", "core")
KEPT_IMAGES = 30


@cache
def content_tag() -> str:
    """Hash of everything that goes into the images: the same content has the same tag, another content another one."""
    digest = hashlib.sha256()
    files = (path for folder in SOURCES for path in (ROOT / folder).rglob("*"))
    for path in sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def image_uri(tenant: Tenant, image: Image) -> str:
    registry = f"{tenant.account}.dkr.ecr.{tenant.region}.amazonaws.com"
    return f"{registry}/{tenant.names.repository(image.name)}:{content_tag()}"


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
