"""Data capture and ground truth: the JSON lines of the managed format, and where they lie.

SageMaker writes captured requests to `<destination>/{endpoint}/{variant}/yyyy/mm/dd/hh/<file>.jsonl`; labels that
arrive later are written by the team to `<ground truth>/yyyy/mm/dd/hh/<file>.jsonl` (hour of collection). The two
are joined on the inference id, else on the event id. (SageMaker developer guide, "Capture data" and "Ingest ground
truth labels and merge them with predictions".)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any


def hour_folder(at: datetime) -> str:
    """Folder of one hour in UTC.

    >>> hour_folder(datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    '2026/11/20/09'
    """
    return f"{at.astimezone(UTC):%Y/%m/%d/%H}"


def hour_folders(start: datetime, end: datetime) -> Iterator[str]:
    """Folders of every hour that [start, end) touches, oldest first.

    >>> list(hour_folders(datetime(2026, 1, 1, 23, 30, tzinfo=UTC), datetime(2026, 1, 2, 1, tzinfo=UTC)))
    ['2026/01/01/23', '2026/01/02/00']
    """
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour < end:
        yield hour_folder(hour)
        hour += timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Payload:
    """One side of a captured request. `encoding` is CSV, JSON or BASE64; `data` is the text in that encoding."""

    data: str
    encoding: str
    content_type: str

    def value(self, mode: str) -> dict[str, str]:
        return {
            "observedContentType": self.content_type,
            "mode": mode,
            "data": self.data,
            "encoding": self.encoding,
        }

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Payload:
        return cls(value["data"], value["encoding"], value.get("observedContentType", ""))


@dataclass(frozen=True, slots=True)
class CapturedRequest:
    """One line of a capture file. Either side is None where the endpoint does not capture it."""

    event_id: str
    at: datetime
    request: Payload | None
    response: Payload | None
    inference_id: str | None = None

    @property
    def join_id(self) -> str:
        """What ground truth is joined on."""
        return self.inference_id or self.event_id

    def line(self) -> str:
        """The line as SageMaker writes it, without the line break."""
        captured = {}
        if self.request is not None:
            captured["endpointInput"] = self.request.value("INPUT")
        if self.response is not None:
            captured["endpointOutput"] = self.response.value("OUTPUT")
        metadata = {
            "eventId": self.event_id,
            "inferenceTime": f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        if self.inference_id is not None:
            metadata["inferenceId"] = self.inference_id
        return json.dumps({"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"})

    @classmethod
    def parse(cls, line: str | bytes) -> CapturedRequest:
        """Raises ValueError, KeyError or TypeError for a line of another shape; the reader counts those."""
        return cls.of_value(json.loads(line))

    @classmethod
    def of_value(cls, value: Mapping[str, Any]) -> CapturedRequest:
        """What a line holds; raises as `parse` does."""
        captured, metadata = value["captureData"], value["eventMetadata"]
        request, response = captured.get("endpointInput"), captured.get("endpointOutput")
        return cls(
            event_id=metadata["eventId"],
            at=datetime.fromisoformat(metadata["inferenceTime"]),
            request=Payload.read(request) if request else None,
            response=Payload.read(response) if response else None,
            inference_id=metadata.get("inferenceId"),
        )


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """One line of a ground-truth file: the label of one request, as CSV."""

    event_id: str
    label: str

    def line(self) -> str:
        return json.dumps(
            {
                "groundTruthData": {"data": self.label, "encoding": "CSV"},
                "eventMetadata": {"eventId": self.event_id},
                "eventVersion": "0",
            }
        )

    @classmethod
    def parse(cls, line: str | bytes) -> GroundTruth:
        """Raises ValueError, KeyError or TypeError for a line of another shape; the reader counts those."""
        value = json.loads(line)
        return cls(value["eventMetadata"]["eventId"], value["groundTruthData"]["data"])
