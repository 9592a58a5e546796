"""What people are told about an outcome: what happened, why, what was done, what it cost, what they can do.

Every copy of a message has the same text: it is made of what was written down with the outcome, and of what an episode
does not change any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.contracts.notices import ACTION, INFORMATION, URGENCY
from core.names import ModelNames
from core.remediation.approval import code
from core.remediation.episode import DEMAND, SCHEDULE
from core.remediation.outcomes import Outcome
from core.remediation.parts import Entry
from core.remediation.rows import EpisodeRow
from core.remediation.words import WORDS, Words

SUBJECT_MAX = 100
"""SNS refuses a longer subject, and anything but printable ASCII in it."""
AGAIN: Mapping[str, str] = {
    SCHEDULE: "It is due again at its next time.",
    DEMAND: "Ask again when you want it.",
}
WHILE_IT_STANDS = "The platform looks again for as long as the alarm stands."


@dataclass(frozen=True, slots=True)
class Notice:
    """One message of the topic. Copies of one message carry one `dedup` attribute."""

    subject: str
    text: str
    attributes: Mapping[str, str]


def notice(names: ModelNames, episode: EpisodeRow, entry: Entry) -> Notice:
    """The message about one outcome of an episode."""
    words = WORDS[entry.outcome]
    again = f" {AGAIN.get(episode.trouble, WHILE_IT_STANDS)}" if words.again else ""
    lines = [
        f"{words.happened}: model {names.model} of {names.of.team} ({names.of.environment}).",
        "",
        f"Why: {entry.why}",
        f"Cause: {episode.reason}",
        f"Done: {words.done}{again}",
        f"Cost: {cost(entry)}" if words.ran else "Cost: nothing.",
        f"You can: {words.person or 'do nothing; nothing is needed.'}",
        *_commands(names, episode, entry),
        "",
        f"Episode {episode.id}, {entry.outcome}, {entry.at:%Y-%m-%d %H:%M} UTC.",
        *_execution(words, episode),
    ]
    return Notice(
        subject=f"[{names.endpoint}] {words.happened}"[:SUBJECT_MAX],
        text="\n".join(lines),
        attributes={
            "dedup": f"{episode.id}-{entry.outcome}",
            "episode": episode.id,
            "model": names.model,
            "outcome": entry.outcome.value,
            URGENCY: ACTION if words.person else INFORMATION,
        },
    )


def cost(entry: Entry) -> str:
    """What the episode's run had cost when it came to this."""
    if entry.billed:
        return f"{entry.cents / 100:.2f} USD (what the run's jobs took, at list prices)."
    if entry.cents:
        return f"at most {entry.cents / 100:.2f} USD for the run (an estimate from its instances and time limits)."
    return "nothing was started for this by the platform."


def _commands(names: ModelNames, episode: EpisodeRow, entry: Entry) -> Iterator[str]:
    if entry.outcome is not Outcome.APPROVAL_PENDING or episode.approval is None:
        return
    told = f"TEAM={names.of.team} ENV={names.of.environment} CODE={code(episode)}"
    yield f"  make approve {told}"
    yield f"  make decline {told} WHY='...'"
    yield f"  until {episode.approval.until:%Y-%m-%d %H:%M} UTC; it learns from {learned_from(episode)}"


def learned_from(episode: EpisodeRow) -> str:
    """The rows of the run that was decided on, in words."""
    window = f"requests from {episode.recent_from[:16]} to {episode.recent_until[:16]}"
    what = window if episode.train_on == "recent" else f"all labelled rows and {window}"
    return what if episode.without in ("", "none") else f"{what}, without {episode.without}"


def _execution(words: Words, episode: EpisodeRow) -> Iterator[str]:
    if words.ran and episode.execution_arn:
        yield f"Execution {episode.execution_arn}"
