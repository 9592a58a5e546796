"""The records of the service: by kind and key, in one account and region, safe for many threads."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from ministack.core.responses import get_account_id, get_region

from local.clock import now
from local.sagemaker.kinds import Kind

Record = dict[str, Any]
Scope = tuple[str, str]


def arn_of(path: str) -> str:
    """ARN of this service in the request's account and region."""
    return f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:{path}"


def deleted(kind: Kind, record: Record) -> bool:
    """A record that is only kept so that its end can be described."""
    life = kind.lifecycle
    return life is not None and life.deleted is not None and record[life.member] == life.deleted


class Store:
    """Every record, and a way to wait for one to change.

    A record is a plain dict of the API's member names; members that the API does not know are dropped from answers,
    so a part may keep its own beside them. Change a record by `change` alone: it wakes those who wait.
    """

    def __init__(self) -> None:
        self._records: dict[tuple[Scope, str], dict[tuple[str, ...], Record]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self.changed = threading.Condition(threading.RLock())

    def add(self, kind: Kind, members: Mapping[str, Any]) -> Record:
        """A new record, stamped and with its ARN; ApiError where the key is taken. Tags go where tags are kept."""
        key = self.key(kind, members)
        with self.changed:
            rows = self._rows(kind)
            if key in rows and not deleted(kind, rows[key]):
                raise kind.error(kind.exists, key, self.arn(kind, key))
            time = now()
            record: Record = deepcopy({name: value for name, value in members.items() if name != "Tags"})
            record |= {kind.arn: self.arn(kind, key), "CreationTime": time, "LastModifiedTime": time}
            if kind.lifecycle:
                record[kind.lifecycle.member] = kind.lifecycle.creating or kind.lifecycle.ready
            rows[key] = record
            self._tags[record[kind.arn]] = {tag["Key"]: tag["Value"] for tag in members.get("Tags") or ()}
            self.changed.notify_all()
            return record

    def get(self, kind: Kind, *key: object) -> Record:
        """ApiError where there is none. Any part of the key may be an ARN."""
        record = self.find(kind, *key)
        if record is None:
            name = _plain(key)
            raise kind.error(kind.missing, name, self.arn(kind, name))
        return record

    def find(self, kind: Kind, *key: object) -> Record | None:
        with self.changed:
            return self._rows(kind).get(_plain(key))

    def every(self, kind: Kind) -> list[Record]:
        """All records of the kind, oldest first."""
        with self.changed:
            return list(self._rows(kind).values())

    def change(self, record: Record, **members: Any) -> None:
        """Set members; None removes one."""
        with self.changed:
            for name, value in members.items():
                if value is None:
                    record.pop(name, None)
                else:
                    record[name] = value
            record["LastModifiedTime"] = members.get("LastModifiedTime") or now()
            self.changed.notify_all()

    def remove(self, kind: Kind, record: Record) -> None:
        with self.changed:
            self._rows(kind).pop(self.key(kind, record), None)
            self._tags.pop(record[kind.arn], None)
            self.changed.notify_all()

    def wait(self, until: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Sleep until a change makes `until` true; False when the time is up."""
        with self.changed:
            return self.changed.wait_for(until, timeout_s)

    def key(self, kind: Kind, members: Mapping[str, Any]) -> tuple[str, ...]:
        return _plain(tuple(members[name] for name in kind.keys))

    def arn(self, kind: Kind, key: tuple[str, ...]) -> str:
        return arn_of(kind.path.format(**dict(zip(kind.keys, key, strict=True))))

    def tags(self, arn: str) -> dict[str, str]:
        """The live tags of a resource; KeyError for an ARN that no record has."""
        return self._tags[arn]

    def reset(self) -> None:
        with self.changed:
            self._records.clear()
            self._tags.clear()
            self.changed.notify_all()

    def _rows(self, kind: Kind) -> dict[tuple[str, ...], Record]:
        return self._records.setdefault(((get_account_id(), get_region()), kind.name), {})


def _plain(key: tuple[object, ...]) -> tuple[str, ...]:
    """Keys as texts, ARNs replaced by what comes after the first slash."""
    return tuple(part.split("/", 1)[1] if re.match("arn:.*/", part) else part for part in map(str, key))
