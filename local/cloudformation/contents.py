"""CloudFormation deletes no bucket that holds something; ministack deletes it with its contents."""

from __future__ import annotations

from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

HOOKS = (
    "ministack.services.s3:_buckets _bucket_has_versions",
    "ministack.services.cloudformation.provisioners:_RESOURCE_HANDLERS",
)
BUCKET = "AWS::S3::Bucket"


def install() -> None:
    handlers = provisioners._RESOURCE_HANDLERS[BUCKET]
    native = handlers["delete"]

    def delete(name: str, properties: dict[str, Any]) -> None:
        bucket = s3._buckets.get(name)
        if bucket is not None and (bucket["objects"] or s3._bucket_has_versions(name)):
            raise ValueError(f"The bucket you tried to delete is not empty: {name} (BucketNotEmpty)")
        native(name, properties)

    provisioners._RESOURCE_HANDLERS[BUCKET] = {**handlers, "delete": delete}
