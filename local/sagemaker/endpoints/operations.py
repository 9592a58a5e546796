"""CreateEndpoint, UpdateEndpoint, UpdateEndpointWeightsAndCapacities and DeleteEndpoint."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ministack.core.concurrency import spawn_background

from local.credentials import role_client
from local.sagemaker.capture import Capture
from local.sagemaker.endpoints.alarms import tripped
from local.sagemaker.endpoints.building import described, fleet_of, kept, prepare, session_of
from local.sagemaker.endpoints.configs import ENDPOINT_CONFIG
from local.sagemaker.endpoints.deployment import Deployment
from local.sagemaker.endpoints.endpoint import Endpoint
from local.sagemaker.endpoints.fleet import Fleet
from local.sagemaker.endpoints.models import LaunchFailed, ServedModel
from local.sagemaker.endpoints.resizing import resize
from local.sagemaker.endpoints.rollout import plan
from local.sagemaker.kinds import INVALID, Lifecycle, served
from local.sagemaker.resources import Resources
from local.sagemaker.store import Record
from local.service import ApiError

ENDPOINT = served(
    "Endpoint", "endpoint", "endpoint", Lifecycle("EndpointStatus", ready="InService", creating="Creating")
)


class Endpoints:
    """The part of the service that changes endpoints; what describes and lists them is plain.

    `scaled(endpoint, variant)` tells whether Application Auto Scaling sets the variant's capacity, and
    `when_deleted(endpoint)` is called when an endpoint is gone.
    """

    def __init__(self, resources: Resources, capture: Capture) -> None:
        self.live: dict[str, Endpoint] = {}
        self.scaled: Callable[[str, str], bool] = lambda endpoint, variant: False
        self.when_deleted: Callable[[str], None] = lambda endpoint: None
        self._store, self._faults, self._capture = resources.store, resources.faults, capture
        resources.add(ENDPOINT)

    def find(self, name: str) -> Endpoint:
        """ApiError where there is none of this name."""
        return self.live[self._store.get(ENDPOINT, name)["EndpointArn"]]

    def create_endpoint(self, request: Record) -> Record:
        name, deployment = request["EndpointName"], request.get("DeploymentConfig")
        config = self._store.get(ENDPOINT_CONFIG, request["EndpointConfigName"])
        fleet = fleet_of(self._store, name, config)
        plan(deployment, _wanted(fleet))
        record = self._store.add(ENDPOINT, {key: value for key, value in request.items() if key != "DeploymentConfig"})
        endpoint = self.live[record["EndpointArn"]] = Endpoint(self._store, record)
        endpoint.become("Creating", LastDeploymentConfig=deployment)
        spawn_background(self._create, endpoint, fleet, thread_name="endpoint-create")
        return record

    def update_endpoint(self, request: Record) -> Record:
        endpoint = self.find(request["EndpointName"])
        config = self._store.get(ENDPOINT_CONFIG, request["EndpointConfigName"])
        before = self._fleet(endpoint)
        fleet = fleet_of(self._store, endpoint.name, config, before, kept(request))
        self._refuse_other_instances_of_scaled(endpoint.name, before, fleet)
        last = endpoint.record.get("LastDeploymentConfig") if request.get("RetainDeploymentConfig") else None
        deployment = request.get("DeploymentConfig", last)
        rollout = plan(deployment, _wanted(fleet))
        endpoint.begin("Updating", fleet)
        watch = partial(_watch, fleet.production[0].model.role_arn, endpoint.name, rollout.alarms)
        work = Deployment(endpoint, fleet, rollout, watch, partial(self._prepare, "update", endpoint.name))
        spawn_background(self._update, work, deployment, thread_name="endpoint-update")
        return endpoint.record

    def update_endpoint_weights_and_capacities(self, request: Record) -> Record:
        endpoint = self.find(request["EndpointName"])
        fleet = self._fleet(endpoint)
        wanted: dict[str, Record] = {entry["VariantName"]: entry for entry in request["DesiredWeightsAndCapacities"]}
        unknown = sorted(wanted.keys() - {variant.name for variant in fleet.variants})
        if unknown:
            raise _invalid(f'Variant(s) {", ".join(unknown)} not found in endpoint "{endpoint.record["EndpointArn"]}".')
        counts = {
            name: entry["DesiredInstanceCount"] for name, entry in wanted.items() if "DesiredInstanceCount" in entry
        }
        if any(count < 1 for count in counts.values()):
            raise _invalid("DesiredInstanceCount must be at least 1.")
        if any("ServerlessConfig" in variant.config for variant in fleet.variants if variant.name in counts):
            raise _invalid("A serverless variant has no instances.")
        weights = {name: float(entry["DesiredWeight"]) for name, entry in wanted.items() if "DesiredWeight" in entry}
        endpoint.begin("Updating")
        work = (endpoint, fleet, counts, weights, partial(prepare, endpoint.name))
        spawn_background(resize, *work, thread_name="endpoint-resize")
        return endpoint.record

    def delete_endpoint(self, request: Record) -> None:
        endpoint = self.find(request["EndpointName"])
        endpoint.begin("Deleting")
        spawn_background(self._delete, endpoint, thread_name="endpoint-delete")

    def reset(self) -> None:
        """Forget all endpoints. What was captured of them goes nowhere, as S3 is empty as well."""
        self._capture.forget()
        for arn in list(self.live):
            spawn_background(self.live.pop(arn).stop_fleets, thread_name="endpoint-reset")

    def _create(self, endpoint: Endpoint, fleet: Fleet) -> None:
        counts = {variant.name: variant.desired_count for variant in fleet.variants}
        try:
            fleet.launch(counts, partial(self._prepare, "create", endpoint.name))
        except LaunchFailed as fault:
            fleet.stop()
            endpoint.become("Failed", FailureReason=str(fault)[:1024])
            return
        if endpoint.record["EndpointArn"] not in self.live:  # everything was reset meanwhile
            fleet.stop()
            return
        endpoint.serve(fleet)
        endpoint.become("InService", **described(fleet))

    def _update(self, work: Deployment, deployment: Record | None) -> None:
        try:
            work.run({**described(work.new), "LastDeploymentConfig": deployment})
        finally:
            if work.endpoint.record["EndpointArn"] not in self.live:  # everything was reset meanwhile
                work.new.stop()
        self._capture.flush()

    def _delete(self, endpoint: Endpoint) -> None:
        self._faults.wait()
        endpoint.stop_fleets()
        self._capture.flush()
        self.when_deleted(endpoint.name)
        self.live.pop(endpoint.record["EndpointArn"], None)
        self._store.remove(ENDPOINT, endpoint.record)

    def _prepare(self, phase: str, endpoint: str, model: ServedModel, root: Path) -> dict[str, str]:
        """As `prepare`, unless it was ordered that the phase goes wrong."""
        self._faults.wait()
        if reason := self._faults.failure("Endpoint", phase):
            raise LaunchFailed(reason)
        return prepare(endpoint, model, root)

    def _fleet(self, endpoint: Endpoint) -> Fleet:
        """The fleet of an endpoint that may be changed."""
        endpoint.refuse_in_progress()
        if endpoint.fleet is None:
            raise _invalid(f'Endpoint "{endpoint.record["EndpointArn"]}" has failed; it can only be deleted.')
        return endpoint.fleet

    def _refuse_other_instances_of_scaled(self, name: str, before: Fleet, after: Fleet) -> None:
        types = {variant.name: variant.config.get("InstanceType") for variant in before.production}
        for variant in after.production:
            other = types.get(variant.name) != variant.config.get("InstanceType")
            if variant.name in types and other and self.scaled(name, variant.name):
                raise _invalid(
                    f"The update would change the instance type of variant {variant.name}, whose capacity is set by "
                    "Application Auto Scaling. Deregister it as a scalable target first."
                )


def _watch(role_arn: str, endpoint: str, alarms: tuple[str, ...]) -> str | None:
    return tripped(role_client("cloudwatch", role_arn, session_of(endpoint)), alarms) if alarms else None


def _wanted(fleet: Fleet) -> int:
    return sum(variant.desired_count for variant in fleet.production)


def _invalid(text: str) -> ApiError:
    return ApiError(INVALID, text)
