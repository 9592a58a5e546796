"""Application Auto Scaling for SageMaker's endpoints: an extension as `local.extensions` describes it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from local.autoscaling.service import AutoScaling
from local.extensions import Registration

HOOKS = ("ministack.services.cloudwatch:_alarms", "ministack.core.responses:AccountRegionScopedDict")


@cache
def running() -> AutoScaling:
    """The running service; made when it is first asked for, since importing does nothing."""
    from local.autoscaling.variants import SageMakerVariants

    return AutoScaling(SageMakerVariants())


def services() -> Sequence[Registration]:
    service = running()
    return (Registration(service.name, "AnyScaleFrontendService", "application-autoscaling", service),)


def start() -> None:
    running().start()


def stop() -> None:
    running().stop()
