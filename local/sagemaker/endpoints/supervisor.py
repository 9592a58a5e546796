"""Replaces serving processes that ended by themselves, as SageMaker replaces unhealthy instances."""

from __future__ import annotations

import logging
import time
from functools import partial

from ministack.core.responses import request_scope

from local.repeating import Repeating
from local.sagemaker.endpoints.building import prepare
from local.sagemaker.endpoints.endpoint import Endpoint
from local.sagemaker.endpoints.fleet import Fleet
from local.sagemaker.endpoints.models import LaunchFailed
from local.sagemaker.endpoints.operations import Endpoints
from local.service import ApiError

LOOK_REAL_S = 0.5
RETRY_REAL_S = 10.0
SUPERVISED = ("InService", "OutOfService")
log = logging.getLogger(__name__)


class Supervisor:
    """Looks at all endpoints twice a second; one that could not be repaired is left alone for a while."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._not_before: dict[str, float] = {}
        self._looking = Repeating("endpoint-supervisor", self.look, lambda: LOOK_REAL_S)
        self.start, self.stop = self._looking.start, self._looking.stop

    def look(self) -> None:
        for arn, endpoint in list(self._endpoints.live.items()):
            fleet = endpoint.fleet
            due = time.monotonic() >= self._not_before.get(arn, 0)
            if fleet is not None and endpoint.status in SUPERVISED and due and fleet.dead():
                region, account = arn.split(":")[3:5]
                with request_scope(account, region):
                    if not _repair(endpoint, fleet):
                        self._not_before[arn] = time.monotonic() + RETRY_REAL_S


def _repair(endpoint: Endpoint, fleet: Fleet) -> bool:
    """The endpoint passes through SystemUpdating; where nobody is left to answer it ends OutOfService."""
    try:
        endpoint.begin("SystemUpdating")
    except ApiError:
        return True  # someone else has just begun a change
    for variant in fleet.variants:
        variant.bury()
    endpoint.serve(fleet)
    reason = None
    try:
        wanted = {variant.name: variant.desired_count for variant in fleet.variants}
        fleet.launch(wanted, partial(prepare, endpoint.name))
    except LaunchFailed as fault:
        reason = str(fault)[:1024]
        log.warning("endpoint %s: %s", endpoint.name, fault)
    endpoint.serve(fleet)
    answering = all(variant.instances for variant in fleet.production)
    endpoint.become("InService" if answering else "OutOfService", FailureReason=reason)
    return reason is None
