"""Putting another version back into service: when that may be asked of the endpoint, and what it comes to.

It is no promotion: nothing says that the version is better. The policy, or the team's file, has named it, or it served
before; a version that was rolled back or taken out of service is never put back without a person.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.contracts.policy import ReleasePolicy
from core.names import ModelNames
from core.remediation.outcomes import Outcome
from core.remediation.parts import Deployment, Switch
from core.remediation.promotion import (
    Deploy,
    Endpoint,
    Package,
    Skip,
    Wait,
    claimed_by_another,
    release_name,
    unready,
    update,
)
from core.remediation.rows import EpisodeRow, ModelRow, TeamRow
from core.remediation.transitions import Rows, closed

Switching = Deploy | Skip | Wait
MOST_BLOCKED = 500
"""Versions between the one that is put back and the one that is taken out."""


def wanted(model: ModelRow) -> Switch | None:
    """What is to be asked of the endpoint: not asked yet, or begun by a handler that did not get so far."""
    current = model.deployment
    if model.switch is not None:
        return model.switch
    if current is None or not current.switch or current.requested:
        return None
    return Switch(episode=current.episode, package_arn=current.package_arn, version=current.version, at=current.at)


def decide_switch(
    package: Package | None,
    endpoint: Endpoint | None,
    model: ModelRow,
    team: TeamRow,
    policy: ReleasePolicy,
    names: ModelNames,
    now: datetime,
) -> Switching:
    """`package` is None where it was deleted. Skip closes the episode: the version cannot be put back."""
    switch = wanted(model)
    assert switch is not None  # the caller has looked
    if endpoint is None:
        return Skip("The endpoint does not exist any more.", Outcome.TARGET_GONE)
    if package is None or package.status != "Completed" or package.approval != "Approved":
        found = f"is {package.approval} ({package.status})" if package else "was deleted"
        return Skip(f"The package of version {switch.version} {found}.", Outcome.FAILED_RUN)
    if switch.version in model.blocked:
        return Skip(f"Version {switch.version} was taken out of service.", Outcome.FAILED_RUN)
    if stopped := team.frozen or model.frozen:
        return Wait(f"Remediation is stopped by a person: {stopped}")
    if model.deployment is not None and not model.deployment.switch:
        return Wait(f"Version {model.deployment.version} is on its way; its end is awaited.")
    if _touched(model.deployment, endpoint):
        return Skip(f"Version {switch.version} is on its way already.")
    if model.deployment is not None and not model.deployment.free(now):
        return claimed_by_another(model.deployment)
    if endpoint.config == release_name(names, switch.version) and model.deployment is None:
        return Skip(f"Version {switch.version} is on the endpoint.")  # `lambdas/settle` writes that down
    return unready(endpoint) or update(endpoint, policy)


def begun(model: ModelRow, switch: Switch, endpoint: Endpoint, now: datetime) -> ModelRow:
    """The deployment is claimed, or taken up from a handler that died: `lambdas/settle` follows it from here on."""
    if model.deployment is not None:
        return replace(model, deployment=replace(model.deployment, at=now, given_up=False))
    deployment = Deployment(
        episode=switch.episode,
        package_arn=switch.package_arn,
        version=switch.version,
        before=endpoint.modified,
        at=now,
        switch=True,
    )
    return replace(model, switch=None, deployment=deployment)


def called_off(model: ModelRow, episode: EpisodeRow, skip: Skip, version: int, now: datetime) -> Rows:
    """The version cannot be put back, and is not tried again."""
    assert skip.closes is not None
    gone = skip.closes is Outcome.TARGET_GONE
    blocked = model.blocked if gone else tuple(dict.fromkeys((*model.blocked, version)))
    after = replace(model, switch=None, deployment=None, blocked=blocked)
    return closed(after, episode, skip.closes, skip.why, now)


def back(model: ModelRow, episode: EpisodeRow, version: int, now: datetime) -> Rows:
    """The version is in service again. What was taken out is blocked: its approval would bring it back at once.

    The circuit stays as it was: to go back is no improvement.
    """
    after = replace(in_service(model, version), deployment=None, switch=None)
    return closed(after, episode, Outcome.SWITCHED, f"Version {version} is in service.", now)


def overruled(model: ModelRow, episode: EpisodeRow, version: int, now: datetime) -> Rows:
    """A person has put a version into service before the wanted one got there: theirs stays."""
    why = f"A person put version {version} into service."
    return closed(replace(model, switch=None), episode, Outcome.SWITCHED, why, now)


def in_service(model: ModelRow, version: int) -> ModelRow:
    """Another version serves, which was not released as a better one."""
    before = model.in_service
    if version == before:
        return model
    if version in model.served:
        served = model.served[: model.served.index(version)]
    else:
        served = (*model.served, before) if before else model.served
    out = range(max(version + 1, before - MOST_BLOCKED), before + 1) if before > version else ()
    above = tuple(each for each in (*model.blocked, *out) if each > version)
    return replace(model, in_service=version, served=served, blocked=tuple(dict.fromkeys(above)))


def _touched(deployment: Deployment | None, endpoint: Endpoint) -> bool:
    """Whether the endpoint has changed since a handler began: then it was asked, though nobody wrote that down."""
    return deployment is not None and endpoint.modified != deployment.before
