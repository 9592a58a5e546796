"""Objects in S3 to files, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from boto3.s3.transfer import TransferConfig

from containers.shell.clients import client
from containers.shell.errors import Absent, AwsRefused, Changed, asking

MOST_OBJECTS = 100_000
"""A prefix with more objects than this is refused: it is not the prefix that was meant."""
AT_ONCE = 8
ATTEMPTS = 10
"""To write an object that others write as well: of some that try at once, one succeeds each time."""
ONE_THREAD = TransferConfig(use_threads=False)
"""Of each copy: many small objects are copied at the same time instead."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing."""

    bucket: str
    key: str
    size: int
    modified: datetime | None = None
    """When it was written; None where nothing was listed to find it."""

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def fetch(uri: str, destination: Path, since: str = "", until: str = "") -> list[Path]:
    """Copy an object to the file `destination`, or a prefix (a URI that ends in a slash) to the folder.

    Of a prefix, only the keys between the bounds; see `objects`. Returns the files written. Raises Absent where there
    is no object.
    """
    bucket, key = split(uri)
    if not uri.endswith("/"):
        file = destination / Path(key).name if destination.is_dir() else destination
        return [_download(Listed(bucket, key, 0), file)]
    found = [listed for listed in objects(uri, since, until) if not listed.key.endswith("/")]
    if not found:
        raise Absent(f"cannot read {uri}: no object lies there")
    files = [_below(destination, listed.key.removeprefix(key)) for listed in found]
    client("s3")  # made before the threads start: making one is not thread-safe
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch") as pool:
        return list(pool.map(_download, found, files))


def fetch_optional(uri: str, destination: Path, since: str = "", until: str = "") -> bool:
    """Like `fetch`; False where there is no object."""
    try:
        fetch(uri, destination, since, until)
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


def change(uri: str, new: Callable[[bytes | None], bytes | None], content_type: str) -> None:
    """Write one small object anew, by what is there: None, where there is none. Where `new` gives None, it stays.

    What others write meanwhile is not overwritten: it is read, and `new` asked again. Raises AwsRefused where that goes
    on and on.
    """
    bucket, key = split(uri)
    s3 = client("s3")
    for _ in range(ATTEMPTS):
        before, condition = _current(bucket, key)
        after = new(before)
        if after is None or after == before:
            return
        try:
            with asking(f"write {uri}"):
                s3.put_object(Bucket=bucket, Key=key, Body=after, ContentType=content_type, **condition)
            return
        except (Changed, Absent):
            continue
    raise AwsRefused(f"cannot write {uri}: others wrote it at the same time, {ATTEMPTS} times in a row")


def _current(bucket: str, key: str) -> tuple[bytes | None, dict[str, str]]:
    """An object, and the condition that it is still the same when another is written in its place."""
    try:
        with asking(f"read s3://{bucket}/{key}"):
            found = client("s3").get_object(Bucket=bucket, Key=key)
            return found["Body"].read(), {"IfMatch": found["ETag"]}
    except Absent:
        return None, {"IfNoneMatch": "*"}


def objects(uri: str, since: str = "", until: str = "") -> Iterator[Listed]:
    """Every object below a prefix, in order of keys; of those only `since` <= key without the prefix < `until`.

    An empty bound is no bound. With folders named by hour the bounds are times, and nothing outside them is listed.
    """
    bucket, prefix = split(uri)
    asked = {"Bucket": bucket, "Prefix": prefix, **({"StartAfter": prefix + since} if since else {})}
    pages = client("s3").get_paginator("list_objects_v2").paginate(**asked)
    count = 0
    with asking(f"list {uri}"):
        for page in pages:
            for item in page.get("Contents", ()):
                if until and item["Key"] >= prefix + until:
                    return
                count += 1
                if count > MOST_OBJECTS:
                    raise ValueError(f"more than {MOST_OBJECTS} objects lie below {uri}")
                yield Listed(bucket, item["Key"], item["Size"], item["LastModified"])


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
        client("s3").download_file(listed.bucket, listed.key, str(file), Config=ONE_THREAD)
    return file


def _below(folder: Path, relative: str) -> Path:
    """A key may hold `..`: it must not lead out of the folder."""
    file = folder / relative
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"the key {relative!r} leads out of its folder")
    return file
