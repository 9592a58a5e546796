"""One endpoint while it lives: its record, its fleet, and where its traffic goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.events import emit
from local.sagemaker.endpoints.fleet import Fleet, Variant
from local.sagemaker.endpoints.instance import Instance
from local.sagemaker.endpoints.traffic import Lane
from local.sagemaker.kinds import INVALID
from local.sagemaker.store import Record, Store
from local.service import ApiError

IN_PROGRESS = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
ANSWERING = frozenset({"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"})
_EVENT_MEMBERS = (
    "EndpointName",
    "EndpointArn",
    "EndpointConfigName",
    "ProductionVariants",
    "EndpointStatus",
    "FailureReason",
    "CreationTime",
    "LastModifiedTime",
    "PendingDeploymentSummary",
)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Where requests go. Replaced whole, so a request sees one state of it or the next."""

    lanes: Sequence[Lane[Instance]]
    shadows: Sequence[Lane[Instance]]
    variants: Mapping[Instance, Variant]


NOWHERE = Traffic((), (), {})


class Endpoint:
    """`fleet` is in service; `pending` is about to be, while an update runs."""

    def __init__(self, store: Store, record: Record) -> None:
        self.record = record
        self.fleet: Fleet | None = None
        self.pending: Fleet | None = None
        self.strays: list[Fleet] = []
        """Fleets that a failed rollback left behind."""
        self.traffic = NOWHERE
        self._store = store

    @property
    def name(self) -> str:
        name: str = self.record["EndpointName"]
        return name

    @property
    def status(self) -> str:
        status: str = self.record["EndpointStatus"]
        return status

    def refuse_in_progress(self) -> None:
        if self.status in IN_PROGRESS:
            raise ApiError(INVALID, f'Cannot update in-progress endpoint "{self.record["EndpointArn"]}".')

    def begin(self, status: str, pending: Fleet | None = None) -> None:
        """Claim the endpoint for one change; ApiError while another one is in progress."""
        with self._store.changed:
            self.refuse_in_progress()
            self.pending = pending
            self._store.change(self.record, EndpointStatus=status)
        if status == "Deleting":
            self.traffic = NOWHERE
        self.become(status)

    def become(self, status: str, **members: Any) -> None:
        """Change the status and tell the world."""
        self._store.change(self.record, EndpointStatus=status, **self._described(), **members)
        self._emit("SageMaker Endpoint State Change")

    def progress(self) -> None:
        """Tell how far a deployment has come."""
        self._store.change(self.record, **self._described())
        self._emit("SageMaker Endpoint Deployment State Change")

    def route(self, lanes: Sequence[Lane[Instance]], fleets: Sequence[Fleet]) -> None:
        """Send the traffic over `lanes`, whose instances belong to `fleets`; shadows are those of the last one."""
        variants = [variant for fleet in fleets for variant in fleet.variants]
        self.traffic = Traffic(
            lanes=tuple(lane for lane in lanes if lane.instances),
            shadows=tuple(variant.lane() for variant in fleets[-1].shadows if variant.instances),
            variants={instance: variant for variant in variants for instance in variant.instances},
        )

    def serve(self, fleet: Fleet) -> None:
        """All traffic to one fleet."""
        self.fleet, self.pending = fleet, None
        self.route([variant.lane() for variant in fleet.production], [fleet])

    def stop_fleets(self) -> None:
        """Stop whatever was started for the endpoint."""
        for fleet in (self.fleet, self.pending, *self.strays):
            if fleet is not None:
                fleet.stop()

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = self.fleet.summaries() if self.fleet else {}
        if self.pending is None:
            return {**described, "PendingDeploymentSummary": None}
        pending = {name: rows for name, rows in self.pending.summaries().items() if rows}
        started = self.record.get("PendingDeploymentSummary", {}).get("StartTime") or self.record["LastModifiedTime"]
        summary = {"EndpointConfigName": self.pending.config["EndpointConfigName"], "StartTime": started, **pending}
        return {**described, "PendingDeploymentSummary": summary}

    def _emit(self, detail_type: str) -> None:
        """EventBridge spells statuses in capitals (IN_SERVICE), as the guide's examples do."""
        detail = {name: self.record[name] for name in _EVENT_MEMBERS if name in self.record}
        detail["EndpointStatus"] = re.sub(r"(?<!^)(?=[A-Z])", "_", self.status).upper()
        tags = self._store.tags(self.record["EndpointArn"])
        emit("aws.sagemaker", detail_type, {**detail, "Tags": tags}, [self.record["EndpointArn"]])
