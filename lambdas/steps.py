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
from core.remediation.transitions import announced
from lambdas.failures import Stale, Unavailable
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


def announce(ledger: Ledger, topic: Topic, team: TeamNames, policy: ModelPolicy, episode: str, left_s: int = 0) -> None:
    """Publish what an episode has to announce, then write down that it was: at least once, with one dedup id.

    Whoever brought the outcome about calls this at once. A sweep leaves an outcome to them for `left_s` seconds.
    """
    names, key = team.model(policy.model), Key.episode(policy.model, episode)
    reading = ledger.read(key)
    row, until = reading.episode(policy.model, episode), reading.now - timedelta(seconds=left_s)
    due = [entry for entry in row.to_announce if entry.at <= until] if row else []
    if row is None or not due:
        return
    for entry in due:
        topic.publish(notice(names, row, entry))
    published = tuple(entry.outcome for entry in due)

    def write_down() -> None:
        reading = ledger.read(Key.of_model(policy.model), key)
        current = reading.episode(policy.model, episode)
        if current is not None:
            ledger.commit(*announced(reading.model(policy.model), current, published))

    settled_by_retry(write_down)
