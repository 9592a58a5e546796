"""Bring the version that the ledger wants back to the endpoint: claim the deployment, ask for it, write that down."""

from __future__ import annotations

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.remediation.outcomes import Outcome
from core.remediation.parts import Switch
from core.remediation.promotion import Package, Skip, Wait, release_name
from core.remediation.switching import begun, called_off, decide_switch, wanted
from lambdas.failures import NotThere, Stale
from lambdas.log import say
from lambdas.ports import Reading
from lambdas.promote.deploy import WAITS, close
from lambdas.promote.ports import Ports
from lambdas.promote.request import request
from lambdas.steps import settled_by_retry

NOTHING = "NOTHING IS WANTED"


def switch(model: str, ports: Ports) -> str:
    """What became of it: DEPLOYING, SKIPPED, WAITS, CALLED OFF, or that nothing is wanted."""
    found = wanted(ports.ledger.read(Key.of_model(model)).model(model))
    if found is None:
        return NOTHING
    package = _package(found.package_arn, ports)
    return settled_by_retry(lambda: _switch(found, package, ports.policies[model], ports))


def _switch(found: Switch, package: Package | None, policy: ModelPolicy, ports: Ports) -> str:
    reading = _read(found, policy.model, ports)
    model = reading.model(policy.model)
    if wanted(model) != found:
        return NOTHING  # another delivery was faster
    names = ports.names(policy.model)
    endpoint = ports.endpoints.endpoint(names.endpoint)
    decision = decide_switch(package, endpoint, model, reading.team, policy.release, names, reading.now)
    match decision:
        case Skip(why, closes):
            return f"SKIPPED: {why}" if closes is None else _call_off(found, decision, policy, ports)
        case Wait(why):
            return f"{WAITS}: {why}"
    assert endpoint is not None  # without one nothing is deployed
    after = begun(model, found, endpoint, reading.now)
    assert after.deployment is not None  # that is what has begun
    ports.ledger.commit(after, unchanged=(reading.team,))
    say("switch claimed", model=policy.model, version=found.version, episode=found.episode)
    why_not = request(after.deployment, decision, policy, ports)
    if why_not is not None:
        return _call_off(found, Skip(why_not, Outcome.FAILED_RUN), policy, ports)
    return f"DEPLOYING: {release_name(names, found.version)}"


def _call_off(found: Switch, skip: Skip, policy: ModelPolicy, ports: Ports) -> str:
    reading = _read(found, policy.model, ports)
    model, episode = reading.model(policy.model), reading.episode(policy.model, found.episode)
    current = model.switch or model.deployment
    if episode is None or current is None or current.episode != found.episode:
        raise Stale(f"what is wanted of {policy.model} has changed")
    close(called_off(model, episode, skip, found.version, reading.now), model, episode, ports)
    return f"CALLED OFF: {skip.why}"


def _read(found: Switch, model: str, ports: Ports) -> Reading:
    return ports.ledger.read(Key.team(), Key.of_model(model), Key.episode(model, found.episode))


def _package(arn: str, ports: Ports) -> Package | None:
    """None where it was deleted. Raises Unavailable."""
    try:
        return ports.registry.package(arn)
    except NotThere:
        return None
