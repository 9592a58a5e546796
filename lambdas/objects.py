"""Small objects in S3."""

from __future__ import annotations

from typing import Any

from lambdas.calls import Calls
from lambdas.failures import NotThere, Unavailable

OBJECT_MAX = 2 * 1024 * 1024
"""Bytes. A report of some hundred features has a few hundred kilobytes."""


class TooLarge(ValueError):
    """The object is larger than `OBJECT_MAX`."""


class Objects:
    """Reads and writes whole objects of one bucket."""

    def __init__(self, calls: Calls, client: Any, bucket: str) -> None:
        self._calls, self._client, self.bucket = calls, client, bucket

    def get(self, key: str) -> bytes | None:
        """The object, None where there is none. Raises TooLarge, Unavailable."""
        from botocore.exceptions import HTTPClientError

        try:
            answer = self._calls.ask(self._client.get_object, Bucket=self.bucket, Key=key)
        except NotThere:
            return None
        if answer["ContentLength"] > OBJECT_MAX:
            raise TooLarge(f"s3://{self.bucket}/{key} has {answer['ContentLength']} bytes; accepted are {OBJECT_MAX}")
        try:
            content: bytes = answer["Body"].read()
        except HTTPClientError as error:
            raise Unavailable(f"s3://{self.bucket}/{key}: {error}") from error
        return content

    def put(self, key: str, content: str) -> None:
        self._calls.ask(
            self._client.put_object,
            Bucket=self.bucket,
            Key=key,
            Body=content.encode(),
            ContentType="application/json",
        )
