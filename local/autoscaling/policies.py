"""Scaling policies: target tracking, which brings its own alarms, and step scaling, which waits for other people's."""

from __future__ import annotations

import uuid

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from local.autoscaling import alarms
from local.autoscaling.targets import Record, Targets, invalid, key_of, selected
from local.clock import now
from local.sagemaker.listing import page
from local.service import ApiError

TRACKING, STEP = "TargetTrackingScaling", "StepScaling"
CONFIGURATION = {
    TRACKING: "TargetTrackingScalingPolicyConfiguration",
    STEP: "StepScalingPolicyConfiguration",
}


class Policies:
    """The part of the service for scaling policies."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._records = AccountRegionScopedDict()

    def put_scaling_policy(self, request: Record) -> Record:
        self._targets.get(request)
        kind = request.get("PolicyType", STEP)
        if kind not in CONFIGURATION:
            raise invalid(f"Policies of type {kind} are not modelled by the embedded AWS.")
        if CONFIGURATION[kind] not in request:
            raise invalid(f"{CONFIGURATION[kind]} must be specified for policy type {kind}.")
        if kind == TRACKING:
            self._refuse_second_tracking(request)
        else:
            _refuse_no_steps(request[CONFIGURATION[STEP]])
        key = f"{key_of(request)}|{request['PolicyName']}"
        before = self._records.get(key)
        policy = {"CreationTime": now(), "PolicyARN": _arn(request), **(before or {}), **request, "PolicyType": kind}
        self._records[key] = policy
        if before:
            alarms.remove(before)
        policy["Alarms"] = alarms.make(policy) if kind == TRACKING else []
        return policy

    def delete_scaling_policy(self, request: Record) -> None:
        policy: Record | None = self._records.pop(f"{key_of(request)}|{request['PolicyName']}", None)
        if policy is None:
            raise ApiError("ObjectNotFoundException", f"No scaling policy found for {request['PolicyName']}")
        alarms.remove(policy)

    def describe_scaling_policies(self, request: Record) -> Record:
        return page("ScalingPolicies", selected(list(self._records.values()), request), request)

    def of(self, target: Record) -> list[Record]:
        """The policies of a target."""
        return [policy for policy in self._records.values() if key_of(policy) == key_of(target)]

    def by_arn(self, arn: str) -> Record | None:
        return next((policy for policy in self._records.values() if policy["PolicyARN"] == arn), None)

    def forget(self, target: Record) -> None:
        """Policies go with their target."""
        for policy in self.of(target):
            self.delete_scaling_policy(policy)

    def reset(self) -> None:
        self._records.clear()

    def _refuse_second_tracking(self, request: Record) -> None:
        metric = alarms.metric_of(request[CONFIGURATION[TRACKING]], request["ResourceId"])
        for policy in self.of(request):
            other = policy["PolicyName"] != request["PolicyName"] and policy["PolicyType"] == TRACKING
            if other and alarms.metric_of(policy[CONFIGURATION[TRACKING]], policy["ResourceId"]) == metric:
                raise invalid("Only one TargetTrackingScaling policy for a given metric specification is allowed.")


def _refuse_no_steps(configuration: Record) -> None:
    if not configuration.get("AdjustmentType") or not configuration.get("StepAdjustments"):
        raise invalid("AdjustmentType and at least one step adjustment must be specified.")


def _arn(request: Record) -> str:
    return (
        f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scalingPolicy:{uuid.uuid4()}:resource/"
        f"{request['ServiceNamespace']}/{request['ResourceId']}:policyName/{request['PolicyName']}"
    )
