"""Bring one package to the endpoint: claim the deployment, make what it needs, ask for it, write that down.

It waits for nothing: how the deployment ends is for `lambdas/settle` to find out.
"""

from __future__ import annotations

from dataclasses import replace

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.remediation.deployment import overtaken, withdrawn
from core.remediation.episode import by_hand
from core.remediation.outcomes import Outcome
from core.remediation.promotion import Deploy, Package, Skip, Wait, decide_promotion, release_name
from core.remediation.rows import Deployment, EpisodeRow, ModelRow
from core.remediation.statuses import busy
from core.remediation.transitions import Rows
from lambdas.failures import NotThere, QuotaReached, Refused, Unavailable
from lambdas.log import say
from lambdas.ports import Reading
from lambdas.promote.ports import Ports
from lambdas.steps import announce, settled_by_retry

WAITS = "WAITS"


def deploy(model: str, arn: str, ports: Ports) -> str:
    """What became of it: DEPLOYING, SKIPPED, WAITS or WITHDRAWN, with the reason."""
    policy = ports.policies[model]
    try:
        package = ports.registry.package(arn)
    except NotThere as reason:
        return f"SKIPPED: {reason}"
    return settled_by_retry(lambda: _deploy(package, policy, ports))


def _deploy(package: Package, policy: ModelPolicy, ports: Ports) -> str:
    names = ports.names(policy.model)
    reading, episode = _read(package, policy.model, ports)
    model = reading.model(policy.model)
    endpoint = ports.endpoints.endpoint(names.endpoint)
    decision = decide_promotion(package, endpoint, model, reading.team, policy.release, names)
    match decision:
        case Skip(why, closes):
            if closes is not None:
                _close(overtaken(model, episode, package.version, closes, why, reading.now), model, episode, ports)
            return f"SKIPPED: {why}"
        case Wait(why):
            return f"{WAITS}: {why}"
    if model.deployment is None or model.deployment.version != package.version:
        claim = Deployment(
            episode=episode.id,
            package_arn=package.arn,
            version=package.version,
            before=endpoint.modified if endpoint else "",
            at=reading.now,
        )
        ports.ledger.commit(replace(model, deployment=claim), episode, unchanged=(reading.team,))
        say("deployment claimed", model=policy.model, version=package.version, episode=episode.id)
    return _ask(package, decision, policy, ports)


def _ask(package: Package, how: Deploy, policy: ModelPolicy, ports: Ports) -> str:
    names, release = ports.names(policy.model), release_name(ports.names(policy.model), package.version)
    try:
        ports.endpoints.prepare(names, release, package.arn, how.instances, policy.release)
        ports.endpoints.deploy(names.endpoint, release, how, policy.release)
    except QuotaReached as reason:
        raise Unavailable(str(reason)) from reason
    except Refused as reason:
        endpoint = ports.endpoints.endpoint(names.endpoint)
        if endpoint is not None and busy(endpoint.status):
            raise Unavailable(f"The endpoint is {endpoint.status}: {reason}") from reason
        return _withdraw(package, f"SageMaker refused to deploy version {package.version}. {reason}", policy, ports)
    settled_by_retry(lambda: _write_down(package, policy.model, ports))
    return f"DEPLOYING: {release}"


def _read(package: Package, model: str, ports: Ports) -> tuple[Reading, EpisodeRow]:
    """The ledger, with the episode that asked for the package; one of its own for a run that a person started."""
    own = by_hand(package.arn)
    asked = package.episode if package.episode not in ("", "none") else own
    keys = (Key.episode(model, each) for each in dict.fromkeys((asked, own)))
    reading = ports.ledger.read(Key.team(), Key.of_model(model), *keys)
    known = reading.episode(model, asked) or reading.episode(model, own)
    reason = "A person started the run that made this version."
    return reading, known or EpisodeRow(
        id=own, model=model, source=package.arn, raised_at=reading.now, reason=reason, package_arn=package.arn
    )


def _write_down(package: Package, model: str, ports: Ports) -> None:
    """The deployment was asked for. Where it has been settled in the meantime there is nothing to write."""
    row = ports.ledger.read(Key.of_model(model)).model(model)
    current = row.deployment
    if current is not None and current.version == package.version and not current.requested:
        ports.ledger.commit(replace(row, deployment=replace(current, requested=True)))


def _withdraw(package: Package, why: str, policy: ModelPolicy, ports: Ports) -> str:
    def step() -> str:
        reading, episode = _read(package, policy.model, ports)
        row = reading.model(policy.model)
        after = withdrawn(row, episode, package.version, Outcome.FAILED_RUN, why, reading.now)
        _close(after, row, episode, ports)
        return f"WITHDRAWN: {why}"

    return settled_by_retry(step)


def _close(after: Rows, model: ModelRow, episode: EpisodeRow, ports: Ports) -> None:
    """Write what has changed, if anything has, and say so."""
    if after == (model, episode):
        return
    ports.ledger.commit(*after)
    announce(ports.ledger, ports.topic, ports.team, ports.policies[model.model], episode.id)
