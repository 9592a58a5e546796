"""Objects in S3 to files, and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from containers.shell.clients import client
from containers.shell.errors import Absent, asking

MOST_OBJECTS = 100_000
"""A prefix with more objects than this is refused: it is not the prefix that was meant."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing."""

    bucket: str
    key: str
    size: int

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def fetch(uri: str, destination: Path) -> list[Path]:
    """Copy an object to the file `destination`, or a prefix (a URI that ends in a slash) to the folder.

    Returns the files written. Raises Absent where there is no object.
    """
    bucket, key = split(uri)
    if not uri.endswith("/"):
        return [
            _download(Listed(bucket, key, 0), destination / Path(key).name if destination.is_dir() else destination)
        ]
    found = [listed for listed in objects(uri) if not listed.key.endswith("/")]
    if not found:
        raise Absent(f"cannot read {uri}: no object lies there")
    return [_download(listed, _below(destination, listed.key.removeprefix(key))) for listed in found]


def fetch_optional(uri: str, destination: Path) -> bool:
    """Like `fetch`; False where there is no object."""
    try:
        fetch(uri, destination)
    except Absent:
        return False
    return True


def put(uri: str, content: Path | bytes, content_type: str) -> None:
    """Write one object, from a file or from memory. The bucket's default encryption applies."""
    bucket, key = split(uri)
    with asking(f"write {uri}"):
        if isinstance(content, Path):
            client("s3").upload_file(str(content), bucket, key, ExtraArgs={"ContentType": content_type})
        else:
            client("s3").put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type)


def objects(uri: str) -> Iterator[Listed]:
    """Every object below a prefix, in order of keys."""
    bucket, prefix = split(uri)
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    count = 0
    with asking(f"list {uri}"):
        for page in pages:
            for item in page.get("Contents", ()):
                count += 1
                if count > MOST_OBJECTS:
                    raise ValueError(f"more than {MOST_OBJECTS} objects lie below {uri}")
                yield Listed(bucket, item["Key"], item["Size"])


def split(uri: str) -> tuple[str, str]:
    """
    >>> split("s3://demo-models/churn/model.tar.gz")
    ('demo-models', 'churn/model.tar.gz')
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"{uri!r} is not of the form s3://bucket/key")
    return bucket, key


def _download(listed: Listed, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with asking(f"read {listed.uri}"):
        client("s3").download_file(listed.bucket, listed.key, str(file))
    return file


def _below(folder: Path, relative: str) -> Path:
    """A key may hold `..`: it must not lead out of the folder."""
    file = folder / relative
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"the key {relative!r} leads out of its folder")
    return file
