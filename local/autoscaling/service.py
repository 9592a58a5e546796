"""The service put together: targets, policies, scheduled actions, and the scaling that they bring about."""

from __future__ import annotations

from local.autoscaling.policies import Policies
from local.autoscaling.scaling import Scaling
from local.autoscaling.scheduled import ScheduledActions
from local.autoscaling.targets import Record, Targets
from local.autoscaling.variants import Variants
from local.cloudwatch import register
from local.repeating import Repeating
from local.service import Service

TICK_REAL_S = 0.1


class AutoScaling(Service):
    """Scales what `variants` holds."""

    def __init__(self, variants: Variants) -> None:
        self.targets = Targets(variants)
        self.policies = Policies(self.targets)
        self.scheduled = ScheduledActions(self.targets)
        self.scaling = Scaling(self.targets, self.policies, variants)
        self._variants = variants
        self._ticking = Repeating("scheduled-scaling", self.scheduled.tick, lambda: TICK_REAL_S)
        super().__init__("application-autoscaling", [self.targets, self.policies, self.scheduled, self.scaling])

    def start(self) -> None:
        """Follow alarms, limits and endpoints from now on."""
        self.targets.when_limited = self.scaling.keep_within
        self.targets.when_removed = self._forget
        self._variants.watch(self.targets.has, self.targets.forget)
        register("arn:aws:autoscaling:", self.scaling.alarm, every_period=True)
        self._ticking.start()

    def stop(self) -> None:
        self._ticking.stop()

    def _forget(self, target: Record) -> None:
        self.policies.forget(target)
        self.scheduled.forget(target)
