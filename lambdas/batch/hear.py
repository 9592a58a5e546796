"""One message of the queue: a batch that is due, one that has ended, a sweep, or something to be refused."""

from __future__ import annotations

from core.contracts.batch import BatchDue, BatchEnded
from core.contracts.events import NotThisEvent, SweepDue
from lambdas.batch.ports import Ports
from lambdas.batch.score import score
from lambdas.batch.sweep import sweep
from lambdas.batch.watch import ended
from lambdas.messages import decoded
from lambdas.steps import quarantine


def hear(body: str, ports: Ports) -> str:
    """What became of it. A message that is not let in is quarantined and not delivered again."""
    try:
        match _read(body):
            case BatchDue() as due:
                return score(due, ports)
            case BatchEnded() as event:
                return ended(event, ports)
            case SweepDue():
                return sweep(ports)
    except NotThisEvent as reason:
        return quarantine(ports.ledger, body, str(reason))


def _read(body: str) -> BatchDue | BatchEnded | SweepDue:
    """Raises NotThisEvent."""
    event = decoded(body)
    if not isinstance(event, dict) or event.get("source") != SweepDue.SOURCE:
        return BatchEnded.parse(event)
    if event.get("detail-type") == BatchDue.DETAIL_TYPE:
        return BatchDue.parse(event)
    return SweepDue.parse(event)
