"""Sources of a build: archives in S3, read as the project's role."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.codebuild.projects import PRINCIPAL
from local.credentials import role_client
from local.service import ApiError

SESSION = "AWSCodeBuild"


class NoSource(Exception):
    """An archive could not be read; the message is the fault."""


def unpack(project: dict[str, Any], location: str, folder: Path, vpc: str | None = None) -> None:
    """`location` as a project names it, `bucket/key` or an ARN, into `folder`."""
    bucket, _, key = location.removeprefix("arn:aws:s3:::").partition("/")
    archive = folder.with_suffix(".zip")
    try:
        s3 = role_client("s3", project["serviceRole"], SESSION, PRINCIPAL, vpc)
        archive.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    except (ClientError, BotoCoreError, ApiError, zipfile.BadZipFile) as fault:
        raise NoSource(str(fault)) from None
    finally:
        archive.unlink(missing_ok=True)
