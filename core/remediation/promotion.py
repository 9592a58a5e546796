"""Decide whether an approved package goes to the endpoint now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from core.contracts.evaluation import Evaluation
from core.contracts.policy import ReleasePolicy
from core.names import ModelNames
from core.remediation.gate import objection
from core.remediation.outcomes import Outcome
from core.remediation.parts import LEASE, Deployment
from core.remediation.rows import ModelRow, TeamRow
from core.remediation.statuses import BROKEN, busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A model package, as the registry and its evaluation say now."""

    arn: str
    group: str
    version: int
    status: str
    approval: str
    episode: str = ""
    """Of the run that registered it; empty or `none` for a person's run."""
    evaluation: Evaluation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint, as DescribeEndpoint says now."""

    status: str
    config: str
    modified: str
    """Time of its last change, as text: only ever compared for equality."""
    instances: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Deploy:
    """Create the endpoint or update it, with so many instances."""

    create: bool
    instances: int
    canary: bool


@dataclass(frozen=True, slots=True)
class Skip:
    """This package does not go to the endpoint. `closes` is what its episode comes to, if it is still open."""

    why: str
    closes: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now; ask again. Where a person has to act first, the dead-letter queue calls one."""

    why: str


Promotion = Deploy | Skip | Wait


def release_name(names: ModelNames, version: int) -> str:
    """Name of the model and of the endpoint config of one version.

    >>> from core.names import TeamNames
    >>> release_name(TeamNames("risk", "dev").model("churn"), 12)
    'risk-dev-churn-v12'
    """
    return f"{names.endpoint}-v{version}"


def version_of(names: ModelNames, config: str) -> int:
    """Version that an endpoint config carries; 0 for a config that the platform did not make."""
    match = re.fullmatch(rf"{re.escape(names.endpoint)}-v([1-9]\d{{0,8}})", config)
    return int(match[1]) if match else 0


def decide_promotion(
    package: Package,
    endpoint: Endpoint | None,
    model: ModelRow,
    team: TeamRow,
    policy: ReleasePolicy,
    names: ModelNames,
    now: datetime,
) -> Promotion:
    """The package's own faults first, then what is under way, then the endpoint's state."""
    verdict = _unfit(package, model) or _put_back_first(model) or _under_way(package, endpoint, model, now)
    if verdict is not None:
        return verdict
    if stopped := team.frozen or model.frozen:
        return Wait(f"Remediation is stopped by a person: {stopped}")
    if endpoint is None:
        return Deploy(create=True, instances=policy.minimum_instances, canary=False)
    if version_of(names, endpoint.config) >= package.version and not _mine(package, model):
        return Skip(f"The endpoint has {endpoint.config}, which is as new.", Outcome.NO_BETTER_MODEL)
    return unready(endpoint) or update(endpoint, policy)


def claimed_by_another(deployment: Deployment) -> Wait:
    until = deployment.at + LEASE
    return Wait(f"Another handler is about to deploy version {deployment.version}; it has until {until:%H:%M:%S} UTC.")


def unready(endpoint: Endpoint) -> Wait | None:
    """Why an endpoint cannot be updated now."""
    if busy(endpoint.status):
        return Wait(f"The endpoint is {endpoint.status}.")
    if endpoint.status in BROKEN:
        reason = endpoint.failure or "SageMaker gives no reason."
        return Wait(f"The endpoint is {endpoint.status} and needs a person: {reason}")
    return None


def update(endpoint: Endpoint, policy: ReleasePolicy) -> Deploy:
    """A canary is at most half of the fleet, so it takes two instances; autoscaling takes the second one back."""
    canary = policy.maximum_instances >= 2
    wanted = max(endpoint.instances, policy.minimum_instances, 2 if canary else 1)
    return Deploy(create=False, instances=min(wanted, policy.maximum_instances), canary=canary)


def _unfit(package: Package, model: ModelRow) -> Skip | None:
    if package.status != "Completed" or package.approval != "Approved":
        return Skip(f"Version {package.version} is {package.approval} ({package.status}).")
    if package.version in model.blocked:
        return Skip(f"Version {package.version} was rolled back or taken out of service; it is not deployed again.")
    if package.version == model.in_service:
        return Skip(f"Version {package.version} is in service.")
    if package.version < model.in_service:
        why = f"Version {package.version} is older than version {model.in_service}, which is in service."
        return Skip(why, Outcome.NO_BETTER_MODEL)
    if why_not := objection(package.evaluation):
        return Skip(f"Version {package.version} may not be released. {why_not}", Outcome.NO_BETTER_MODEL)
    return None


def _under_way(package: Package, endpoint: Endpoint | None, model: ModelRow, now: datetime) -> Promotion | None:
    """What another delivery, or another version, has begun."""
    current = model.deployment
    if current is None:
        return None
    untouched = (endpoint.modified if endpoint else "") == current.before
    if current.version == package.version:
        if current.requested or not untouched:
            return Skip(f"Version {package.version} is on its way already.")
        return None if current.free(now) else claimed_by_another(current)
    if current.version > package.version:
        why = f"Version {current.version} is newer and on its way."
        return Skip(why, Outcome.NO_BETTER_MODEL)
    if current.requested or not untouched:
        return Wait(f"Version {current.version} is on its way; its end is awaited.")
    return None


def _put_back_first(model: ModelRow) -> Wait | None:
    """What the policy puts back is on its way: a new model follows it when that is settled."""
    coming = model.switch or (model.deployment if model.deployment and model.deployment.switch else None)
    return Wait(f"Version {coming.version} is being put back; its end is awaited.") if coming else None


def _mine(package: Package, model: ModelRow) -> bool:
    return model.deployment is not None and model.deployment.version == package.version
