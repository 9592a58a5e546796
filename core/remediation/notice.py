"""What people are told about an outcome: what happened, why, what was done, what it cost, what they can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.contracts.notices import ACTION, INFORMATION, URGENCY
from core.names import ModelNames
from core.remediation.outcomes import Outcome
from core.remediation.rows import Entry, EpisodeRow

SUBJECT_MAX = 100
"""SNS refuses a longer subject, and anything but printable ASCII in it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message of the topic. Copies of one message carry one `dedup` attribute."""

    subject: str
    text: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Words:
    happened: str
    done: str
    person: str = ""
    """What a person can do; empty where nothing is asked of anyone."""
    ran: bool = False
    """A run was paid for."""


_AGAIN = "The platform looks again for as long as the alarm stands."
_WORDS: dict[Outcome, _Words] = {
    Outcome.STARTED: _Words("Retraining was started", "One run of the training pipeline was started.", ran=True),
    Outcome.NOT_NEEDED: _Words("No retraining is needed", f"Nothing was started. {_AGAIN}"),
    Outcome.SUPPRESSED_RUNNING: _Words("A run is under way already", f"Nothing more was started. {_AGAIN}"),
    Outcome.SUPPRESSED_COOLDOWN: _Words("Retraining waits", f"Nothing was started. {_AGAIN}"),
    Outcome.BLOCKED_DATA: _Words(
        "No retraining on this data",
        f"Nothing was started. {_AGAIN}",
        "Read the monitor's report; repair the data or bring labels, as it says.",
    ),
    Outcome.BLOCKED_BUDGET: _Words(
        "The retraining budget is spent",
        f"Nothing was started. {_AGAIN}",
        "Raise retraining.monthly_budget_usd in the team's file, start a run by hand, or wait for the next month.",
    ),
    Outcome.BLOCKED_FREEZE: _Words(
        "Remediation is stopped", f"Nothing was started. {_AGAIN}", "Lift the freeze when its cause is over."
    ),
    Outcome.CIRCUIT_OPEN: _Words(
        "Retraining does not help",
        "Nothing was started, and nothing will be until a model is released.",
        "Find out why the new models are not better. A run that you start by hand and that is released closes the "
        "circuit.",
    ),
    Outcome.DEFERRED_QUOTA: _Words(
        "No capacity for the run", "Nothing was started and nothing charged. It is tried again, with growing waits."
    ),
    Outcome.TARGET_GONE: _Words(
        "The training pipeline does not exist",
        "Nothing was started or created.",
        "Deploy the team's stacks again, or delete the alarm.",
    ),
    Outcome.MONITOR_SILENT: _Words(
        "The monitor is silent",
        "Nothing was started.",
        "Look at the monitor's processing jobs and its schedule; until it reports, drift goes unseen.",
    ),
    Outcome.FAILED_RUN: _Words(
        "A step towards a new model failed",
        "The model in service was not touched.",
        "Look at the execution in SageMaker Studio. The platform tries again after the cooldown if the alarm stands.",
        ran=True,
    ),
    Outcome.NO_BETTER_MODEL: _Words("The new model is not released", "The model in service was not touched.", ran=True),
    Outcome.PROMOTION_PENDING: _Words(
        "A better model waits for approval",
        "The package is registered; it is deployed when it is approved.",
        "Approve or reject the package in the model registry.",
        ran=True,
    ),
    Outcome.ROLLED_BACK: _Words(
        "The new version was rolled back",
        "The version before it serves, where there was one. The new version will not be deployed again.",
        "Look at the endpoint's logs and alarms before you approve another version.",
        ran=True,
    ),
    Outcome.PROMOTED: _Words(
        "A new version is in service", "Endpoint, baseline and autoscaling were updated.", ran=True
    ),
}


def notice(names: ModelNames, episode: EpisodeRow, entry: Entry, cost_usd: float) -> Notice:
    """The message about one outcome of an episode; `cost_usd` is the upper estimate of one run."""
    words = _WORDS[entry.outcome]
    lines = [
        f"{words.happened}: model {names.model} of {names.of.team} ({names.of.environment}).",
        "",
        f"Why: {entry.why}",
        f"Cause: {episode.reason}",
        f"Done: {words.done}",
        f"Cost: {_cost(words, episode, cost_usd)}",
        f"You can: {words.person or 'do nothing; nothing is needed.'}",
        "",
        f"Episode {episode.id}, {entry.outcome}, {entry.at:%Y-%m-%d %H:%M} UTC.",
    ]
    if episode.execution_arn:
        lines.append(f"Execution {episode.execution_arn}")
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


def _cost(words: _Words, episode: EpisodeRow, cost_usd: float) -> str:
    if not words.ran:
        return "nothing."
    if not episode.execution_arn:
        return "nothing was started for this by the platform."
    return f"at most {cost_usd:.2f} USD for the run (an estimate from its instances and time limits)."
