"""Create, Describe, Update, Delete and List of resources that are only kept: their records, statuses and tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from threading import Timer
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope

from local.sagemaker import listing
from local.sagemaker.faults import Faults
from local.sagemaker.kinds import INVALID, Kind
from local.sagemaker.store import Record, Store
from local.service import ApiError
from local.service.service import service_model

PHASE_S = 0.05
"""Real seconds that a resource stays Pending, Updating or Deleting."""

Request = dict[str, Any]
Answer = Callable[[Request], Request | None]


class Resources:
    """The part of the service that answers for every plain kind; parts with behaviour of their own build on it."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store, self.faults = store, faults
        self._answers: dict[str, Answer] = {}

    def add(self, kind: Kind) -> None:
        """Answer the operations of one more kind."""
        plural = f"{kind.name[:-1]}ies" if kind.name.endswith("y") else f"{kind.name}s"
        for verb in (self.create, self.describe, self.update, self.delete):
            self._answers[f"{verb.__name__.capitalize()}{kind.name}"] = partial(verb, kind)
        self._answers[f"List{plural}"] = partial(self.list, f"List{plural}", kind)

    def fallback(self, operation: str) -> Answer | None:
        return self._answers.get(operation)

    def create(self, kind: Kind, request: Request) -> Record:
        record = self.store.add(kind, request)
        if kind.lifecycle:
            self._settle(kind, record, "create", kind.lifecycle.ready, kind.lifecycle.create_failed)
        return record

    def describe(self, kind: Kind, request: Request) -> Record:
        """Addressed by its keys, or by its ARN where that is what the operation takes."""
        return self.store.get(kind, *(request.get(name) or request[kind.arn] for name in kind.keys))

    def update(self, kind: Kind, request: Request) -> Record:
        record, life = self.describe(kind, request), kind.lifecycle
        self.store.change(
            record, **{name: value for name, value in request.items() if name not in (*kind.keys, kind.arn)}
        )
        if life and life.updating:
            self.store.change(record, **{life.member: life.updating})
            self._settle(kind, record, "update", life.updated or life.ready, life.update_failed)
        return record

    def delete(self, kind: Kind, request: Request) -> Record:
        record, life = self.describe(kind, request), kind.lifecycle
        if life and life.deleting:
            self.store.change(record, **{life.member: life.deleting})
            self._settle(kind, record, "delete", life.deleted, life.delete_failed)
        else:
            self.store.remove(kind, record)
        return record

    def list(self, operation: str, kind: Kind, request: Request, records: Iterable[Record] | None = None) -> Request:
        """A page of `records`, or of all of the kind."""
        model = service_model("sagemaker").operation_model(operation)
        return listing.answer(model, kind, self.store.every(kind) if records is None else records, request)

    def move(self, kind: Kind, record: Record, status: str) -> None:
        """Give the record a status after a phase has passed."""
        assert kind.lifecycle
        begun = record[kind.lifecycle.member]
        self._later(lambda: self._arrive(kind, record, begun, status))

    def _settle(self, kind: Kind, record: Record, phase: str, status: str | None, failed: str | None) -> None:
        """End the phase: in `status`, in `failed` where that was ordered, or (status None) with the record gone."""
        reason = self.faults.failure(kind.name, phase) if failed else None
        assert kind.lifecycle
        begun = record[kind.lifecycle.member]
        if reason:
            self._later(lambda: self._arrive(kind, record, begun, failed, FailureReason=reason))
        elif phase != "create" or kind.lifecycle.creating:
            self._later(lambda: self._arrive(kind, record, begun, status))

    def _arrive(self, kind: Kind, record: Record, begun: str, status: str | None, **members: Any) -> None:
        """End the phase in which the record was, unless somebody has begun another one meanwhile."""
        assert kind.lifecycle
        with self.store.changed:
            if record[kind.lifecycle.member] != begun:
                return
            if status is None:
                self.store.remove(kind, record)
            else:
                self.store.change(record, **{kind.lifecycle.member: status}, **members)

    def _later(self, step: Callable[[], None]) -> None:
        account, region = get_account_id(), get_region()

        def run() -> None:
            self.faults.wait()
            with request_scope(account, region):
                step()

        timer = Timer(PHASE_S, run)
        timer.daemon = True
        timer.start()


class Tags:
    """AddTags, DeleteTags and ListTags of everything in the store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add_tags(self, request: Request) -> Request:
        tags = self._of(request)
        added = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        if len(tags | added) > 50:
            raise ApiError(INVALID, f"A resource has at most 50 tags; {len(tags | added)} were asked for.")
        tags.update(added)
        return {"Tags": _listed(tags)}

    def delete_tags(self, request: Request) -> None:
        for key in request["TagKeys"]:
            self._of(request).pop(key, None)

    def list_tags(self, request: Request) -> Request:
        return listing.page("Tags", _listed(self._of(request)), request)

    def _of(self, request: Request) -> dict[str, str]:
        arn = request["ResourceArn"]
        if not re.match(r"arn:aws[a-z-]*:sagemaker:", arn):
            raise ApiError(INVALID, f"{arn!r} is no ARN of SageMaker.")
        try:
            return self.store.tags(arn)
        except KeyError:
            raise ApiError(INVALID, f"Could not find the resource {arn!r}.") from None


def _listed(tags: dict[str, str]) -> list[Record]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
