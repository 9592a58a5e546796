"""Captured requests joined with the labels that arrived for them, as AWS's merge job does before model quality."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from core.contracts.capture import CapturedRequest, GroundTruth


def merged(captured: Iterable[str], truths: Iterable[str]) -> list[str]:
    """The captured lines that have a label, each with it; of two labels for one request the later one counts."""
    labels = {truth.event_id: line for line in truths if (truth := GroundTruth.parse(line))}
    lines = []
    for line in captured:
        if label := labels.get(CapturedRequest.parse(line).join_id):
            document: dict[str, Any] = json.loads(line)
            lines.append(json.dumps({**document, "groundTruthData": json.loads(label)["groundTruthData"]}))
    return lines


def merged_rows(rows: Iterable[str], truths: Iterable[str]) -> list[str]:
    """The same for lines that transform jobs wrote: each ends in its inference id and time, and gets its label."""
    labels = {truth.event_id: truth.label for line in truths if (truth := GroundTruth.parse(line))}
    found = ((line, line.rsplit(",", 2)) for line in rows)
    return [
        f"{line},{labels[cells[-2].strip()]}" for line, cells in found if cells[-2:-1] and cells[-2].strip() in labels
    ]
