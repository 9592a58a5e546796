"""Metrics of a training job: what its MetricDefinitions find in its output."""

from __future__ import annotations

import re
import threading
from typing import Any

from ministack.services import cloudwatch

from local.clock import now

NAMESPACE = "/aws/sagemaker/TrainingJobs"


class Metrics:
    """Reads lines as they come; keeps the last value of each metric and publishes every one.

    A value is the first group of a definition's regular expression.
    """

    def __init__(self, job: str, definitions: list[dict[str, str]]) -> None:
        self._job = job
        self._patterns = [(entry["Name"], re.compile(entry["Regex"])) for entry in definitions]
        self._last: dict[str, dict[str, Any]] = {}
        self._guard = threading.Lock()  # each host has its own thread of output

    def read(self, line: str) -> None:
        for name, pattern in self._patterns:
            if (found := pattern.search(line)) and (value := _number(found)) is not None:
                with self._guard:
                    self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now()}
                cloudwatch.record_metric(NAMESPACE, name, value, "None", {"TrainingJobName": self._job})

    @property
    def final(self) -> list[dict[str, Any]]:
        """FinalMetricDataList."""
        with self._guard:
            return list(self._last.values())


def _number(found: re.Match[str]) -> float | None:
    try:
        return float(found[1] if found.re.groups else found[0])
    except (TypeError, ValueError):
        return None
