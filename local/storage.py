"""Objects in S3 and files in folders: how data reaches a job and how its results leave it.

Every function takes the S3 client of the role that the job runs as, so that role's permissions decide.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

STORAGE_FAULTS = (ClientError, BotoCoreError)


class NoData(Exception):
    """Nothing lies where a job was told to read."""


@dataclass(frozen=True, slots=True)
class Location:
    """
    >>> Location.of("s3://data/churn/labelled/")
    Location(bucket='data', key='churn/labelled/')
    """

    bucket: str
    key: str

    @classmethod
    def of(cls, uri: str) -> Location:
        if not uri.startswith("s3://"):
            raise ValueError(f"{uri!r} is no S3 URI: s3://<bucket>/<key>")
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return cls(bucket, key)

    def below(self, name: str) -> str:
        """Key of `name` in the folder that this location is."""
        return f"{self.key.rstrip('/')}/{name}".lstrip("/")


def download(s3: Any, uri: str, folder: Path, data_type: str = "S3Prefix", share: tuple[int, int] = (0, 1)) -> int:
    """Copy what `uri` means into `folder`; returns the number of files.

    `share` (i, n) takes every n-th object beginning with the i-th, as SageMaker shards data between hosts.
    S3Prefix: every object whose key begins with it, under its path below that folder (below the folder around it,
    where the prefix is no folder). S3Object: that object. ManifestFile: a JSON list of `{"prefix": ...}` and relative
    keys. NoData where there is nothing, ValueError for another type.
    """
    if data_type == "ManifestFile":
        objects = list(_manifest(s3, Location.of(uri)))
    elif data_type == "S3Object":
        location = Location.of(uri)
        objects = [(location, location.key.rsplit("/", 1)[-1])]
    elif data_type == "S3Prefix":
        objects = list(_below(s3, Location.of(uri)))
    else:
        raise ValueError(f"S3DataType {data_type!r} is none of S3Prefix, S3Object and ManifestFile")
    if not objects:
        raise NoData(f'No S3 objects found under S3 URL "{uri}" given in input data source.')
    folder.mkdir(parents=True, exist_ok=True)
    for location, path in objects[share[0] :: share[1]]:
        target = _inside(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(read(s3, location))
    return len(objects[share[0] :: share[1]])


def read(s3: Any, location: Location) -> bytes:
    content: bytes = s3.get_object(Bucket=location.bucket, Key=location.key)["Body"].read()
    return content


def upload(s3: Any, folder: Path, uri: str) -> list[str]:
    """Copy every file of `folder` below `uri`; returns the keys written."""
    location, keys = Location.of(uri), []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = location.below(path.relative_to(folder).as_posix())
        s3.put_object(Bucket=location.bucket, Key=key, Body=path.read_bytes())
        keys.append(key)
    return keys


def mirror(s3: Any, folder: Path, uri: str) -> None:
    """Make the objects below `uri` the files of `folder`: what is no longer a file is deleted, as checkpoints are."""
    location = Location.of(uri)
    kept = set(upload(s3, folder, uri))
    for found, _ in _below(s3, Location(location.bucket, location.below(""))):
        if found.key not in kept:
            s3.delete_object(Bucket=location.bucket, Key=found.key)


def restore(s3: Any, uri: str, folder: Path) -> None:
    """The way back of `mirror`; an empty prefix is an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        download(s3, f"{uri.rstrip('/')}/", folder)
    except NoData:
        return


def pack(folder: Path, archive: Path) -> Path:
    """`archive` (.tar.gz) with everything in `folder` at its root."""
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name)
    return archive


def unpack(archive: Path, folder: Path) -> None:
    """Members that would lie outside `folder` are refused (tarfile.OutsideDestinationError)."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")


def _below(s3: Any, location: Location) -> Iterator[tuple[Location, str]]:
    for listing in s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.key):
        for found in listing.get("Contents", ()):
            key = found["Key"]
            if not key.endswith("/"):  # the console's folders are empty objects
                yield Location(location.bucket, key), _relative(key, location.key)


def _relative(key: str, prefix: str) -> str:
    if key != prefix and (prefix == "" or prefix.endswith("/") or key.startswith(f"{prefix}/")):
        return key[len(prefix) :].lstrip("/")
    return key[prefix.rfind("/") + 1 :]


def _manifest(s3: Any, location: Location) -> Iterator[tuple[Location, str]]:
    entries = json.loads(read(s3, location))
    prefix = Location.of(entries[0]["prefix"])
    for name in entries[1:]:
        yield Location(prefix.bucket, prefix.key + name), name


def _inside(folder: Path, path: str) -> Path:
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise NoData(f"The key {path!r} would lie outside the folder of its channel.")
    return target
