"""What people are told of the budget, the quotas and the hourly deployment.

A message is published at least once, with one dedup id.
"""

from __future__ import annotations

from hashlib import sha256

from core.contracts.events import DeploymentRolledBack
from core.contracts.notices import ACTION, INFORMATION, URGENCY
from core.contracts.quotas import State
from core.governance.quotas import Standing
from core.governance.refusals import Refusal
from core.names import OPERATIONS, TeamNames
from core.remediation.notice import SUBJECT_MAX, Notice
from core.remediation.rows import TeamRow

LONGEST_WHY = 1000
WORTH_SAYING = {
    State.ENOUGH: "A quota was raised",
    State.DENIED: "AWS has denied a quota",
    State.CLOSED: "A request for a quota was closed without being granted",
    State.NOT_ADJUSTABLE: "A quota cannot be raised",
    State.UNKNOWN: "A quota does not exist",
    State.REFUSED: "A quota cannot be requested",
}


def budget_spent(names: TeamNames, row: TeamRow) -> Notice:
    lines = [
        f"The budget of {names.team} ({names.environment}) is spent: no retraining is started any more.",
        "",
        f"Why: {row.starts_frozen}",
        "Done: the platform starts no run of any model, whatever its alarms say. Endpoints, monitors and deployments "
        "of models that are ready go on.",
        "You can: find out what costs so much (by the cost-allocation tag `homeostat`), raise monthly_budget_usd in "
        f"the team's file, and lift the freeze: make unfreeze TEAM={names.team} ENV={names.environment} WHY='...'. It "
        "does not end by itself; once lifted, it does not come back this month. Runs that you start by hand are not "
        "stopped.",
    ]
    return _notice(names, "The budget is spent: retraining is frozen", lines, f"budget-{row.budget_month}", ACTION)


def quota_changed(names: TeamNames, standing: Standing) -> Notice:
    happened, granted = WORTH_SAYING[standing.state], standing.state is State.ENOUGH
    lines = [
        f"{happened}: {standing.name}.",
        "",
        f"How it stands: {standing.line}",
        f"You can: {'use it' if granted else 'want another count in the file of the team, or ask AWS'}.",
    ]
    dedup = f"quota-{standing.name}-{standing.wanted:g}-{standing.state}-{standing.case_id or 'none'}"
    return _notice(names, happened, lines, dedup, INFORMATION if granted else ACTION)


def no_longer_asked_for(names: TeamNames, quotas: tuple[str, ...], request: str) -> Notice:
    lines = [
        f"{names.prefix} asks for fewer quotas than before: {', '.join(quotas)}.",
        "",
        "Done: nothing. The account keeps what it has, and a request that is open stays open: other teams may use it.",
        "You can: lower a quota, or withdraw a request, through AWS Support.",
    ]
    return _notice(names, "Quotas are no longer asked for", lines, f"quotas-{request}", INFORMATION)


def deployment_refused(names: TeamNames, refusal: Refusal) -> Notice:
    lines = [
        f"AWS refuses to deploy the stack {names.stack(OPERATIONS)} again, which the platform asks for each hour so "
        "that SageMaker's own schedules follow the endpoints.",
        "",
        f"Why: {refusal.code}: {refusal.message[:LONGEST_WHY]}",
        "Done: nothing. Models that have not moved over are watched by the platform's own schedule. The platform asks "
        "again each hour, and tells you of this reason once, until an hour in which nothing was refused.",
        "You can: mend what the reason names, or deploy the stack by hand, which gives it its role again.",
    ]
    return _notice(names, "The hourly deployment is refused", lines, _dedup(refusal), ACTION)


def deployment_rolled_back(names: TeamNames, refusal: Refusal) -> Notice:
    """Whoever deployed: the platform does each hour."""
    stack = names.stack(OPERATIONS)
    lines = [
        f"CloudFormation took back a deployment of the stack {stack}. Where nobody deployed it by hand it is the "
        "platform's own, which it asks for each hour so that SageMaker's own schedules follow the endpoints.",
        "",
        f"Why: {refusal.code}: {refusal.message[:LONGEST_WHY] or 'no reason was given'}",
        "Done: nothing. Models that have not moved over are watched by the platform's own schedule. The platform asks "
        "again each hour, and tells you of this reason once, until an hour in which there was nothing to deploy.",
        "You can: read in the stack's events what the resource said and mend that, or set `engine: own` for the model.",
    ]
    if refusal.code == DeploymentRolledBack.STUCK:
        lines.append(f"None is accepted before `aws cloudformation continue-update-rollback --stack-name {stack}`.")
    return _notice(names, "A deployment was rolled back", lines, _dedup(refusal), ACTION)


def _dedup(refusal: Refusal) -> str:
    return f"deployment-{sha256(refusal.reason.encode()).hexdigest()[:16]}-{refusal.at:%Y-%m-%dT%H:%M:%SZ}"


def _notice(names: TeamNames, subject: str, lines: list[str], dedup: str, urgency: str) -> Notice:
    attributes = {"dedup": dedup, "outcome": "GOVERNANCE", URGENCY: urgency}
    return Notice(f"[{names.prefix}] {subject}"[:SUBJECT_MAX], "\n".join(lines), attributes)
