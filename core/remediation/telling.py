"""Who publishes an outcome: one handler, which claims that in the ledger first.

Of two handlers on one episode one wins the claim, so a notice is published once. Publishing itself cannot be part of a
transaction: a handler that dies, or loses the topic's answer, between publishing and writing it down leaves its claim,
and whoever takes that up when its lease is over publishes a copy. Copies carry the same `dedup` attribute and text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.remediation.outcomes import Outcome
from core.remediation.parts import Entry, Telling
from core.remediation.rows import EpisodeRow, ModelRow
from core.remediation.transitions import Rows, listed


@dataclass(frozen=True, slots=True)
class Turn:
    """What one handler is to publish."""

    episode: EpisodeRow
    """With its claims, to be written before."""
    entries: tuple[Entry, ...]
    claims: tuple[Telling, ...]


def turn(episode: EpisodeRow, now: datetime, lease_s: int) -> Turn | None:
    """What is to be announced and nobody is about to announce; None where that is nothing."""
    held = {each.outcome for each in episode.telling if now - each.at < timedelta(seconds=lease_s)}
    entries = tuple(entry for entry in episode.to_announce if entry.outcome not in held)
    if not entries:
        return None
    claims = tuple(Telling(outcome=entry.outcome, at=now) for entry in entries)
    others = _others(episode, tuple(entry.outcome for entry in entries))
    return Turn(replace(episode, telling=(*others, *claims)), entries, claims)


def told(
    model: ModelRow, episode: EpisodeRow, claims: tuple[Telling, ...], published: tuple[Outcome, ...]
) -> Rows | None:
    """These outcomes were published, and the claims are given back; None where that changes nothing."""
    announced = tuple(dict.fromkeys((*episode.announced, *published)))
    left = tuple(each for each in _others(episode, published) if each not in claims)
    after = replace(episode, announced=announced, telling=left)
    return None if after == episode else (listed(model, after), after)


def _others(episode: EpisodeRow, outcomes: tuple[Outcome, ...]) -> tuple[Telling, ...]:
    return tuple(each for each in episode.telling if each.outcome not in outcomes)
