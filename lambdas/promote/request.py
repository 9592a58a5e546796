"""Ask for one deployment that is claimed: model, endpoint config, endpoint; and write down that it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.remediation.parts import Deployment
from core.remediation.promotion import Deploy, release_name
from core.remediation.rows import ModelRow
from core.remediation.statuses import busy
from lambdas.failures import QuotaReached, Refused, Unavailable
from lambdas.promote.ports import Ports
from lambdas.steps import settled_by_retry


def request(claim: Deployment, how: Deploy, policy: ModelPolicy, ports: Ports) -> str | None:
    """Why SageMaker refuses it for good; None where it was asked for. Raises Unavailable where that may change, and
    then another handler may ask at once."""
    names, endpoints = ports.names(policy.model), ports.endpoints
    release = release_name(names, claim.version)

    def prepare() -> None:
        endpoints.prepare(names, release, claim.package_arn, how.instances, policy.release)

    why_not = _refusal(claim, prepare, policy, ports)
    if why_not is not None:
        return why_not
    held = settled_by_retry(lambda: _hold(claim, policy.model, ports))
    why_not = _refusal(held, lambda: endpoints.deploy(names.endpoint, release, how, policy.release), policy, ports)
    if why_not is None:
        settled_by_retry(lambda: _write_down(held, policy.model, ports))
    return why_not


def _refusal(held: Deployment, call: Callable[[], None], policy: ModelPolicy, ports: Ports) -> str | None:
    try:
        return _called(held.version, call, policy, ports)
    except Unavailable:
        settled_by_retry(lambda: _give_up(held, policy.model, ports))
        raise


def _called(version: int, call: Callable[[], None], policy: ModelPolicy, ports: Ports) -> str | None:
    try:
        call()
    except QuotaReached as reason:
        raise Unavailable(str(reason)) from reason
    except Refused as reason:
        endpoint = ports.endpoints.endpoint(ports.names(policy.model).endpoint)
        if endpoint is not None and busy(endpoint.status):
            raise Unavailable(f"The endpoint is {endpoint.status}: {reason}") from reason
        return f"SageMaker refused to deploy version {version}. {reason}"
    return None


def _hold(claim: Deployment, model: str, ports: Ports) -> Deployment:
    """The lease begins anew before the one call that must not be made by two. Raises Unavailable where another handler
    has taken the deployment up: this one was slower than a lease, or it is settled by now."""
    reading = ports.ledger.read(Key.of_model(model))
    row = reading.model(model)
    if not _ours(claim, row):
        raise Unavailable(f"another handler has taken up the deployment of version {claim.version}")
    held = replace(claim, at=reading.now)
    ports.ledger.commit(replace(row, deployment=held))
    return held


def _give_up(held: Deployment, model: str, ports: Ports) -> None:
    """What another handler has taken up is left to it."""
    row = ports.ledger.read(Key.of_model(model)).model(model)
    if _ours(held, row):
        ports.ledger.commit(replace(row, deployment=replace(held, given_up=True)))


def _write_down(held: Deployment, model: str, ports: Ports) -> None:
    """Where the deployment has been settled in the meantime there is nothing to write."""
    row = ports.ledger.read(Key.of_model(model)).model(model)
    current = row.deployment
    if current is not None and current.version == held.version and not current.requested:
        ports.ledger.commit(replace(row, deployment=replace(current, requested=True, given_up=False)))


def _ours(claim: Deployment, row: ModelRow) -> bool:
    current = row.deployment
    return current is not None and (current.version, current.at) == (claim.version, claim.at) and not current.requested
