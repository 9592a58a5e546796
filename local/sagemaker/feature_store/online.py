"""Online stores: of every id the newest record, until it is deleted or expires."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local import clock
from local.sagemaker.store import Record

UNITS = {"Seconds": "seconds", "Minutes": "minutes", "Hours": "hours", "Days": "days", "Weeks": "weeks"}


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest record of one id; `values` is None where that record is a deletion."""

    values: dict[str, str] | None
    time: datetime
    expires: datetime | None


class Online:
    """The stores of all groups, by the groups' ARNs; safe for many threads."""

    def __init__(self) -> None:
        self._stores: dict[str, dict[str, Newest]] = {}
        self._guard = threading.Lock()

    def put(self, group: Record, key: str, newest: Newest) -> None:
        """Keep the record unless a newer one is there; one that has expired already removes what is there."""
        with self._guard:
            store = self._store(group)
            there = store.get(key)
            if there is not None and there.time > newest.time:
                return
            if newest.expires is not None and newest.expires <= clock.now():
                store.pop(key, None)
            else:
                store[key] = newest

    def delete(self, group: Record, key: str, time: datetime, hard: bool) -> bool:
        """Delete a record that is older than `time`; False where there is none. A soft deletion is remembered with
        its time, so that what is older than it stays away."""
        with self._guard:
            store = self._store(group)
            there = store.get(key)
            if there is not None and there.time >= time:
                return False
            if hard:
                store.pop(key, None)
            else:
                store[key] = Newest(None, time, None)
            return True

    def get(self, group: Record, key: str) -> Newest | None:
        """None where there is no record, or it is deleted, or has expired."""
        with self._guard:
            store = self._store(group)
            found = store.get(key)
            if found is not None and found.expires is not None and found.expires <= clock.now():
                del store[key]
                return None
            return found if found is not None and found.values is not None else None

    def keys(self, group: Record) -> list[str]:
        return [key for key in list(self._store(group)) if self.get(group, key) is not None]

    def forget(self, group: Record) -> None:
        with self._guard:
            self._stores.pop(group["FeatureGroupArn"], None)

    def reset(self) -> None:
        with self._guard:
            self._stores.clear()

    def _store(self, group: Record) -> dict[str, Newest]:
        return self._stores.setdefault(group["FeatureGroupArn"], {})


def expiry(time: datetime, duration: dict[str, Any] | None) -> datetime | None:
    """Event time + duration; None without one."""
    return None if not duration else time + timedelta(**{UNITS[duration["Unit"]]: duration["Value"]})
