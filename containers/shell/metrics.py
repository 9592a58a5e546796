"""Data points to CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus

from containers.shell.clients import client
from containers.shell.errors import asking

MOST_DATA = 1000
MOST_BYTES = 1_000_000
"""PutMetricData takes at most this many metrics and bytes in one request (API reference, PutMetricData)."""

Datum = Mapping[str, Any]


def publish(metrics: Sequence[tuple[str, Datum]]) -> None:
    """Send (namespace, datum) pairs, in as few requests as the API allows; a datum is made by `Metric.datum`."""
    by_namespace: dict[str, list[Datum]] = {}
    for namespace, datum in metrics:
        by_namespace.setdefault(namespace, []).append(datum)
    for namespace, data in by_namespace.items():
        for batch in batches(data):
            with asking(f"publish {len(batch)} metrics in {namespace}"):
                client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=batch)


def batches(data: Sequence[Datum]) -> Iterator[list[Datum]]:
    """The data in order, cut so that each part may be sent in one request."""
    batch: list[Datum] = []
    used = 0
    for datum in data:
        size = weight(datum)
        if batch and (len(batch) == MOST_DATA or used + size > MOST_BYTES):
            yield batch
            batch, used = [], 0
        batch.append(datum)
        used += size
    if batch:
        yield batch


def weight(value: object, path: str = "MetricData.member.1000") -> int:
    """Bytes of a value in the API's longest encoding, the form-encoded query: each leaf repeats its whole path."""
    if isinstance(value, Mapping):
        return sum(weight(inner, f"{path}.{name}") for name, inner in value.items())
    if isinstance(value, list | tuple):
        return sum(weight(inner, f"{path}.member.{index}") for index, inner in enumerate(value, 1))
    return len(path) + len(quote_plus(str(value))) + 2
