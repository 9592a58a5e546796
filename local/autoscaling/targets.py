"""Scalable targets: variants whose capacity Application Auto Scaling may set, and within which limits."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from local.autoscaling.variants import Variants
from local.clock import now
from local.sagemaker.listing import page
from local.service import ApiError

Record = dict[str, Any]
IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
SUPPORTED = ("sagemaker", "sagemaker:variant:DesiredInstanceCount")
SUSPENSIONS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
LINKED_ROLE = (
    "arn:aws:iam::{account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


def invalid(text: str) -> ApiError:
    return ApiError("ValidationException", text)


def key_of(request: Record) -> str:
    return "|".join(request[member] for member in IDENTITY)


def selected(records: list[Record], request: Record) -> list[Record]:
    """The records that a Describe operation asks for: by single members (ResourceId) or lists of them (PolicyNames)."""

    def chosen(record: Record) -> bool:
        one = all(record[name] == request[name] for name in IDENTITY if name in request)
        lists = {name[:-1]: wanted for name, wanted in request.items() if isinstance(wanted, list) and wanted}
        return one and all(record[name] in wanted for name, wanted in lists.items())

    return [record for record in records if chosen(record)]


class Targets:
    """The part of the service for scalable targets. `when_limited(target)` is called when limits were set."""

    def __init__(self, variants: Variants) -> None:
        self._variants = variants
        self._records = AccountRegionScopedDict()
        self.when_limited: Callable[[Record], None] = lambda target: None
        self.when_removed: Callable[[Record], None] = lambda target: None

    def register_scalable_target(self, request: Record) -> Record:
        if (request["ServiceNamespace"], request["ScalableDimension"]) != SUPPORTED:
            raise invalid("Unsupported service namespace, resource type or scalable dimension")
        if self._variants.capacity(request["ResourceId"]) is None:
            raise invalid(f"SageMaker variant doesn't exist: {request['ResourceId']}")
        target = self.limited({**(self._records.get(key_of(request)) or self._new(request)), **request})
        self._records[key_of(request)] = target
        self.when_limited(target)
        return target

    def deregister_scalable_target(self, request: Record) -> None:
        target = self.get(request)
        self.when_removed(target)
        del self._records[key_of(target)]

    def describe_scalable_targets(self, request: Record) -> Record:
        return page("ScalableTargets", selected(self.every(), request), request)

    def get(self, request: Record) -> Record:
        """The target that a request names; ObjectNotFoundException where there is none."""
        target: Record | None = self._records.get(key_of(request))
        if target is None:
            identity = ", ".join(f"{member}: {request[member]}" for member in IDENTITY)
            raise ApiError("ObjectNotFoundException", f"No scalable target registered for {identity}")
        return target

    def every(self) -> list[Record]:
        return list(self._records.values())

    def has(self, resource: str) -> bool:
        return any(target["ResourceId"] == resource for target in self.every())

    def forget(self, endpoint: str) -> None:
        """The endpoint is gone, and with it what scales it."""
        for target in self.every():
            if target["ResourceId"].startswith(f"endpoint/{endpoint}/"):
                self.deregister_scalable_target(target)

    def reset(self) -> None:
        self._records.clear()

    @staticmethod
    def limited(target: Record) -> Record:
        """The target, where its limits make sense."""
        least, most = target.get("MinCapacity"), target.get("MaxCapacity")
        if least is None or most is None:
            raise invalid("Minimum and maximum capacity are required for a new scalable target")
        if least < 1:
            raise invalid(f"Minimum capacity of a SageMaker variant must be at least 1, found {least}")
        if most < least:
            raise invalid(f"Maximum capacity {most} cannot be less than minimum capacity {least}")
        return target

    @staticmethod
    def _new(request: Record) -> Record:
        prefix = f"arn:aws:application-autoscaling:{get_region()}:{get_account_id()}"
        return {
            "RoleARN": LINKED_ROLE.format(account=get_account_id()),
            "ScalableTargetARN": f"{prefix}:scalable-target/{uuid.uuid4().hex[:22]}",
            "CreationTime": now(),
            "SuspendedState": dict.fromkeys(SUSPENSIONS, False),
        }
