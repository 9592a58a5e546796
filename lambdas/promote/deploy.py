"""Bring one package to the endpoint: claim the deployment, make what it needs, ask for it, write that down.

It waits for nothing: how the deployment ends is for `lambdas/settle` to find out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.remediation.deployment import overtaken, withdrawn
from core.remediation.episode import by_hand
from core.remediation.outcomes import Outcome
from core.remediation.parts import Deployment
from core.remediation.promotion import Endpoint, Package, Skip, Wait, decide_promotion, release_name
from core.remediation.rows import EpisodeRow, ModelRow
from core.remediation.transitions import Rows
from lambdas.failures import NotThere
from lambdas.log import say
from lambdas.ports import Reading
from lambdas.promote.ports import Ports
from lambdas.promote.request import request
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
    decision = decide_promotion(package, endpoint, model, reading.team, policy.release, names, reading.now)
    match decision:
        case Skip(why, closes):
            if closes is not None:
                close(overtaken(model, episode, package.version, closes, why, reading.now), model, episode, ports)
            return f"SKIPPED: {why}"
        case Wait(why):
            return f"{WAITS}: {why}"
    claim = _claim(package, endpoint, model, episode, reading.now)
    ports.ledger.commit(replace(model, deployment=claim), episode, unchanged=(reading.team,))
    say("deployment claimed", model=policy.model, version=package.version, episode=episode.id)
    why_not = request(claim, decision, policy, ports)
    if why_not is not None:
        return _withdraw(package, why_not, policy, ports)
    return f"DEPLOYING: {release_name(names, package.version)}"


def _claim(
    package: Package, endpoint: Endpoint | None, model: ModelRow, episode: EpisodeRow, now: datetime
) -> Deployment:
    """From here on no other handler asks for it; one that died, or could not ask, is followed by this one."""
    if model.deployment is not None and model.deployment.version == package.version:
        return replace(model.deployment, at=now, given_up=False)
    return Deployment(
        episode=episode.id,
        package_arn=package.arn,
        version=package.version,
        before=endpoint.modified if endpoint else "",
        at=now,
    )


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


def _withdraw(package: Package, why: str, policy: ModelPolicy, ports: Ports) -> str:
    def step() -> str:
        reading, episode = _read(package, policy.model, ports)
        row = reading.model(policy.model)
        after = withdrawn(row, episode, package.version, Outcome.FAILED_RUN, why, reading.now)
        close(after, row, episode, ports)
        return f"WITHDRAWN: {why}"

    return settled_by_retry(step)


def close(after: Rows, model: ModelRow, episode: EpisodeRow, ports: Ports) -> None:
    """Write what has changed, if anything has, and say so."""
    if after == (model, episode):
        return
    ports.ledger.commit(*after)
    announce(ports.ledger, ports.topic, ports.team, ports.policies[model.model], episode.id)
