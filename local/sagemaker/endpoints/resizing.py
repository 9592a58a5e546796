"""UpdateEndpointWeightsAndCapacities at work: more instances, fewer instances, other weights."""

from __future__ import annotations

from collections.abc import Mapping

from local.sagemaker.endpoints.endpoint import Endpoint
from local.sagemaker.endpoints.fleet import Fleet, Prepare, stop
from local.sagemaker.endpoints.models import LaunchFailed


def resize(
    endpoint: Endpoint, fleet: Fleet, counts: Mapping[str, int], weights: Mapping[str, float], prepare: Prepare
) -> None:
    """Ends InService; where new instances do not start, with the old capacity and a FailureReason."""
    before = {variant.name: len(variant.instances) for variant in fleet.variants}
    wanted = {**before, **counts}
    for variant in fleet.variants:
        variant.desired_count = wanted[variant.name]
        variant.desired_weight = weights.get(variant.name, variant.weight)
        change = wanted[variant.name] - before[variant.name]
        if change:
            direction = "out" if change > 0 else "in"
            variant.say("Updating", f"Scaling {direction} desired instance count to {wanted[variant.name]}.")
    endpoint.progress()
    try:
        fleet.launch(wanted, prepare)
        reason = None
    except LaunchFailed as fault:
        reason = str(fault)[:1024]
        endpoint.become("RollingBack", FailureReason=reason)
        wanted = before
    for variant in fleet.variants:
        variant.desired_count = wanted[variant.name]
        variant.weight = variant.desired_weight = variant.weight if reason else variant.desired_weight
    retired = [instance for variant in fleet.variants for instance in variant.retire(wanted[variant.name])]
    fleet.clear_status()
    endpoint.serve(fleet)
    stop(retired)
    endpoint.become("InService", FailureReason=reason)
