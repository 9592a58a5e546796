"""Steps that all functions take: repeat what a concurrent change made stale, quarantine an event, announce outcomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.names import TeamNames
from core.remediation.notice import notice
from core.remediation.outcomes import Outcome
from core.remediation.rows import ModelRow, RejectedRow, TeamRow
from core.remediation.slots import freed
from core.remediation.telling import Turn, told, turn
from lambdas.failures import Refused, Stale, Unavailable
from lambdas.log import say
from lambdas.messages import digest
from lambdas.ports import Ledger, Topic

TRIES = 6
QUARANTINE = timedelta(days=90)
HEAD = 1024
"""Characters of a rejected body that are kept."""

Result = TypeVar("Result")


def settled_by_retry(step: Callable[[], Result]) -> Result:
    """Take the step again while others change the rows under it; each try reads and decides anew."""
    for _ in range(TRIES):
        try:
            return step()
        except Stale as change:
            say("stale", why=str(change))
    raise Unavailable(f"the ledger's rows changed under {TRIES} tries")


def freeing(team: TeamRow, model: ModelRow) -> tuple[TeamRow, ...]:
    """The team's row, to be written with the model's, where a run of the model is over and runs are counted."""
    after = freed(team, model)
    return () if after == team else (after,)


def quarantine(ledger: Ledger, body: str, reason: str) -> Outcome:
    """Keep a refused event for a person to look at. The same event twice is one row."""
    name = digest(body)
    reading = ledger.read(Key.rejected(name))
    if not reading.rows:
        head = body[:HEAD].encode("utf-8", "replace").decode()
        expires_at = int((reading.now + QUARANTINE).timestamp())
        row = RejectedRow(digest=name, reason=reason[:HEAD], at=reading.now, head=head, expires_at=expires_at)
        try:
            ledger.commit(row)
        except Stale:
            say("quarantined before", digest=name)
    say("rejected", digest=name, why=reason)
    return Outcome.REJECTED_EVENT


def announce(ledger: Ledger, topic: Topic, team: TeamNames, policy: ModelPolicy, episode: str) -> None:
    """Claim what an episode has to announce, publish it, write down that it was.

    Once, whoever else tries; once more with the same dedup id where a handler was cut off between the last two. Where
    publishing fails the claim is given back, so the next delivery tries at once.
    """
    mine = settled_by_retry(lambda: _turn(ledger, policy, episode))
    if mine is None:
        return
    published: list[Outcome] = []
    try:
        for entry in mine.entries:
            topic.publish(notice(team.model(policy.model), mine.episode, entry))
            published.append(entry.outcome)
    except (Unavailable, Refused):
        settled_by_retry(lambda: _write_down(ledger, mine, published))
        raise
    settled_by_retry(lambda: _write_down(ledger, mine, published))


def _turn(ledger: Ledger, policy: ModelPolicy, episode: str) -> Turn | None:
    """What is for this handler to publish, claimed; None where that is nothing."""
    reading = ledger.read(Key.episode(policy.model, episode))
    row = reading.episode(policy.model, episode)
    mine = turn(row, reading.now, policy.retrain.lease_s) if row else None
    if mine is not None:
        ledger.commit(mine.episode)
    return mine


def _write_down(ledger: Ledger, mine: Turn, published: list[Outcome]) -> None:
    """What was published, and the claim on what was not is given back."""
    model, episode = mine.episode.model, mine.episode.id
    reading = ledger.read(Key.of_model(model), Key.episode(model, episode))
    current = reading.episode(model, episode)
    after = told(reading.model(model), current, mine.claims, tuple(published)) if current else None
    if after is not None:
        ledger.commit(*after)
