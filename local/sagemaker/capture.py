"""Data capture: requests and answers as JSON lines in S3, in the folder of the hour in which they were answered.

Lines are gathered and written twice a second and at the end of every simulated hour, so that a monitor that starts
at the full hour finds the whole hour. They are written as the model's execution role: what the role may not write is
not captured, as on AWS.
"""

from __future__ import annotations

import base64
import random
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ministack.core.responses import request_scope

from core.contracts.capture import CapturedRequest, Payload, hour_folder
from local import clock
from local.credentials import role_client
from local.logs import LogStream
from local.repeating import Repeating
from local.service import ApiError
from local.storage import STORAGE_FAULTS, Location

FLUSH_REAL_S = 0.5


@dataclass(frozen=True, slots=True)
class CaptureRule:
    """What to capture of one variant, where to write it and as whom."""

    endpoint: str
    variant: str
    destination: str
    percent: int
    modes: frozenset[str]
    csv_types: frozenset[str]
    json_types: frozenset[str]
    account: str
    region: str
    role_arn: str
    kms_key: str | None

    @classmethod
    def read(cls, config: Mapping[str, Any], **whose: str) -> CaptureRule:
        """The rule of a DataCaptureConfig; `whose` gives endpoint, variant, account, region and role_arn."""
        headers = config.get("CaptureContentTypeHeader", {})
        named = {option["CaptureMode"] for option in config["CaptureOptions"]}
        return cls(
            destination=config["DestinationS3Uri"].rstrip("/"),
            percent=config["InitialSamplingPercentage"],
            modes=frozenset({"Input", "Output"} if "InputAndOutput" in named else named),
            csv_types=frozenset(headers.get("CsvContentTypes", ())),
            json_types=frozenset(headers.get("JsonContentTypes", ())),
            kms_key=config.get("KmsKeyId"),
            **whose,
        )

    def payload(self, body: bytes, content_type: str) -> Payload:
        """Text for the content types that CaptureContentTypeHeader names, BASE64 for every other one."""
        plain = content_type.partition(";")[0].strip().lower()
        for encoding, types in (("CSV", self.csv_types), ("JSON", self.json_types)):
            if plain in types:
                return Payload(body.decode("utf-8", errors="replace"), encoding, content_type)
        return Payload(base64.b64encode(body).decode(), "BASE64", content_type)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer."""

    request: bytes
    request_type: str
    answer: bytes
    answer_type: str
    inference_id: str | None = None

    def captured(self, rule: CaptureRule, at: datetime) -> CapturedRequest:
        return CapturedRequest(
            event_id=str(uuid.uuid4()),
            at=at,
            request=rule.payload(self.request, self.request_type) if "Input" in rule.modes else None,
            response=rule.payload(self.answer, self.answer_type) if "Output" in rule.modes else None,
            inference_id=self.inference_id,
        )


def object_uri(rule: CaptureRule, first: datetime) -> str:
    """Where the lines go whose oldest one is of `first`."""
    name = f"{first:%M-%S}-{first.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
    return f"{rule.destination}/{rule.endpoint}/{rule.variant}/{hour_folder(first)}/{name}"


def write_as_role(rule: CaptureRule, uri: str, body: bytes) -> None:
    """Store one object as the model's execution role; what keeps it from that stands in the endpoint's log."""
    location = Location.of(uri)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": rule.kms_key} if rule.kms_key else {}
    with request_scope(rule.account, rule.region):
        try:
            s3 = role_client("s3", rule.role_arn, f"endpoint-{rule.endpoint}")
            s3.put_object(Bucket=location.bucket, Key=location.key, Body=body, **encryption)
        except (*STORAGE_FAULTS, ApiError) as fault:
            log = LogStream(f"/aws/sagemaker/Endpoints/{rule.endpoint}", f"{rule.variant}/data-log")
            log.write(f"Captured data could not be written to {uri}: {fault}")


Write = Callable[[CaptureRule, str, bytes], None]


class Capture:
    """Gathers lines; `write(rule, uri, body)` stores one object and reports its own failures."""

    def __init__(self, write: Write = write_as_role) -> None:
        self._write = write
        self._lines: dict[tuple[CaptureRule, str], list[tuple[datetime, str]]] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._flushing = Repeating("data-capture", self.flush, _real_seconds_to_flush)

    def add(self, rule: CaptureRule, exchange: Exchange) -> None:
        """Take the exchange into the sample, or not."""
        if random.random() * 100 >= rule.percent:
            return
        with self._lock:
            at = clock.now()  # inside the lock: after the hour's last flush no line of that hour may follow
            line = exchange.captured(rule, at).line()
            self._lines.setdefault((rule, hour_folder(at)), []).append((at, line))
        self._flushing.start()

    def flush(self) -> None:
        """Write all that was gathered; returns when it is written."""
        with self._writing:
            with self._lock:
                gathered, self._lines = self._lines, {}
            for (rule, _), lines in gathered.items():
                body = "".join(f"{line}\n" for _, line in lines)
                self._write(rule, object_uri(rule, lines[0][0]), body.encode())

    def forget(self) -> None:
        """Drop what was gathered."""
        with self._lock:
            self._lines.clear()

    def stop(self) -> None:
        """End. Nothing is written any more: S3 ends at the same time."""
        self._flushing.stop()


def _real_seconds_to_flush() -> float:
    now = clock.now()
    hour_ends = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return min(FLUSH_REAL_S, clock.real_seconds((hour_ends - now).total_seconds()))
