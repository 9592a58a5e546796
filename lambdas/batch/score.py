"""Start what is due: once, with the version that is in service, and only where there are rows."""

from __future__ import annotations

from datetime import timedelta

from core.contracts.batch import BatchDue, BatchPolicy, job_name
from core.contracts.batch_metrics import BATCH_IDLE, of_batch
from core.contracts.events import NotThisEvent
from core.contracts.ledger import Key
from core.contracts.metrics import ROWS
from core.contracts.policy import ModelPolicy
from core.remediation.intake import SKEW, known
from lambdas.batch.ports import Ports
from lambdas.batch.tell import tell, tell_once
from lambdas.failures import Conflicting, QuotaReached, Refused, Unavailable


def score(due: BatchDue, ports: Ports) -> str:
    """What became of it: STARTED, IDLE or REFUSED, with the reason. Raises NotThisEvent for what is not to be scored,
    Unavailable where that may change."""
    policy = known(due.endpoint, ports.by_endpoint)
    batch = _admitted(due, policy, ports)
    names = ports.names(policy.model)
    if ports.jobs.transform(job_name(names, due.at)) is not None:
        return "STARTED: before"
    release = ports.releases.release(policy.model)
    if release is None:
        _no_silence(due, policy.model, ports)
        return "IDLE: nothing is in service yet"
    prefix = batch.rows_prefix(names, due.at)
    if not ports.rows.any(prefix):
        _no_silence(due, policy.model, ports)
        tell(BATCH_IDLE, policy.model, ports)
        return f"IDLE: no rows lie below {prefix}"
    try:
        ports.jobs.score(names, release.endpoint_config, due.at, batch)
    except Conflicting:
        return "STARTED: before"
    except QuotaReached as reason:
        raise Unavailable(str(reason)) from reason
    except Refused as reason:
        tell_once(policy.model, {due.at: str(reason)}, ports)
        return f"REFUSED: {reason}"
    return f"STARTED: {job_name(names, due.at)} with {release.endpoint_config}"


def _no_silence(due: BatchDue, model: str, ports: Ports) -> None:
    """Nothing was to be scored then: as of a window of the endpoint without requests, its rows are counted, none."""
    rows = of_batch(ROWS)
    ports.metrics.publish([rows.datum(0, due.at, {"MonitoringSchedule": ports.names(model).batch})])


def _admitted(due: BatchDue, policy: ModelPolicy, ports: Ports) -> BatchPolicy:
    if policy.batch is None:
        raise NotThisEvent(f"{policy.model!r} does not score by a schedule")
    age = ports.ledger.read(Key.team()).now - due.at
    if not -SKEW <= age <= timedelta(seconds=policy.batch.every_s):
        raise NotThisEvent(f"it was due {age} ago; accepted are up to {policy.batch.every_s} seconds")
    return policy.batch
