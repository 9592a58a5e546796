"""Policies with other limits and responses, and an alarm whose handler is cut off midway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.contracts.policy import ModelPolicy, Response
from core.diagnosis import Verdict
from tests.lambdas.faults import Fault
from tests.lambdas.world import POLICY, World


def policy(**retrain: object) -> ModelPolicy:
    return replace(POLICY, retrain=replace(POLICY.retrain, **retrain))  # type: ignore[arg-type]


def choosing(response: Response, verdict: Verdict = Verdict.REAL_DRIFT, **retrain: Any) -> ModelPolicy:
    return replace(POLICY, retrain=replace(POLICY.retrain, responses={verdict.value: response}, **retrain))


def cut_off(world: World, call: str, fault: Fault) -> str:
    """An alarm is delivered once, and its first call of this name goes wrong; returns the event's body."""
    rehearsal = World()
    rehearsal.remediate(rehearsal.raise_alarm())
    world.faults.plan = {rehearsal.faults.calls.index(call): fault}
    body = world.raise_alarm()
    world.delivered(world.remediate, body, deliveries=1)
    return body
