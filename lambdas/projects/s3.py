"""`ports.Files` in S3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from lambdas.calls import Calls
from lambdas.failures import Unavailable


class S3Files:
    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def read(self, bucket: str, key: str) -> bytes:
        from botocore.exceptions import HTTPClientError

        answer = self._calls.ask(self._client.get_object, Bucket=bucket, Key=key)
        try:
            content: bytes = answer["Body"].read()
        except HTTPClientError as error:
            raise Unavailable(f"s3://{bucket}/{key}: {error}") from error
        return content

    def write(self, bucket: str, key: str, content: bytes, tags: Mapping[str, str]) -> None:
        self._calls.ask(self._client.put_object, Bucket=bucket, Key=key, Body=content, Tagging=urlencode(tags))

    def delete(self, bucket: str, key: str) -> None:
        self._calls.ask(self._client.delete_object, Bucket=bucket, Key=key)
