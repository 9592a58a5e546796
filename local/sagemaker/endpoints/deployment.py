"""UpdateEndpoint at work: the new fleet takes over in stages, or the old one takes everything back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from local import clock
from local.sagemaker.endpoints.endpoint import Endpoint
from local.sagemaker.endpoints.fleet import Fleet, Prepare, stop
from local.sagemaker.endpoints.models import LaunchFailed
from local.sagemaker.endpoints.rollout import Rollout, Stage, capacity
from local.sagemaker.endpoints.traffic import blended

WATCH_REAL_S = 0.2
"""How often the alarms are looked at while the new fleet bakes."""

Watch = Callable[[], str | None]
"""What is wrong, by the alarms of the deployment; None where all is well."""


class RolledBack(Exception):
    """The deployment must not go on; the message is the endpoint's FailureReason."""


class Deployment:
    """One update of one endpoint: from the fleet that it has to the fleet `new`."""

    def __init__(self, endpoint: Endpoint, new: Fleet, rollout: Rollout, watch: Watch, prepare: Prepare) -> None:
        assert endpoint.fleet is not None
        self.endpoint, self.old, self.new = endpoint, endpoint.fleet, new
        self._rollout, self._watch, self._prepare = rollout, watch, prepare
        self._wanted = {variant.name: variant.desired_count for variant in new.variants}
        self._before = {variant.name: variant.desired_count for variant in self.old.variants}

    def run(self, members: Mapping[str, Any]) -> None:
        """Ends InService: on the new fleet with `members`, or on the old one with a FailureReason.

        A rolling deployment that cannot go back either ends in UpdateRollbackFailed, on a mix of both.
        """
        try:
            for stage in self._rollout.stages:
                self._enter(stage)
        except (LaunchFailed, RolledBack) as fault:
            self._roll_back(str(fault))
            return
        self.new.clear_status()
        self.endpoint.serve(self.new)
        for fleet in (self.old, *self.endpoint.strays):
            fleet.stop()
        self.endpoint.strays.clear()
        self.endpoint.become("InService", **members, FailureReason=None)

    def _enter(self, stage: Stage) -> None:
        self._launch(stage.share if self._rollout.rolling else 1.0)
        active = {name: capacity(stage.share, wanted) for name, wanted in self._wanted.items()}
        place = f"{'canary' if stage.canary else 'full' if stage.share == 1 else 'batch'} capacity"
        self._say("ActivatingTraffic", f"Activating traffic on {place} of {{}} instance(s).", active)
        self._route(stage.share, active)
        text = f"Baking for {stage.wait_s} seconds ({stage.waits_for}) with traffic enabled on {place}"
        self._say("Baking", f"{text} of {{}} instance(s).", active)
        self._bake(stage.wait_s)
        if self._rollout.rolling:
            self._retire_old(stage, active)

    def _launch(self, share: float) -> None:
        counts = {name: capacity(share, wanted) for name, wanted in self._wanted.items()}
        missing = {variant.name: counts[variant.name] - len(variant.instances) for variant in self.new.variants}
        if any(missing.values()):
            self._say("Creating", "Launching {} instance(s).", missing)
            self.new.launch(counts, self._prepare)

    def _route(self, share: float, active: Mapping[str, int]) -> None:
        old = [variant.lane() for variant in self.old.production]
        new = [variant.lane(active[variant.name]) for variant in self.new.production]
        # Shadows get copies on the fleet that has most to say in the end.
        self.endpoint.route(blended(old, new, share), [self.new, self.old] if share < 1 else [self.old, self.new])

    def _bake(self, wait_s: int) -> None:
        """Let the time pass; RolledBack as soon as an alarm is on."""
        end = clock.epoch() + wait_s
        while True:
            if reason := self._watch():
                raise RolledBack(reason)
            left = end - clock.epoch()
            if left <= 0:
                return
            time.sleep(min(clock.real_seconds(left), WATCH_REAL_S))

    def _retire_old(self, stage: Stage, active: Mapping[str, int]) -> None:
        kept = {name: count - capacity(stage.share, count) for name, count in self._before.items()}
        retired = [instance for variant in self.old.variants for instance in variant.retire(kept[variant.name])]
        self._route(stage.share, active)
        stop(retired)

    def _roll_back(self, reason: str) -> None:
        self.endpoint.become("RollingBack", FailureReason=reason[:1024])
        steps = self._rollout.rollback_stages if self._rollout.rolling else 1
        try:
            for step in range(1, steps + 1):
                # A rolling deployment has stopped old instances: they come back before the new ones lose the traffic.
                back = {name: capacity(step / steps, count) for name, count in self._before.items()}
                self.old.launch(back, self._prepare)
                self._route(1 - step / steps, {variant.name: len(variant.instances) for variant in self.new.variants})
        except LaunchFailed as fault:
            reason = f"{reason} The rollback failed as well: {fault}"
            self.endpoint.strays.append(self.new)
            self.endpoint.pending = None
            count = {variant.name: len(variant.instances) for variant in self.new.variants}
            self._route(sum(count.values()) / (sum(count.values()) + self.old.size), count)
            self.endpoint.become("UpdateRollbackFailed", FailureReason=reason[:1024])
            return
        self.old.clear_status()
        self.endpoint.serve(self.old)
        self.new.stop()
        self.endpoint.become("InService", FailureReason=reason[:1024])

    def _say(self, status: str, message: str, counts: Mapping[str, int]) -> None:
        for variant in self.new.variants:
            variant.say(status, message.format(counts[variant.name]))
        self.endpoint.progress()
