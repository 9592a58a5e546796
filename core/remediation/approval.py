"""A person's leave to start a run: what is asked, how it is answered, and when an answer counts.

The answer is a write in the ledger by somebody who may write there. It is no link that a mail program might open, and
the code in the notification is no secret: it names what was asked, so that nobody approves another run than they read
about.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import datetime

from core.remediation.outcomes import RESTING, Outcome
from core.remediation.parts import Approval
from core.remediation.rows import EpisodeRow, ModelRow
from core.remediation.transitions import Rows, reached

CODE = re.compile(r"[0-9a-f]{12}")


class NotAnswered(Exception):
    """The answer changes nothing; the message says why in a sentence."""


def code(episode: EpisodeRow) -> str:
    """Names one question: the episode, the run that it would start and the time to answer.

    Raises ValueError for an episode that asks nothing.
    """
    if episode.approval is None:
        raise ValueError(f"episode {episode.id} asks nothing")
    run = (episode.train_on, episode.recent_from, episode.recent_until, episode.without)
    asked = (episode.model, episode.id, *run, f"{episode.approval.until:%Y-%m-%dT%H:%M:%S%z}")
    return hashlib.sha256("|".join(("approve", *asked)).encode()).hexdigest()[:12]


def granted(episode: EpisodeRow, model: ModelRow, now: datetime) -> bool:
    """Whether a person has said yes, and that still counts."""
    approval = episode.approval
    return approval is not None and approval.granted and lapsed(episode, model, now) is None


def lapsed(episode: EpisodeRow, model: ModelRow, now: datetime) -> str | None:
    """Why a question, or the answer to it, does not count any more; None where it does, and where none was asked."""
    approval = episode.approval
    if approval is None:
        return None
    if approval.in_service != model.in_service:
        return f"Version {model.in_service} was put into service since version {approval.in_service} was asked about."
    if now <= approval.until:
        return None
    if approval.granted:
        return f"{approval.by} approved it, but until {approval.until:%Y-%m-%d %H:%M} UTC it could not be started."
    return f"Nobody approved it until {approval.until:%Y-%m-%d %H:%M} UTC."


def open_question(model: ModelRow, episode: EpisodeRow | None, told: str, now: datetime) -> EpisodeRow:
    """The episode that asks what the code names. Raises NotAnswered where there is nothing to answer."""
    if not CODE.fullmatch(told):
        raise NotAnswered(f"{told[:40]!r} is no code; accepted are the 12 digits of the notification")
    if episode is None or episode.approval is None or code(episode) != told:
        raise NotAnswered(f"nothing of {model.model} is asked under the code {told}: it was asked anew, or never")
    approval = episode.approval
    if approval.by:
        answer = "approved" if approval.granted else "declined"
        raise NotAnswered(f"{approval.by} {answer} it at {approval.at:%Y-%m-%d %H:%M} UTC; it is {episode.outcome}")
    if over := lapsed(episode, model, now):
        raise NotAnswered(f"too late. {over}")
    if episode.outcome is not Outcome.APPROVAL_PENDING:
        raise NotAnswered(f"the episode asks no more: it is {episode.outcome}. {episode.why}")
    return episode


def approved(model: ModelRow, episode: EpisodeRow, by: str, now: datetime) -> Rows:
    """The run may be started, within all limits. Raises NotAnswered where another episode's run has begun."""
    if model.claim is not None or model.run is not None:
        other = (model.claim or model.run).episode  # type: ignore[union-attr]
        raise NotAnswered(f"a run of episode {other[:12]} has begun since; it is not started beside that")
    return model, replace(episode, approval=_answered(episode, by, now, granted=True))


def declined(model: ModelRow, episode: EpisodeRow, by: str, why: str, now: datetime) -> Rows:
    after = replace(episode, approval=_answered(episode, by, now, granted=False))
    return reached(model, after, Outcome.DECLINED, f"{by} declined it: {why}", now)


def run_out(model: ModelRow, episode: EpisodeRow, now: datetime) -> Rows | None:
    """The rows of a question that is over; None where it is not."""
    over = lapsed(episode, model, now)
    if over is None or not (episode.outcome is Outcome.APPROVAL_PENDING or episode.outcome in RESTING):
        return None
    return reached(model, episode, Outcome.EXPIRED, over, now)


def _answered(episode: EpisodeRow, by: str, now: datetime, *, granted: bool) -> Approval:
    assert episode.approval is not None  # `open_question` saw to it
    return replace(episode.approval, by=by, at=now, granted=granted)
