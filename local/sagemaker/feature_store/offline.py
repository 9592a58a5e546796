"""Offline stores: every record in Parquet files, written in batches in the name of the group's role.

Keys are those of the developer guide, "Feature Store offline store URI structures". AWS writes within 15 minutes; here
a batch is written a moment after its first record.
"""

from __future__ import annotations

import contextvars
import io
import logging
import secrets
import string
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import get_account_id, get_region

from local import clock
from local.credentials import role_client
from local.sagemaker.feature_store import table
from local.sagemaker.feature_store.features import typed, types_of
from local.sagemaker.store import Record, Store
from local.storage import Location

log = logging.getLogger(__name__)
SESSION = "FeatureStore"
BATCH_S = 0.3
"""Real seconds between the first record of a batch and its files."""
_RANDOM = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it was put or deleted."""

    values: dict[str, str]
    time: datetime
    invoked: datetime
    deleted: bool = False


class Offline:
    """Writes what is handed to it; a group whose role may not write is Blocked, as AWS shows it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, list[Row]] = defaultdict(list)
        self._guard = threading.Lock()

    def append(self, group: Record, row: Row) -> None:
        with self._guard:
            rows = self._waiting[group["FeatureGroupArn"]]
            rows.append(row)
            if len(rows) > 1:
                return
        context = contextvars.copy_context()  # account and region of the request
        timer = threading.Timer(BATCH_S, context.run, (self._flush, group))
        timer.daemon = True
        timer.start()

    def reset(self) -> None:
        with self._guard:
            self._waiting.clear()

    def _flush(self, group: Record) -> None:
        with self._guard:
            rows = self._waiting.pop(group["FeatureGroupArn"], [])
        hours: dict[datetime, list[Row]] = defaultdict(list)
        for row in rows:
            hours[row.time.replace(minute=0, second=0, microsecond=0)].append(row)
        try:
            for hour, batch in hours.items():
                self._write(group, hour, batch)
        except (ClientError, BotoCoreError) as fault:
            log.warning("%s: %s", group["FeatureGroupArn"], fault)
            self._store.change(group, OfflineStoreStatus={"Status": "Blocked", "BlockedReason": str(fault)})
        else:
            self._store.change(group, OfflineStoreStatus={"Status": "Active"})

    def _write(self, group: Record, hour: datetime, rows: list[Row]) -> None:
        place = Location.of(table.location(group))
        newest = max(row.time for row in rows)
        name = "".join(secrets.choice(_RANDOM) for _ in range(16))
        key = place.below(f"{table.folder(hour)}/{newest:%Y%m%dT%H%M%SZ}_{name}.parquet")
        encryption: dict[str, str] = {}
        if key_id := group["OfflineStoreConfig"]["S3StorageConfig"].get("KmsKeyId"):
            encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id}
        s3 = role_client("s3", group["RoleArn"], SESSION)
        s3.put_object(Bucket=place.bucket, Key=key, Body=_parquet(group, rows), **encryption)
        if not group["OfflineStoreConfig"].get("DisableGlueTableCreation"):
            table.add_partition(group, hour)


def resolved(group: Record, s3_uri: str) -> str:
    """S3 URI below which a group's data lies."""
    stamp, name = int(group["CreationTime"].timestamp()), group["FeatureGroupName"]
    place = f"{get_account_id()}/sagemaker/{get_region()}/offline-store/{name}-{stamp}/data"
    return f"{s3_uri.rstrip('/')}/{place}"


def _parquet(group: Record, rows: list[Row]) -> bytes:
    import pyarrow as pa  # takes a third of a second, which only those who keep features wait for
    import pyarrow.parquet as pq

    kinds = {"Integral": pa.int64(), "Fractional": pa.float64(), "String": pa.string()}
    columns: dict[str, Any] = {
        name: pa.array([_value(row, name, type) for row in rows], kinds[type]) for name, type in types_of(group).items()
    }
    stamp = pa.timestamp("ms")
    columns["write_time"] = pa.array([clock.now().replace(tzinfo=None)] * len(rows), stamp)
    columns["api_invocation_time"] = pa.array([row.invoked.replace(tzinfo=None) for row in rows], stamp)
    columns["is_deleted"] = pa.array([row.deleted for row in rows], pa.bool_())
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _value(row: Row, name: str, type: str) -> int | float | str | None:
    return typed(name, type, row.values[name]) if name in row.values else None
