"""How an episode can stand, and what may follow."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What the ledger knows of an episode."""

    STARTED = "STARTED"
    """A training run was started and recorded."""
    DUPLICATE = "DUPLICATE"
    """The event was heard before. Answered, never stored: the episode keeps what it has."""
    NOT_NEEDED = "NOT_NEEDED"
    """The diagnosis finds no harm, or nothing is in service."""
    NEW_ALARM = "NEW_ALARM"
    """The alarm was made or changed so recently that it going into ALARM proves nothing yet."""
    SUPPRESSED_RUNNING = "SUPPRESSED_RUNNING"
    """A run of this model is under way or asked for, or as many runs as the environment may have at once."""
    SUPPRESSED_COOLDOWN = "SUPPRESSED_COOLDOWN"
    """The last start is too recent, or there were enough of them today."""
    BLOCKED_DATA = "BLOCKED_DATA"
    """No report, broken data, or too little to judge or to learn from."""
    BLOCKED_BUDGET = "BLOCKED_BUDGET"
    BLOCKED_FREEZE = "BLOCKED_FREEZE"
    """A person stopped remediation for the model or the team, or the environment's budget is spent."""
    ESCALATED = "ESCALATED"
    """The team's policy leaves this to a person, or what it asks for cannot be done."""
    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    """Retraining did not help several times; a person has to look and to close the circuit."""
    DEFERRED_QUOTA = "DEFERRED_QUOTA"
    """The account has no capacity for the run now; it is tried again later."""
    TARGET_GONE = "TARGET_GONE"
    """The pipeline, or the endpoint to deploy to, does not exist any more."""
    REJECTED_EVENT = "REJECTED_EVENT"
    """The event is malformed, too old, or not of this team."""
    MONITOR_SILENT = "MONITOR_SILENT"
    APPROVAL_PENDING = "APPROVAL_PENDING"
    """The team's policy asks a person before a run is started."""
    DECLINED = "DECLINED"
    """A person said no."""
    EXPIRED = "EXPIRED"
    """No person said yes in time, or what they would have said yes to is over."""
    SWITCHING = "SWITCHING"
    """An earlier version, or the team's fallback, is on its way to the endpoint."""
    SWITCHED = "SWITCHED"
    """It is in service."""
    FROZEN = "FROZEN"
    """The team's policy stopped remediation of the model; a person lifts that."""
    FAILED_RUN = "FAILED_RUN"
    NO_BETTER_MODEL = "NO_BETTER_MODEL"
    """The gate did not find the new model better, or it was rejected or overtaken."""
    PROMOTION_PENDING = "PROMOTION_PENDING"
    """A better model waits for a person's approval."""
    ROLLED_BACK = "ROLLED_BACK"
    PROMOTED = "PROMOTED"


RESTING = frozenset(
    {
        Outcome.NOT_NEEDED,
        Outcome.NEW_ALARM,
        Outcome.SUPPRESSED_RUNNING,
        Outcome.SUPPRESSED_COOLDOWN,
        Outcome.ESCALATED,
        Outcome.BLOCKED_DATA,
        Outcome.BLOCKED_BUDGET,
        Outcome.BLOCKED_FREEZE,
        Outcome.CIRCUIT_OPEN,
        Outcome.DEFERRED_QUOTA,
    }
)
"""Nothing was started. A sweep decides again for as long as the alarm stands; an event never does."""

UNDER_WAY = frozenset({Outcome.STARTED, Outcome.PROMOTION_PENDING, Outcome.SWITCHING})
"""`lambdas/settle` closes these."""

ENDED = frozenset(
    {Outcome.FAILED_RUN, Outcome.NO_BETTER_MODEL, Outcome.ROLLED_BACK, Outcome.PROMOTED, Outcome.SWITCHED}
)
"""Something was done and is over."""

AGAIN = ENDED | {Outcome.EXPIRED}
"""Where the alarm still stands after one of these, a sweep opens the episode's next round."""

FINAL = AGAIN | {
    Outcome.DECLINED,
    Outcome.FROZEN,
    Outcome.TARGET_GONE,
    Outcome.MONITOR_SILENT,
    Outcome.REJECTED_EVENT,
}

QUIET = frozenset(
    {
        Outcome.NOT_NEEDED,
        Outcome.NEW_ALARM,
        Outcome.SUPPRESSED_RUNNING,
        Outcome.SUPPRESSED_COOLDOWN,
        Outcome.DEFERRED_QUOTA,
    }
)
"""Announced where an episode begins with them; a sweep that moves an episode to one of them says nothing."""


def may_follow(before: Outcome | None, after: Outcome) -> bool:
    """Whether an episode may go from one outcome to another. None is an episode that nothing was decided on yet.

    >>> may_follow(Outcome.SUPPRESSED_RUNNING, Outcome.STARTED), may_follow(Outcome.PROMOTED, Outcome.STARTED)
    (True, False)
    """
    if after in (Outcome.DUPLICATE, Outcome.REJECTED_EVENT) or before == after:
        return False
    if before is None or before in RESTING or before is Outcome.APPROVAL_PENDING:
        return True
    return before in UNDER_WAY and after in ENDED | {Outcome.PROMOTION_PENDING, Outcome.TARGET_GONE}
