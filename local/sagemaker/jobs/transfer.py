"""Data on its way into a job and out of it; what goes wrong there fails the job in SageMaker's words."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import get_region

from local import storage
from local.sagemaker.jobs.folder import Folder
from local.sagemaker.jobs.run import JobFailed
from local.storage import Location, NoData


@contextmanager
def transferring(what: str, role_arn: str, uri: str) -> Iterator[None]:
    """Turn the faults of S3 into the job's failure; `what` is "Data download" or "Artifact upload"."""
    try:
        yield
    except NoData as fault:
        bucket = Location.of(uri).bucket
        raise JobFailed(
            f"ClientError: {what} failed: {fault} Please ensure that the bucket exists in the selected region "
            f'({get_region()}), that objects exist under that S3 prefix, and that the role "{role_arn}" has '
            f'"s3:ListBucket" permissions on bucket "{bucket}".'
        ) from None
    except ClientError as fault:
        error = fault.response["Error"]
        status = fault.response["ResponseMetadata"]["HTTPStatusCode"]
        text = f"{error['Code']} ({status}): {error.get('Message', '')}"
        raise JobFailed(f"ClientError: {what} failed for {uri} with role {role_arn}: {text}") from None
    except (BotoCoreError, ValueError) as fault:
        raise JobFailed(f"ClientError: {what} failed for {uri}: {fault}") from None


def download(s3: Any, role_arn: str, source: dict[str, Any], target: Path, folder: Folder, compression: str) -> None:
    """An S3DataSource or S3Input into `target` on one host, whose part of it that is where it is sharded."""
    uri = source["S3Uri"]
    sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
    share = (folder.index, len(folder.hosts)) if sharded else (0, 1)
    with transferring("Data download", role_arn, uri):
        storage.download(s3, uri, target, source.get("S3DataType", "S3Prefix"), share)
        if compression == "Gzip":
            for path in list(target.rglob("*.gz")):
                path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
                path.unlink()


def upload(s3: Any, role_arn: str, source: Path, uri: str) -> None:
    """Every file of a folder below `uri`."""
    with transferring("Artifact upload", role_arn, uri):
        storage.upload(s3, source, uri)


def upload_packed(s3: Any, role_arn: str, source: Path, uri: str) -> None:
    """The folder as the .tar.gz object `uri`."""
    archive = storage.pack(source, source.with_name(uri.rsplit("/", 1)[-1]))
    location = Location.of(uri)
    with transferring("Artifact upload", role_arn, uri), archive.open("rb") as body:
        s3.put_object(Bucket=location.bucket, Key=location.key, Body=body)
