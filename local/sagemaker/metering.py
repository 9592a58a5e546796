"""The CloudWatch metrics of invocations, as SageMaker publishes them for each variant of an endpoint.

Source: SageMaker developer guide, "Metrics for monitoring SageMaker with CloudWatch". Samples are gathered and stored
a few times a second; each stands in the simulated minute in which its request was answered.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch

from local import clock
from local.repeating import Repeating

FLUSH_REAL_S = 0.2
NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True, slots=True)
class Sample:
    """One answered request. `status` is the model's HTTP status; 0 where it gave no answer."""

    status: int
    instances: int
    model_s: float
    overhead_s: float

    def values(self) -> dict[tuple[str, str], float]:
        """By name and unit. An error metric is 0 for a request without that error, so its average is a rate."""
        return {
            ("Invocations", "None"): 1.0,
            ("InvocationsPerInstance", "None"): 1 / self.instances,
            ("ModelLatency", "Microseconds"): float(round(self.model_s * 1e6)),
            ("OverheadLatency", "Microseconds"): float(round(self.overhead_s * 1e6)),
            ("Invocation4XXErrors", "None"): float(400 <= self.status < 500),
            ("Invocation5XXErrors", "None"): float(self.status >= 500 or self.status == 0),
            ("InvocationModelErrors", "None"): float(not 200 <= self.status < 300),
        }


@dataclass(frozen=True, slots=True)
class _Source:
    account: str
    region: str
    endpoint: str
    variant: str
    minute: int


@dataclass(slots=True)
class _Minute:
    at: float
    values: dict[tuple[str, str], Counter[float]] = field(default_factory=dict)


class Meter:
    """Counts requests; to be flushed at the end."""

    def __init__(self) -> None:
        self._minutes: dict[_Source, _Minute] = {}
        self._lock = threading.Lock()
        self._flushing = Repeating("invocation-metrics", self.flush, _real_seconds_to_flush)

    def add(self, endpoint: str, variant: str, sample: Sample) -> None:
        at = clock.epoch()
        source = _Source(get_account_id(), get_region(), endpoint, variant, int(at // 60))
        with self._lock:
            minute = self._minutes.setdefault(source, _Minute(at))
            for metric, value in sample.values().items():
                minute.values.setdefault(metric, Counter())[value] += 1
        self._flushing.start()

    def flush(self) -> None:
        with self._lock:
            gathered, self._minutes = self._minutes, {}
        for source, minute in gathered.items():
            dimensions = {"EndpointName": source.endpoint, "VariantName": source.variant}
            with request_scope(source.account, source.region):
                for (name, unit), counted in minute.values.items():
                    values, counts = list(counted.keys()), list(counted.values())
                    cloudwatch._store_datum(NAMESPACE, name, dimensions, minute.at, unit, None, values, counts, None)

    def stop(self) -> None:
        self._flushing.stop()
        self.flush()


def _real_seconds_to_flush() -> float:
    return min(FLUSH_REAL_S, clock.real_seconds(60 - clock.epoch() % 60))
