"""Ask for one deployment that is claimed: model, endpoint config, endpoint; and write down that it was asked for."""

from __future__ import annotations

from dataclasses import replace

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.remediation.promotion import Deploy, release_name
from core.remediation.statuses import busy
from lambdas.failures import QuotaReached, Refused, Unavailable
from lambdas.promote.ports import Ports
from lambdas.steps import settled_by_retry


def request(package_arn: str, version: int, how: Deploy, policy: ModelPolicy, ports: Ports) -> str | None:
    """Why SageMaker refuses it for good; None where it was asked for. Raises Unavailable where that may change, and
    then another handler may ask at once."""
    try:
        why_not = _ask(package_arn, version, how, policy, ports)
    except Unavailable:
        settled_by_retry(lambda: _write_down(version, policy.model, ports, requested=False))
        raise
    if why_not is None:
        settled_by_retry(lambda: _write_down(version, policy.model, ports, requested=True))
    return why_not


def _ask(package_arn: str, version: int, how: Deploy, policy: ModelPolicy, ports: Ports) -> str | None:
    names = ports.names(policy.model)
    release = release_name(names, version)
    try:
        ports.endpoints.prepare(names, release, package_arn, how.instances, policy.release)
        ports.endpoints.deploy(names.endpoint, release, how, policy.release)
    except QuotaReached as reason:
        raise Unavailable(str(reason)) from reason
    except Refused as reason:
        endpoint = ports.endpoints.endpoint(names.endpoint)
        if endpoint is not None and busy(endpoint.status):
            raise Unavailable(f"The endpoint is {endpoint.status}: {reason}") from reason
        return f"SageMaker refused to deploy version {version}. {reason}"
    return None


def _write_down(version: int, model: str, ports: Ports, *, requested: bool) -> None:
    """Where the deployment has been settled in the meantime there is nothing to write."""
    row = ports.ledger.read(Key.of_model(model)).model(model)
    current = row.deployment
    if current is not None and current.version == version and not current.requested:
        ports.ledger.commit(replace(row, deployment=replace(current, requested=requested, given_up=not requested)))
