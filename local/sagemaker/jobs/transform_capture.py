"""What a transform job leaves beside its answers: inference ids in them, and manifests of what was captured.

The data itself is not copied: `<destination>/input/yyyy/mm/dd/hh` gets the list of the objects that were read,
`<destination>/output/yyyy/mm/dd/hh` that of the objects that were written, by the hour in which the job started.
Source: SageMaker developer guide, "Capture data from batch transform job".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from core.contracts.capture import hour_folder
from local.sagemaker.jobs import transfer
from local.sagemaker.jobs.run import Run
from local.sagemaker.store import Record
from local.storage import Location

ID, TIME = "SageMakerInferenceId", "SageMakerInferenceTime"


def with_ids(body: bytes, record: Record) -> bytes:
    """Each answer with an id of its own and the time at which the job started, where the job is asked for that."""
    if not (record.get("DataCaptureConfig") or {}).get("GenerateInferenceId"):
        return body
    at = f"{record['TransformStartTime'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    as_json = "json" in record["TransformOutput"].get("Accept", "text/csv")
    lines = [_with_id(line, str(uuid.uuid4()), at, as_json) for line in body.splitlines()]
    return b"\n".join(lines) + (b"\n" if body.endswith(b"\n") else b"")


def _with_id(line: bytes, id: str, at: str, as_json: bool) -> bytes:
    if not as_json:
        return line + f",{id},{at}".encode()
    found: Any = json.loads(line)
    entry = found if isinstance(found, dict) else {"SageMakerOutput": found}
    return json.dumps({**entry, ID: id, TIME: at}).encode()


def write_manifests(run: Run, record: Record, names: Iterable[str]) -> None:
    """`names` are the objects that were read, below the prefix that the job was given."""
    config = record.get("DataCaptureConfig")
    if not config:
        return
    read, written = list(names), record["TransformOutput"]["S3OutputPath"]
    source = record["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    _write(run, record, config, "input", [{"prefix": _folder(source)}, *read])
    _write(run, record, config, "output", [{"prefix": _folder(written)}, *(f"{name}.out" for name in read)])


def _write(run: Run, record: Record, config: Record, side: str, manifest: list[Any]) -> None:
    started: datetime = record["TransformStartTime"]
    uri = f"{config['DestinationS3Uri'].rstrip('/')}/{side}/{hour_folder(started)}/{uuid.uuid4()}.jsonl"
    location, key = Location.of(uri), config.get("KmsKeyId")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    with transfer.transferring("Data capture", record["RoleArn"], uri):
        body = json.dumps(manifest).encode()
        run.s3.put_object(Bucket=location.bucket, Key=location.key, Body=body, **encryption)


def _folder(uri: str) -> str:
    return f"{uri.rstrip('/')}/"
