"""What is used of the quotas: CloudWatch's namespace AWS/Usage, once a simulated minute.

Each resource that SageMaker counts (`training-job/ml.g5.xlarge`) is one ResourceCount; its statistic is Maximum.
Source: CloudWatch user guide, "AWS usage metrics"; Service Quotas names the metric of a quota in its UsageMetric.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from local import clock, sagemaker, settings
from local.quota_catalog import usage_dimensions
from local.repeating import Repeating
from local.sagemaker.jobs.processing import PROCESSING
from local.sagemaker.jobs.training import TRAINING
from local.sagemaker.jobs.transform import TRANSFORM

if TYPE_CHECKING:
    from local.sagemaker.service import SageMaker

HOOKS = ("ministack.services.cloudwatch:_store_datum", "ministack.core.responses:request_scope")

NAMESPACE, NAME = "AWS/Usage", "ResourceCount"
SHORTEST_S = 0.25
"""Real seconds between two counts, so that fast clocks do not cost more than they are worth."""

_seen: set[str] = set()
_counting: list[Repeating] = []


def start() -> None:
    _counting.append(Repeating("usage", publish, lambda: max(SHORTEST_S, clock.real_seconds(60))))
    _counting[0].start()


def stop() -> None:
    while _counting:
        _counting.pop().stop()
    _seen.clear()


def publish() -> None:
    """Count what runs in the emulator's own account; what ran before and does not any more counts as 0."""
    running = settings.current()
    with request_scope(running.account, running.region):
        used: Counter[str] = Counter()
        for resource, count in in_use(sagemaker.running()):
            used[resource] += count
        _seen.update(used)
        for resource in _seen:
            dimensions, at = usage_dimensions(resource), clock.epoch()
            cloudwatch._store_datum(NAMESPACE, NAME, dimensions, at, "None", float(used[resource]), None, None, None)


def in_use(service: SageMaker) -> Iterator[tuple[str, int]]:
    """Resource and instances of every job that runs and every variant that serves. Spot instances are not counted."""
    for job in (TRAINING, PROCESSING, TRANSFORM):
        for record in service.store.every(job.kind):
            if record[job.status] in ("InProgress", "Stopping") and record["Instances"]:
                instance_type, count = record["Instances"]
                if not record.get("EnableManagedSpotTraining"):
                    yield f"{job.use.replace(' ', '-')}/{instance_type}", count
    for endpoint in list(service.hosting.endpoints.live.values()):
        for variant in endpoint.fleet.variants if endpoint.fleet else ():
            if instance_type := variant.config.get("InstanceType"):
                yield f"endpoint/{instance_type}", len(variant.instances)
