"""Scaling at work: what alarms and limits ask for becomes a new capacity and an activity that tells of it."""

from __future__ import annotations

import threading
import uuid
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import AccountRegionScopedDict

from local import clock
from local.autoscaling import alarms
from local.autoscaling.decisions import (
    COOLDOWN_S,
    Proposal,
    Scaled,
    agreed,
    base_capacity,
    may_scale_in,
    stepped_capacity,
    tracked_capacity,
)
from local.autoscaling.policies import CONFIGURATION, STEP, TRACKING, Policies
from local.autoscaling.targets import IDENTITY, Record, Targets, key_of, selected
from local.autoscaling.variants import Variants
from local.sagemaker.listing import page


class Scaling:
    """The part of the service for scaling activities, and what makes them."""

    def __init__(self, targets: Targets, policies: Policies, variants: Variants) -> None:
        self._targets, self._policies, self._variants = targets, policies, variants
        self._activities = AccountRegionScopedDict()
        self._last = AccountRegionScopedDict()  # (target's key, "out" or "in") -> Scaled
        self._busy: set[str] = set()
        self._guard = threading.Lock()

    def describe_scaling_activities(self, request: Record) -> Record:
        newest_first = list(reversed(self._activities.values()))
        return page("ScalingActivities", selected(newest_first, request), request)

    def alarm(self, arn: str, alarm: Record, detail: dict[str, Any]) -> None:
        """CloudWatch runs the action `arn` of an alarm; it repeats that every minute while the alarm is on."""
        policy = self._policies.by_arn(arn)
        if policy is not None:
            spawn_background(self._follow_alarms, self._targets.get(policy), thread_name="scaling")

    def keep_within(self, target: Record) -> None:
        """Bring the capacity into limits that were just set."""
        current = self._variants.capacity(target["ResourceId"]) or 0
        wanted = _within(target, current)
        if wanted != current:
            which = "minimum" if wanted > current else "maximum"
            cause = f"{which} capacity was set to {wanted}"
            spawn_background(self._scale, target, current, wanted, cause, thread_name="scaling")

    def reset(self) -> None:
        self._activities.clear()
        self._last.clear()

    def _follow_alarms(self, target: Record) -> None:
        resource = target["ResourceId"]
        current = self._variants.capacity(resource)
        if current is None or not self._variants.ready(resource):
            return
        policies = self._policies.of(target)
        proposals = [p for policy in policies for p in self._proposals(target, policy, current)]
        shrinking = [policy for policy in policies if _may_shrink(policy)]
        change = agreed(proposals, current, len(shrinking))
        if change is not None:
            cause = f"monitor alarm {change.alarm} in state ALARM triggered policy {change.policy}"
            self._scale(target, current, change.capacity, cause)

    def _proposals(self, target: Record, policy: Record, current: int) -> list[Proposal]:
        """What the policy asks for, as far as limits, cooldowns and suspensions allow it."""
        found = []
        for alarm in alarms.firing(policy):
            value = alarms.value(alarm)
            if value is not None:
                wanted = _within(target, self._capacity(target, policy, alarm, value, current))
                if self._allowed(target, policy, current, wanted):
                    found.append(Proposal(wanted, policy["PolicyName"], alarm["AlarmName"]))
        return found

    def _capacity(self, target: Record, policy: Record, alarm: Record, value: float, current: int) -> int:
        base = base_capacity(current, self._last.get((key_of(target), "out")), clock.now(), _cooldown(policy, "Out"))
        if policy["PolicyType"] == STEP:
            return max(stepped_capacity(base, value, alarm["Threshold"], policy[CONFIGURATION[STEP]]), 0)
        goal = policy[CONFIGURATION[TRACKING]]["TargetValue"]
        if alarm["ComparisonOperator"].startswith("Less"):
            return min(current, tracked_capacity(current, value, goal))
        return max(current, tracked_capacity(base, value, goal))

    def _allowed(self, target: Record, policy: Record, current: int, wanted: int) -> bool:
        suspended = target["SuspendedState"]
        if wanted > current:
            return not suspended.get("DynamicScalingOutSuspended")
        cooled = may_scale_in(self._last.get((key_of(target), "in")), clock.now(), _cooldown(policy, "In"))
        return wanted < current and cooled and not suspended.get("DynamicScalingInSuspended")

    def _scale(self, target: Record, current: int, wanted: int, cause: str) -> None:
        """Make one change of one target at a time; a second one comes with the next alarm."""
        with self._guard:
            if target["ScalableTargetARN"] in self._busy:
                return
            self._busy.add(target["ScalableTargetARN"])
        activity = {
            "ActivityId": str(uuid.uuid4()),
            **{member: target[member] for member in IDENTITY},
            "Description": f"Setting desired instance count to {wanted}.",
            "Cause": cause,
            "StartTime": clock.now(),
            "StatusCode": "InProgress",
        }
        self._activities[activity["ActivityId"]] = activity
        try:
            fault = self._variants.scale(target["ResourceId"], wanted)
        finally:
            with self._guard:
                self._busy.discard(target["ScalableTargetARN"])
        text = f"set desired instance count to {wanted}."
        if fault is None:
            done = f"Successfully {text} Change successfully fulfilled by sagemaker."
            activity |= {"StatusCode": "Successful", "StatusMessage": done}
            direction = "out" if wanted > current else "in"
            self._last[key_of(target), direction] = Scaled(clock.now(), current, wanted)
        else:
            activity |= {"StatusCode": "Failed", "StatusMessage": f"Failed to {text} Reason: {fault}"}
        activity["EndTime"] = clock.now()


def _within(target: Record, capacity: int) -> int:
    return int(min(max(capacity, target["MinCapacity"]), target["MaxCapacity"]))


def _cooldown(policy: Record, direction: str) -> int:
    configuration = policy[CONFIGURATION[policy["PolicyType"]]]
    return int(configuration.get(f"Scale{direction}Cooldown", configuration.get("Cooldown", COOLDOWN_S)))


def _may_shrink(policy: Record) -> bool:
    return policy["PolicyType"] == TRACKING and not policy[CONFIGURATION[TRACKING]].get("DisableScaleIn")
