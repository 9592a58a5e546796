"""The instances behind one endpoint configuration: one group for each of its variants."""

from __future__ import annotations

import contextvars
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from local.clock import now
from local.logs import LogStream
from local.sagemaker.capture import CaptureRule
from local.sagemaker.endpoints.instance import Instance
from local.sagemaker.endpoints.models import ServedModel
from local.sagemaker.endpoints.traffic import Lane
from local.sagemaker.store import Record

STARTUP_TIMEOUT_S = 240
LOG_GROUP = "/aws/sagemaker/Endpoints/{endpoint}"

Prepare = Callable[[ServedModel, Path], dict[str, str]]
"""Unpacks a model's data below a folder and returns the variables with its role's credentials."""


class Variant:
    """A production or shadow variant in service."""

    def __init__(self, endpoint: str, config: Record, model: ServedModel, root: Path) -> None:
        self.name: str = config["VariantName"]
        self.config, self.model, self.root = config, model, root
        self.weight = self.desired_weight = float(config.get("InitialVariantWeight", 1.0))
        self.desired_count = int(config.get("InitialInstanceCount", 1))
        self.instances: tuple[Instance, ...] = ()
        self.capture: CaptureRule | None = None
        self.status: Record | None = None
        self.image = {"SpecifiedImage": model.image, "ResolvedImage": model.image, "ResolutionTime": now()}
        self._endpoint = endpoint
        self._variables: dict[str, str] | None = None

    def launch(self, count: int, prepare: Prepare) -> None:
        """Start `count` instances more; LaunchFailed, with none of them left, where one does not get healthy."""
        if self._variables is None:
            self._variables = prepare(self.model, self.root)
        with ExitStack() as undo:
            started = []
            for _ in range(count):
                name = f"{self.name}/i-{uuid.uuid4().hex[:17]}"
                stream = LogStream(LOG_GROUP.format(endpoint=self._endpoint), name)
                started.append(Instance.launch(self.model, self.root, self._variables, stream.write))
                undo.callback(started[-1].stop)
            for instance in started:
                timeout_s = self.config.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_TIMEOUT_S)
                instance.wait_until_healthy(self.name, timeout_s)
            undo.pop_all()
        self.instances += tuple(started)

    def retire(self, count: int) -> tuple[Instance, ...]:
        """Take instances out until `count` are left; the caller stops them once no request goes there any more."""
        retired, self.instances = self.instances[count:], self.instances[:count]
        return retired

    def bury(self) -> None:
        """Take out the instances whose processes have ended."""
        self.instances = tuple(instance for instance in self.instances if instance.alive)

    def say(self, status: str, message: str) -> None:
        self.status = {"Status": status, "StatusMessage": message, "StartTime": now()}

    def lane(self, count: int | None = None) -> Lane[Instance]:
        """The variant's part of the traffic, on its first `count` instances."""
        strategy = self.config.get("RoutingConfig", {}).get("RoutingStrategy")
        return Lane(self.name, self.weight, self.instances[:count], strategy == "LEAST_OUTSTANDING_REQUESTS")

    def summary(self) -> Record:
        """As DescribeEndpoint tells of it."""
        capacity: Record = {"CurrentInstanceCount": len(self.instances), "DesiredInstanceCount": self.desired_count}
        if serverless := self.config.get("ServerlessConfig"):
            capacity = {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
        summary: Record = {
            "VariantName": self.name,
            "DeployedImages": [self.image],
            "CurrentWeight": self.weight,
            "DesiredWeight": self.desired_weight,
            **capacity,
        }
        kept = ("InstanceType", "ManagedInstanceScaling", "RoutingConfig")
        summary |= {name: self.config[name] for name in kept if name in self.config}
        return summary | ({"VariantStatus": [self.status]} if self.status else {})


class Fleet:
    """All variants of one endpoint configuration."""

    def __init__(self, endpoint: str, config: Record, models: Mapping[str, ServedModel], home: Path) -> None:
        self.config = config
        folder = home / endpoint / uuid.uuid4().hex[:8]

        def variants(member: str) -> list[Variant]:
            return [
                Variant(endpoint, entry, models[entry["ModelName"]], folder / entry["VariantName"])
                for entry in config.get(member, ())
            ]

        self.production, self.shadows = variants("ProductionVariants"), variants("ShadowProductionVariants")

    @property
    def variants(self) -> list[Variant]:
        return [*self.production, *self.shadows]

    @property
    def size(self) -> int:
        """How many instances run."""
        return sum(len(variant.instances) for variant in self.variants)

    def launch(self, counts: Mapping[str, int], prepare: Prepare) -> None:
        """Start instances until each variant has the given count, all variants at a time."""
        missing = {v.name: counts[v.name] - len(v.instances) for v in self.variants}
        in_parallel([partial(v.launch, missing[v.name], prepare) for v in self.variants if missing[v.name] > 0])

    def stop(self) -> None:
        stop(instance for variant in self.variants for instance in variant.retire(0))

    def dead(self) -> bool:
        """Whether an instance is missing that nobody stopped."""
        return any(len(v.instances) < v.desired_count or not all(i.alive for i in v.instances) for v in self.variants)

    def clear_status(self) -> None:
        for variant in self.variants:
            variant.status = None

    def summaries(self) -> dict[str, Any]:
        """The members of DescribeEndpoint that tell of the variants; None where there are none."""
        return {
            "ProductionVariants": [variant.summary() for variant in self.production],
            "ShadowProductionVariants": [variant.summary() for variant in self.shadows] or None,
        }


def stop(instances: Iterable[Instance]) -> None:
    """Stop instances, all at a time."""
    in_parallel([instance.stop for instance in instances])


def in_parallel(calls: list[Callable[[], None]]) -> None:
    """Make all calls, in the caller's account and region; raises the first one's fault when all have ended."""
    if len(calls) < 2:
        for call in calls:
            call()
        return
    with ThreadPoolExecutor(len(calls), thread_name_prefix="fleet") as threads:
        futures = [threads.submit(contextvars.copy_context().run, call) for call in calls]
    for future in futures:
        future.result()
