"""What a person does to the ledger: stop and allow again, close a circuit, let a version be deployed again.

Each act is one write together with a row that says who did it, when and why. What changes nothing says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from core.contracts.ledger import TEAM
from core.remediation.rows import ActRow, ModelRow, TeamRow


class NothingToDo(Exception):
    """The ledger is as the act wants it; the message says how."""


def journal(model: str, what: str, why: str, by: str, now: datetime, revision: int) -> ActRow:
    """The row of an act on a row of that revision: the same act twice within a second has two rows."""
    digest = hashlib.sha256("|".join((model, what, why, by, str(revision))).encode()).hexdigest()[:8]
    return ActRow(model=model, at=now, by=by, what=what, why=why, digest=digest)


def freeze_team(team: TeamRow, why: str, by: str, now: datetime) -> tuple[TeamRow, ActRow]:
    """No run and no deployment of any model."""
    if team.frozen:
        raise NothingToDo(f"the environment is frozen by {team.frozen_by or 'a person'} already: {team.frozen}")
    return replace(team, frozen=why, frozen_by=by), journal(TEAM, "freeze", why, by, now, team.revision)


def unfreeze_team(team: TeamRow, why: str, by: str, now: datetime) -> tuple[TeamRow, ActRow]:
    """Also what a spent budget has frozen; that does not come back in the same month."""
    if not team.frozen and not team.starts_frozen:
        raise NothingToDo("the environment is not frozen")
    lifted = "; ".join(text for text in (team.frozen, team.starts_frozen) if text)
    after = replace(team, frozen="", frozen_by="", starts_frozen="")
    return after, journal(TEAM, "unfreeze", f"{why} (it was: {lifted})", by, now, team.revision)


def freeze_model(model: ModelRow, why: str, by: str, now: datetime) -> tuple[ModelRow, ActRow]:
    if model.frozen:
        raise NothingToDo(f"{model.model} is frozen by {model.frozen_by or 'a person'} already: {model.frozen}")
    return replace(model, frozen=why, frozen_by=by), journal(model.model, "freeze", why, by, now, model.revision)


def unfreeze_model(model: ModelRow, why: str, by: str, now: datetime) -> tuple[ModelRow, ActRow]:
    if not model.frozen:
        raise NothingToDo(f"{model.model} is not frozen")
    lifted = f"{why} (it was: {model.frozen})"
    return replace(model, frozen="", frozen_by=""), journal(model.model, "unfreeze", lifted, by, now, model.revision)


def close_circuit(model: ModelRow, why: str, by: str, now: datetime) -> tuple[ModelRow, ActRow]:
    """Runs count anew."""
    if not model.attempts:
        raise NothingToDo(f"no run of {model.model} has failed to bring a better model since its last release")
    what = f"close circuit after {model.attempts} runs"
    return replace(model, attempts=0), journal(model.model, what, why, by, now, model.revision)


def unblock(model: ModelRow, version: int, why: str, by: str, now: datetime) -> tuple[ModelRow, ActRow]:
    """The version may be deployed again. Where it is the newest that is approved, the next sweep deploys it."""
    if version not in model.blocked:
        known = ", ".join(map(str, model.blocked)) or "none"
        raise NothingToDo(f"version {version} of {model.model} is not blocked; blocked are: {known}")
    after = replace(model, blocked=tuple(each for each in model.blocked if each != version))
    return after, journal(model.model, f"unblock version {version}", why, by, now, model.revision)
