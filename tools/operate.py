"""What an operator does to an environment's ledger, as steps over its port: read, decide, write with what was read.

Each returns a sentence about what is true then, and raises `NothingToDo` or `NotAnswered` where nothing was changed.
"""

from __future__ import annotations

from collections.abc import Callable

from core.contracts.ledger import Key
from core.remediation import acts, approval
from core.remediation.rows import Row
from lambdas.ports import Ledger, Reading
from lambdas.steps import settled_by_retry


def freeze(ledger: Ledger, model: str | None, why: str, by: str) -> str:
    """Nothing is started or deployed any more; without a model, for all of the environment."""

    def act(reading: Reading) -> tuple[Row, ...]:
        if model is None:
            return acts.freeze_team(reading.team, why, by, reading.now)
        return acts.freeze_model(reading.model(model), why, by, reading.now)

    what = model or "the environment"
    return _act(ledger, model, act, f"{what} is frozen: nothing is started or deployed until that is lifted")


def unfreeze(ledger: Ledger, model: str | None, why: str, by: str) -> str:
    """Also what a spent budget has frozen, where no model is named."""

    def act(reading: Reading) -> tuple[Row, ...]:
        if model is None:
            return acts.unfreeze_team(reading.team, why, by, reading.now)
        return acts.unfreeze_model(reading.model(model), why, by, reading.now)

    return _act(ledger, model, act, f"{model or 'the environment'} is no longer frozen")


def close_circuit(ledger: Ledger, model: str, why: str, by: str) -> str:
    def act(reading: Reading) -> tuple[Row, ...]:
        return acts.close_circuit(reading.model(model), why, by, reading.now)

    return _act(ledger, model, act, f"runs of {model} count anew")


def unblock(ledger: Ledger, model: str, version: int, why: str, by: str) -> str:
    def act(reading: Reading) -> tuple[Row, ...]:
        return acts.unblock(reading.model(model), version, why, by, reading.now)

    return _act(ledger, model, act, f"version {version} of {model} may be deployed again")


def approve(ledger: Ledger, model: str, episode: str, code: str, by: str) -> str:
    """A person lets the run of one question start. Whether it starts then, the limits say once more."""

    def step() -> str:
        reading = _read(ledger, model, Key.episode(model, episode))
        row = reading.model(model)
        asked = approval.open_question(row, reading.episode(model, episode), code, reading.now)
        after = approval.approved(row, asked, by, reading.now)
        ledger.commit(*after, acts.journal(model, f"approve {code}", asked.why, by, reading.now, row.revision))
        return f"approved: a run of {model} is started as soon as all limits allow it"

    return settled_by_retry(step)


def decline(ledger: Ledger, model: str, episode: str, code: str, why: str, by: str) -> str:
    def step() -> str:
        reading = _read(ledger, model, Key.episode(model, episode))
        row = reading.model(model)
        asked = approval.open_question(row, reading.episode(model, episode), code, reading.now)
        after = approval.declined(row, asked, by, why, reading.now)
        ledger.commit(*after, acts.journal(model, f"decline {code}", why, by, reading.now, row.revision))
        return f"declined: nothing is started for {model}, and this is not asked again"

    return settled_by_retry(step)


def _act(ledger: Ledger, model: str | None, act: Callable[[Reading], tuple[Row, ...]], told: str) -> str:
    def step() -> str:
        ledger.commit(*act(_read(ledger, model)))
        return told

    return settled_by_retry(step)


def _read(ledger: Ledger, model: str | None, *keys: Key) -> Reading:
    return ledger.read(Key.team(), *((Key.of_model(model),) if model else ()), *keys)
