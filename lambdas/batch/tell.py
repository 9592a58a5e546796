"""What the team is told of batches: by metrics, which alarms watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.contracts.batch_metrics import BATCH_FAILURES
from core.contracts.ledger import Key
from core.contracts.metrics import Metric
from core.remediation.rows import BatchRow
from lambdas.batch.ports import Ports
from lambdas.log import say

REMEMBERED = timedelta(days=7)
"""Longer than any sweep looks back."""


def tell(metric: Metric, model: str, ports: Ports) -> None:
    now = ports.ledger.read(Key.team()).now
    _publish([metric], model, now, ports)


def tell_once(model: str, found: Mapping[datetime, str], ports: Ports) -> None:
    """That the batches which were due then did not come about, and why; those of which people were not told before.

    Told at the time at which it is found out: of a data point in the past an alarm may take no notice. The ledger
    remembers it, since an event and many sweeps find the same. Raises Stale where another one tells as well.
    """
    if not found:
        return
    reading = ports.ledger.read(Key.batch(model))
    stored = reading.rows.get(Key.batch(model))
    row = stored if isinstance(stored, BatchRow) else BatchRow(model=model)
    new = {_minute(due): why for due, why in found.items() if _minute(due) not in row.told}
    if not new:
        return
    _publish([BATCH_FAILURES] * len(new), model, reading.now, ports)
    for due, why in new.items():
        say("batch did not come about", model=model, due=due, why=why)
    kept = [due for due in row.told if reading.now - due < REMEMBERED]
    ports.ledger.commit(replace(row, told=(*kept, *new)))


def _minute(due: datetime) -> datetime:
    """A batch is known by the minute in which it was due."""
    return due.replace(second=0, microsecond=0)


def _publish(metrics: Sequence[Metric], model: str, now: datetime, ports: Ports) -> None:
    schedule = {"MonitoringSchedule": ports.names(model).batch}
    ports.metrics.publish([metric.datum(1, now, schedule) for metric in metrics])
    say("told", metrics=[metric.name for metric in metrics], model=model)
