"""Settle the run of a model, and the package that it left: ask how they stand, write that down, say so."""

from __future__ import annotations

from functools import partial

from core.contracts.ledger import Key
from core.remediation.parts import Candidate
from core.remediation.rows import EpisodeRow, ModelRow
from core.remediation.run import reviewed, settled
from lambdas.failures import Unavailable
from lambdas.log import say
from lambdas.ports import Reading
from lambdas.settle.ports import Ports
from lambdas.steps import announce, freeing, settled_by_retry

NOTHING = "NOTHING ON RECORD"


def settle_run(model: str, ports: Ports) -> str:
    """The run that the ledger has on record; an execution that a person started is theirs."""
    run = _row(model, ports).run
    if run is None:
        return NOTHING
    execution = ports.runs.execution(run.execution_arn)

    def step() -> tuple[str, bool]:
        reading, row, episode = both(model, run.episode, ports)
        if row.run != run:
            return NOTHING, False
        after = settled(row, episode, execution, reading.now, ports.policies[model].retrain.usd_per_hour)
        if after is None:
            return "STILL RUNNING", False
        ports.ledger.commit(*after, *freeing(reading.team, after[0]))
        say("run settled", model=model, episode=run.episode, outcome=after[1].outcome, why=after[1].why)
        return str(after[1].outcome), True

    result, written = settled_by_retry(step)
    if written:
        announce(ports.ledger, ports.topic, ports.team, ports.policies[model], run.episode)
    return result


def settle_candidates(model: str, ports: Ports) -> str:
    """A person may have approved, rejected or deleted a package that waits, or another version may serve by now."""
    candidates = _row(model, ports).candidates
    for candidate in candidates:
        approval = ports.runs.approval(candidate.package_arn)
        if settled_by_retry(partial(_review, model, candidate, approval, ports)):
            announce(ports.ledger, ports.topic, ports.team, ports.policies[model], candidate.episode)
    return f"{len(candidates)} REVIEWED"


def _review(model: str, candidate: Candidate, approval: str | None, ports: Ports) -> bool:
    """Whether anything was written."""
    reading, row, episode = both(model, candidate.episode, ports)
    if candidate not in row.candidates:
        return False
    after = reviewed(row, episode, candidate, approval, reading.now)
    if after == (row, episode):
        return False
    ports.ledger.commit(*after)
    say("candidate reviewed", model=model, version=candidate.version, outcome=after[1].outcome, why=after[1].why)
    return True


def both(model: str, episode: str, ports: Ports) -> tuple[Reading, ModelRow, EpisodeRow]:
    """The model's row with that of one episode, which was written before whatever names it."""
    reading = ports.ledger.read(Key.team(), Key.of_model(model), Key.episode(model, episode))
    row = reading.episode(model, episode)
    if row is None:
        raise Unavailable(f"the ledger has no episode {episode} of {model}")
    return reading, reading.model(model), row


def _row(model: str, ports: Ports) -> ModelRow:
    return ports.ledger.read(Key.of_model(model)).model(model)
