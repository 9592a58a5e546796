"""The alarms of a model: `infra` makes one of each kind, `lambdas/remediate` answers to those that it watches for.

A kind is one word, so that a model's name and a kind never run together: `ModelNames.alarm(kind)` is unique in a team.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from core.names import ModelNames, TeamNames

Trouble = Literal["data", "drift", "attribution", "quality", "estimate", "bias", "silence"]
DATA: Trouble = "data"
"""`metrics.VIOLATIONS` above 0."""
DRIFT: Trouble = "drift"
"""`metrics.DRIFT` at 1 or above."""
ATTRIBUTION: Trouble = "attribution"
"""`metrics.ATTRIBUTION_DRIFT` at 1 or above."""
QUALITY: Trouble = "quality"
"""`metrics.QUALITY_DROP` at 1 or above."""
ESTIMATE: Trouble = "estimate"
"""`metrics.ESTIMATED_DROP` at 1 or above; only of a model whose file asks for it. Weak evidence: it asks for labels."""
BIAS: Trouble = "bias"
"""`metrics.BIAS_DRIFT` above 0; only of a model with sensitive features."""
SILENCE: Trouble = "silence"
"""`metrics.ROWS` has no datapoint: nothing was watched, or, of batches, neither scored nor found to be idle."""
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)
"""These wake `lambdas/remediate`."""

ERRORS, LATENCY = "errors", "latency"
"""These roll a deployment back (`ReleasePolicy.rollback_alarms`)."""

FAILURES = "failures"
"""`metrics.MONITOR_FAILURES`: a run of the monitor failed. It tells the team."""


BATCH_FAILURES, BATCH_IDLE = "batchfailures", "batchidle"
"""`batch_metrics.BATCH_FAILURES` and `BATCH_IDLE`. They tell the team."""


NEARING: tuple[Trouble, ...] = (DRIFT, ATTRIBUTION, QUALITY, ESTIMATE)
"""Troubles that come nearer: their metrics are shares of a limit. The others are counts, there or not there."""


def warning(kind: str) -> str:
    """The kind of the alarm that tells the team, and nobody else, that a trouble of this kind is near.

    >>> warning(DRIFT)
    'driftwarning'
    """
    return f"{kind}warning"


def of_batch(trouble: Trouble) -> str:
    """The kind of the alarm on the same trouble in a batch.

    >>> of_batch(DRIFT)
    'batchdrift'
    """
    return f"batch{trouble}"


def troubles(*, sensitive: bool, estimated: bool = False) -> tuple[Trouble, ...]:
    """What a model can be in trouble with: without sensitive features nothing is known of its fairness. `estimated`:
    whether its file asks for an alarm on quality that is estimated without labels.

    >>> troubles(sensitive=False)
    ('data', 'drift', 'attribution', 'quality', 'silence')
    """
    left_out = {BIAS: not sensitive, ESTIMATE: not estimated}
    return tuple(trouble for trouble in TROUBLES if not left_out.get(trouble))


@dataclass(frozen=True, slots=True)
class Watched:
    """What an alarm of the team's allow-list is about."""

    model: str
    trouble: Trouble


def watched(team: TeamNames, models: Iterable[str]) -> dict[str, Watched]:
    """Alarm name -> what it is about, for every alarm that may wake remediation, whether it was made or not.

    >>> watched(TeamNames("risk", "dev"), ["churn"])["risk-dev-churn-drift"]
    Watched(model='churn', trouble='drift')
    """
    pairs = [(model, trouble) for model in models for trouble in TROUBLES]
    of_endpoints = {team.model(model).alarm(trouble): Watched(model, trouble) for model, trouble in pairs}
    return of_endpoints | {
        team.model(model).alarm(of_batch(trouble)): Watched(model, trouble) for model, trouble in pairs
    }


def is_of_batch(names: ModelNames, arn: str, among: Iterable[Trouble] = TROUBLES) -> bool:
    """Whether an alarm of the model is on its batches, and on one of these troubles.

    >>> churn = TeamNames("risk", "dev").model("churn")
    >>> is_of_batch(churn, "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:risk-dev-churn-batchdrift")
    True
    """
    name = arn.rpartition(":alarm:")[2]
    return name in {names.alarm(of_batch(trouble)) for trouble in among}
