"""Creation, update and deletion of a resource by calling the API of its type."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from ministack.services.cloudformation.provisioners import _physical_name

from local.cloudformation import tagging
from local.cloudformation.api import call, is_missing, members_of
from local.cloudformation.resource_type import Properties, ResourceType

PATIENCE_S = 900.0
PAUSES_S = (0.02, 0.05, 0.1, 0.2)
"""Between looks at a resource that is not ready yet; the last one repeats."""

CHANGING = ("creating", "createpending", "updating", "deleting", "pending", "rollingback", "starting", "stopping")
"""Statuses that pass by themselves, without their case and underscores; so do all that end in `inprogress`."""

RUNNING = "InService"
DELETED = ("Deleted", "DeleteCompleted")
"""Statuses of what can still be described after its end, as an MLflow App or a project."""


class NotProvisioned(Exception):
    """The resource is not what the template says; the message is the reason in the stack's events."""


@dataclass(frozen=True, slots=True)
class Provisioner:
    """ministack's handler for one type: it calls these with what it knows and keeps what they return."""

    type: ResourceType

    def handlers(self) -> dict[str, Any]:
        return {"create": self.create, "update": self.update, "update_with_logical_id": True, "delete": self.delete}

    def create(self, logical_id: str, properties: Properties, stack: str) -> tuple[str, Properties]:
        """Ref and GetAtt attributes of a new resource; what was made of one that fails is removed again."""
        wanted = self._named(logical_id, self._own_tags(self.type.flat(properties)), stack)
        answer = self.type.outcome(self._call(self.type.create, self._checked(self.type.to_create(wanted))))
        known = {**wanted, **answer}
        try:
            known |= self._settled(self._key_of(known))
        except NotProvisioned:
            self._delete(self._key_of(known))
            raise
        ref = "|".join(str(known[member]) for member in self.type.ref)
        return ref, _attributes({**known, **self.type.recover(ref, known)})

    def update(
        self, ref: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None
    ) -> tuple[str, Properties]:
        """Change in place; ministack has replaced the resource already where a create-only property changed."""
        wanted, known = self._own_tags(self.type.flat(new)), self.type.recover(ref, new)
        name = self.type.named_by
        if name and wanted.get(name) and wanted[name] != known.get(name, wanted[name]):
            return self.create(str(logical_id), new, stack)  # another Ref: ministack deletes the old resource
        if any(_part(old, path) != _part(new, path) for path in self.type.create_only_within):
            return self.create(str(logical_id), new, stack)
        known = {**wanted, **known, **dict(zip(self.type.ref, ref.split("|"), strict=True))}
        key = self._key_of(known)
        if self.type.update and _differ(old, new, self.type.tags):
            change = {**self.type.to_update(old, known), **key}
            stood = self._stand_still(key)
            known |= self.type.outcome(self._call(self.type.update, change))
            if stood and self.type.start:
                self._settled(key)
                self._call(self.type.start, key)
        attributes = _attributes({**known, **self._settled(key)})
        if self.type.tagged_by:
            tagging.change(self.type.service, attributes[self.type.tagged_by], old, new, self.type.tags)
        return ref, attributes

    def delete(self, ref: str, properties: Properties) -> None:
        """A resource that is already gone is deleted."""
        self._delete(self._key_of({**properties, **self.type.recover(ref, properties)}))

    def _delete(self, key: Properties) -> None:
        try:
            self._stand_still(key)
            self._call(self.type.delete, key)
            for _ in _patiently() if self.type.status else ():
                if self._call(str(self.type.describe), key).get(self.type.status or "") in DELETED:
                    return
        except ClientError as error:
            if not is_missing(error):
                raise

    def _stand_still(self, key: Properties) -> bool:
        """Stop a resource that runs, where its type demands that; whether it was running."""
        if self.type.stop is None or self._call(str(self.type.describe), key).get(self.type.status or "") != RUNNING:
            return False
        self._call(self.type.stop, key)
        self._settled(key)
        return True

    def _settled(self, key: Properties) -> Properties:
        """The resource as its API describes it once it is ready; raises NotProvisioned where it fails."""
        if self.type.describe is None:
            return {}
        for _ in _patiently():
            described = self._call(self.type.describe, key)
            status = str(described.get(self.type.status or "", "")).replace("_", "").lower()
            if "fail" in status or described.get("FailureReason"):
                raise NotProvisioned(described.get("FailureReason") or f"{self.type.status} is {status}")
            if status not in CHANGING and not status.endswith("inprogress"):
                return described
        raise NotProvisioned(f"{self.type.name} did not settle within {PATIENCE_S:.0f} s")

    def _checked(self, members: Properties) -> Properties:
        """A property that the API would not take must not be dropped in silence."""
        known = members_of(self.type.service, self.type.create)
        if self.type.update:
            known |= members_of(self.type.service, self.type.update)
        if strange := sorted(name for name, value in members.items() if name not in known and value is not None):
            raise NotProvisioned(f"{self.type.name} is not modelled with {', '.join(strange)} by the embedded AWS")
        return members

    def _named(self, logical_id: str, properties: Properties, stack: str) -> Properties:
        name = self.type.named_by
        if name is None or properties.get(name):
            return properties
        return {**properties, name: _physical_name(stack, logical_id, max_len=self.type.longest)}

    def _own_tags(self, properties: Properties) -> Properties:
        tags = self.type.tags
        return {**properties, tags: tagging.own(properties[tags])} if tags in properties else properties

    def _key_of(self, known: Properties) -> Properties:
        return {member: known[member] for member in self.type.key if member in known}

    def _call(self, operation: str, members: Properties) -> Properties:
        return call(self.type.service, operation, members)


def _patiently() -> Iterator[None]:
    deadline = time.monotonic() + PATIENCE_S
    pauses = iter(PAUSES_S)
    while time.monotonic() < deadline:
        yield
        time.sleep(next(pauses, PAUSES_S[-1]))


def _differ(old: Properties, new: Properties, tags: str) -> bool:
    return any(old.get(name) != new.get(name) for name in old.keys() | new.keys() if name != tags)


def _part(properties: Properties, path: str) -> Any:
    value: Any = properties
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _attributes(known: Properties) -> Properties:
    """What Fn::GetAtt may ask for: the values that are no structures, as CloudFormation writes them."""
    simple = {name: value for name, value in known.items() if isinstance(value, (str, int, float, datetime))}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in simple.items()}
