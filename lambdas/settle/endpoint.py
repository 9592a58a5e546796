"""Settle the deployment of a model: ask how the endpoint stands, keep what is in service on record, say so."""

from __future__ import annotations

from core.contracts.ledger import Key
from core.contracts.release import Release
from core.remediation.deployment import Gone, Released, RolledBack, adopted, judge, released, withdrawn
from core.remediation.outcomes import Outcome
from core.remediation.parts import Deployment
from core.remediation.promotion import Endpoint, release_name, version_of
from core.remediation.rows import ModelRow
from core.remediation.statuses import SERVING
from core.remediation.switching import back, overruled
from core.remediation.transitions import Rows
from lambdas.failures import NotThere, Stale
from lambdas.log import say
from lambdas.settle.ports import Ports
from lambdas.settle.run import NOTHING, both
from lambdas.steps import announce, settled_by_retry


def settle_endpoint(model: str, ports: Ports) -> str:
    """A deployment that is under way, or a version that a person put into service."""
    result, episode = settled_by_retry(lambda: _look(model, ports))
    if episode:
        announce(ports.ledger, ports.topic, ports.team, ports.policies[model], episode)
    return result


def _look(model: str, ports: Ports) -> tuple[str, str]:
    """What became of it, and the episode of which that was written; each try asks the endpoint anew."""
    deployment = ports.ledger.read(Key.of_model(model)).model(model).deployment
    endpoint = ports.endpoints.endpoint(ports.names(model).endpoint)
    if deployment is None:
        return _adopt(model, endpoint, ports), ""
    result, written = _settle(model, deployment, endpoint, ports)
    return result, deployment.episode if written else ""


def _settle(model: str, deployment: Deployment, endpoint: Endpoint | None, ports: Ports) -> tuple[str, bool]:
    """What became of the deployment, and whether that was written. The endpoint was asked after `deployment` was read:
    where the row has changed since, the answer may be older than what the row says now, and proves nothing."""
    names, version = ports.names(model), deployment.version
    reading, row, episode = both(model, deployment.episode, ports)
    if row.deployment is None or row.deployment.version != version:
        return NOTHING, False
    if row.deployment != deployment:
        raise Stale(f"the deployment of {model} has changed")
    after: Rows
    match judge(deployment, endpoint, release_name(names, version), reading.now):
        case Released():
            _keep(model, deployment.package_arn, version, ports)
            settle_as = back if deployment.switch else released
            after = settle_as(row, episode, version, reading.now)
        case RolledBack(why):
            after = withdrawn(row, episode, version, Outcome.ROLLED_BACK, why, reading.now)
        case Gone():
            why = "The endpoint was deleted while the new version was on its way."
            after = withdrawn(row, episode, version, Outcome.TARGET_GONE, why, reading.now)
        case underway:
            return underway.why, False
    ports.ledger.commit(*after)
    say("deployment settled", model=model, version=version, outcome=after[1].outcome, why=after[1].why)
    return str(after[1].outcome), True


def _adopt(model: str, endpoint: Endpoint | None, ports: Ports) -> str:
    """What serves is what is on record, whoever put it there."""
    if endpoint is None or endpoint.status != SERVING:
        return NOTHING
    names = ports.names(model)
    version = version_of(names, endpoint.config)
    row = ports.ledger.read(Key.of_model(model)).model(model)
    if version in (0, row.in_service) or row.deployment is not None:
        return NOTHING
    group = f"arn:aws:sagemaker:{ports.home.region}:{ports.home.account}:model-package/{names.package_group}"
    try:
        _keep(model, f"{group}/{version}", version, ports)
    except NotThere as reason:
        return f"{endpoint.config} is in service, but its package is gone: {reason}"
    _write_adopted(model, row, version, ports)
    say("version adopted", model=model, version=version, before=row.in_service)
    return "ADOPTED"


def _write_adopted(model: str, row: ModelRow, version: int, ports: Ports) -> None:
    """Where the policy wanted a version back, the person's choice ends that."""
    after = adopted(row, version)
    if row.switch is None:
        ports.ledger.commit(after)
        return
    reading, current, episode = both(model, row.switch.episode, ports)
    if current != row:
        raise Stale(f"the row of {model} has changed")
    ports.ledger.commit(*overruled(after, episode, version, reading.now))
    announce(ports.ledger, ports.topic, ports.team, ports.policies[model], episode.id)


def _keep(model: str, package_arn: str, version: int, ports: Ports) -> None:
    """The record of what is in service, and autoscaling. Doing it again changes nothing but the time."""
    names, policy = ports.names(model), ports.policies[model]
    artifacts = ports.runs.artifacts(package_arn)
    now = ports.ledger.read(Key.of_model(model)).now
    record = Release(
        endpoint=names.endpoint,
        endpoint_config=release_name(names, version),
        package_arn=package_arn,
        model_uri=artifacts.model_uri,
        baseline_uri=artifacts.baseline_uri,
        evaluation_uri=artifacts.evaluation_uri,
        released_at=now.isoformat(),
    )
    ports.endpoints.write_release(model, record)
    ports.endpoints.scale(names.endpoint, policy.release)
