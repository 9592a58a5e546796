"""Objects in S3 as folders of files, and back."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local import storage
from local.storage import Location, NoData


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        yield client


def put(s3: Any, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket="bucket", Key=key, Body=key.encode())


def keys(s3: Any) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket="bucket").get("Contents", ())]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://bucket/data/", ["a.csv", "deep/b.csv"]),
        ("s3://bucket/data", ["a.csv", "data-2/c.csv", "deep/b.csv"]),
        ("s3://bucket/data/a.csv", ["a.csv"]),
        ("s3://bucket/da", ["data-2/c.csv", "data/a.csv", "data/deep/b.csv"]),
        ("s3://bucket", ["data-2/c.csv", "data/a.csv", "data/deep/b.csv"]),
    ],
)
def test_a_prefix_becomes_a_folder(s3: Any, tmp_path: Path, uri: str, expected: list[str]) -> None:
    put(s3, "data/", "data/a.csv", "data/deep/b.csv", "data-2/c.csv")
    assert storage.download(s3, uri, tmp_path) == len(expected)
    assert files(tmp_path) == expected


def test_shards_are_disjoint_and_whole(s3: Any, tmp_path: Path) -> None:
    put(s3, *(f"data/{number}" for number in range(7)))
    for host in range(3):
        storage.download(s3, "s3://bucket/data/", tmp_path / str(host), share=(host, 3))
    shards = [files(tmp_path / str(host)) for host in range(3)]
    assert sorted(itertools.chain(*shards)) == [str(number) for number in range(7)]


def test_a_manifest_names_its_objects(s3: Any, tmp_path: Path) -> None:
    put(s3, "data/a.csv", "data/deep/b.csv", "data/c.csv")
    manifest = json.dumps([{"prefix": "s3://bucket/data/"}, "a.csv", "deep/b.csv"])
    s3.put_object(Bucket="bucket", Key="manifest", Body=manifest)
    storage.download(s3, "s3://bucket/manifest", tmp_path, "ManifestFile")
    assert files(tmp_path) == ["a.csv", "deep/b.csv"]


def test_nothing_is_not_a_folder(s3: Any, tmp_path: Path) -> None:
    put(s3, "empty/")
    with pytest.raises(NoData, match='No S3 objects found under S3 URL "s3://bucket/empty/"'):
        storage.download(s3, "s3://bucket/empty/", tmp_path)


def test_a_key_cannot_leave_its_folder(s3: Any, tmp_path: Path) -> None:
    put(s3, "data/../../outside")
    with pytest.raises(NoData, match="outside"):
        storage.download(s3, "s3://bucket/data/", tmp_path / "folder")
    assert files(tmp_path) == []


def test_what_is_uploaded_comes_back(s3: Any, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "deep/file").write_bytes(b"\0\xff")
    assert storage.upload(s3, source, "s3://bucket/out/") == ["out/deep/file"]
    storage.download(s3, "s3://bucket/out", tmp_path / "target")
    assert (tmp_path / "target/deep/file").read_bytes() == b"\0\xff"


def test_checkpoints_are_mirrored_with_their_deletions(s3: Any, tmp_path: Path) -> None:
    put(s3, "checkpoints/old", "checkpoints-of-others/kept")
    (tmp_path / "new").write_text("1")
    storage.mirror(s3, tmp_path, "s3://bucket/checkpoints")
    assert keys(s3) == ["checkpoints-of-others/kept", "checkpoints/new"]
    storage.restore(s3, "s3://bucket/checkpoints", tmp_path / "restored")
    assert files(tmp_path / "restored") == ["new"]
    storage.restore(s3, "s3://bucket/nothing", tmp_path / "empty")
    assert (tmp_path / "empty").is_dir()


def test_an_archive_holds_the_folders_content_at_its_root(tmp_path: Path) -> None:
    model = tmp_path / "model"
    (model / "code").mkdir(parents=True)
    (model / "code/run.py").write_text("run")
    archive = storage.pack(model, tmp_path / "model.tar.gz")
    storage.unpack(archive, tmp_path / "unpacked")
    assert files(tmp_path / "unpacked") == ["code/run.py"]


@pytest.mark.parametrize("uri", ["bucket/key", "https://bucket/key", ""])
def test_only_s3_uris_are_locations(uri: str) -> None:
    with pytest.raises(ValueError, match="is no S3 URI"):
        Location.of(uri)
