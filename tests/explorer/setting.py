"""What an exploration begins with: a team, its alarms, and how often each thing may happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.diagnosis import Verdict
from core.remediation.facts import Evidence
from core.remediation.intake import alarm_arn
from core.remediation.outcomes import Outcome
from core.remediation.rows import ModelRow, Row
from lambdas.promote import ports as promote_ports
from lambdas.promote.promote import promote
from lambdas.remediate.hear import hear
from lambdas.remediate.ports import Ports, Standing
from tests.explorer.release import Beginning, record
from tests.explorer.scene import Served
from tests.lambdas.fakes import BEGINNING, LONG_AGO
from tests.lambdas.world import HOME, POLICY, TEAM, World, diagnosis, report

Hear = Callable[[str, Ports], str]
"""A handler of `lambdas/remediate`; a known-bad design is another one."""

Promote = Callable[[str, promote_ports.Ports], str]
"""A handler of `lambdas/promote`."""


@dataclass(frozen=True)
class Alarm:
    """One alarm that goes into ALARM at the beginning, and how often its event is delivered at most."""

    kind: str
    model: str = POLICY.model
    deliveries: int = 1

    @property
    def name(self) -> str:
        return TEAM.model(self.model).alarm(self.kind)

    @property
    def arn(self) -> str:
        return alarm_arn(HOME, self.name)


@dataclass(frozen=True)
class Setting:
    """Everything in it is a bound: exploration takes what may happen in every order, and leaves out any part of it."""

    name: str
    alarms: tuple[Alarm, ...]
    sweeps: int = 0
    settles: int = 0
    freezes: int = 0
    faults: int = 0
    """Calls that are lost, replies that are lost, handlers that are killed."""
    jumps: tuple[int, ...] = ()
    """Seconds that may pass at once, each one time."""
    timeout_s: int = 0
    """A handler is ended so long after it has first looked at the ledger; 0: it may be slower than anything."""
    endings: int = 0
    """Runs that end without a better model."""
    run_s: int = 0
    """So long a run takes; less than a lease."""
    release: Beginning | None = None
    """The way of a version to the endpoint is explored from here on."""
    approvals: int = 0
    """Deliveries of the event of `release` to `lambdas/promote`."""
    promotes: int = 0
    """Sweeps of `lambdas/promote`."""
    served: int = 0
    """Deployments that end well while handlers are under way."""
    rollbacks: int = 0
    """Deployments that are rolled back."""
    deletions: int = 0
    """Of the training pipeline."""
    deaths: bool = True
    """From every state the end is tried: all handlers die, and sweeps alone go on."""
    reaches: tuple[Outcome, ...] = ()
    """What episodes must come to in the stories themselves, not first in the end that is tried from everywhere."""
    only: tuple[str, ...] = ()
    """The invariants to look for, by number; all where none is named."""
    at_once: int = 2
    """Handlers of alarms at the same time; a sweep and an operator come on top."""
    policy: ModelPolicy = POLICY
    models: tuple[str, ...] = (POLICY.model,)
    most_runs: int = 0
    hear: Hear = hear
    promote: Promote = promote

    def limited(self, **retrain: Any) -> Setting:
        return replace(self, policy=replace(self.policy, retrain=replace(self.policy.retrain, **retrain)))

    @cached_property
    def policies(self) -> Mapping[str, ModelPolicy]:
        return {model: replace(self.policy, model=model) for model in self.models}

    @cached_property
    def standing(self) -> tuple[Standing, ...]:
        return tuple(Standing(each.arn, each.name, BEGINNING, "Threshold Crossed", LONG_AGO) for each in self.alarms)

    @cached_property
    def bodies(self) -> tuple[str, ...]:
        """The alarms' events."""
        world = World()
        return tuple(
            world.raise_alarm(each.kind, BEGINNING).replace(
                TEAM.model(POLICY.model).alarm(each.kind), TEAM.model(each.model).alarm(each.kind)
            )
            for each in self.alarms
        )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        if self.release:
            return self.release.rows
        return tuple(ModelRow(model=model, in_service=1, revision=1) for model in self.models)

    def released(self, model: str, served: Served) -> Release:
        """What is on record as in service."""
        return record(served) if self.release else _release(model)

    @cached_property
    def _first(self) -> str:
        return record(self.release.served).package_arn if self.release else ""

    @cached_property
    def _seen(self) -> dict[tuple[str, int], Evidence]:
        return {}

    def evidence(self, model: str, now: int) -> Evidence:
        """A window that has just ended shows real drift."""
        if (model, now) not in self._seen:
            newest = report(at(now), self._first or _release(model).package_arn)
            self._seen[model, now] = Evidence(newest, diagnosis(Verdict.REAL_DRIFT))
        return self._seen[model, now]


def at(now: int) -> datetime:
    return BEGINNING + timedelta(seconds=now)


def _release(model: str) -> Release:
    names = TEAM.model(model)
    package = f"arn:aws:sagemaker:us-east-1:111122223333:model-package/{names.package_group}/1"
    released = (BEGINNING - timedelta(days=9)).isoformat()
    return Release(names.endpoint, "config", package, "model", "baseline", "evaluation", released)


def of(name: str, *alarms: Alarm, **bounds: Any) -> Setting:
    return Setting(name, alarms, **bounds)
