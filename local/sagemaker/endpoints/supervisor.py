"""Replaces serving processes that ended by themselves, as SageMaker replaces unhealthy instances."""

from __future__ import annotations

import logging
from functools import partial

from ministack.core.responses import request_scope

from local.repeating import Repeating
from local.sagemaker.endpoints.building import prepare
from local.sagemaker.endpoints.endpoint import IN_PROGRESS, Endpoint
from local.sagemaker.endpoints.fleet import Fleet
from local.sagemaker.endpoints.models import LaunchFailed
from local.sagemaker.endpoints.operations import Endpoints
from local.service import ApiError

LOOK_REAL_S = 0.5
RETRY_LOOKS = 20
"""An endpoint that could not be brought back is tried again at every 20th look."""
log = logging.getLogger(__name__)


class Supervisor:
    """Looks at all endpoints twice a second."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._looks = 0
        self._looking = Repeating("endpoint-supervisor", self.look, lambda: LOOK_REAL_S)
        self.start, self.stop = self._looking.start, self._looking.stop

    def look(self) -> None:
        self._looks += 1
        for endpoint in list(self._endpoints.live.values()):
            fleet = endpoint.fleet
            given_up = endpoint.status == "OutOfService" and self._looks % RETRY_LOOKS
            if fleet is not None and endpoint.status not in IN_PROGRESS and not given_up and fleet.dead():
                region, account = endpoint.record["EndpointArn"].split(":")[3:5]
                with request_scope(account, region):
                    _replace(endpoint, fleet)


def _replace(endpoint: Endpoint, fleet: Fleet) -> None:
    """The endpoint passes through SystemUpdating; where nobody is left to answer it ends OutOfService."""
    try:
        endpoint.begin("SystemUpdating")
    except ApiError:
        return  # someone else has just begun a change
    for variant in fleet.variants:
        variant.bury()
    endpoint.serve(fleet)
    wanted = {variant.name: variant.desired_count for variant in fleet.variants}
    try:
        fleet.launch(wanted, partial(prepare, endpoint.name))
    except LaunchFailed as fault:
        log.warning("endpoint %s: %s", endpoint.name, fault)
        endpoint.serve(fleet)
        answering = all(variant.instances for variant in fleet.production)
        endpoint.become("InService" if answering else "OutOfService", FailureReason=str(fault)[:1024])
        return
    endpoint.serve(fleet)
    endpoint.become("InService", FailureReason=None)
