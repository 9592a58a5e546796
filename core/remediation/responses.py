"""What is done about each verdict: the platform's policy, as a table.

A team may choose another response for a model (`retraining.responses` in its file) where the table accepts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.contracts.policy import Response, RetrainPolicy
from core.diagnosis import Verdict

MEANING: Mapping[Response, str] = {
    "watch": "write it down and look at the next window",
    "notify": "start nothing and call a person",
    "ask": "start one training run when a person has approved it",
    "retrain": "start one training run",
    "rollback": "put the version that served before back into service",
    "fallback": "put the version that the team has named into service",
    "freeze": "start and deploy nothing for the model until a person lifts that",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What is done where the team says nothing, what it may choose, and why nothing else."""

    usual: Response
    accepted: tuple[Response, ...]
    because: str


TABLE: Mapping[Verdict, Row] = {
    Verdict.HEALTHY: Row(
        "watch",
        ("watch",),
        "nothing has moved",
    ),
    Verdict.BENIGN_DRIFT: Row(
        "watch",
        ("watch", "notify"),
        "the model is as right as before, so another one would be no better",
    ),
    Verdict.INCONCLUSIVE: Row(
        "watch",
        ("watch", "notify"),
        "one such window proves nothing",
    ),
    Verdict.ESTIMATED_LOSS: Row(
        "notify",
        ("notify", "watch", "ask", "retrain", "rollback", "fallback", "freeze"),
        "an estimate cannot see whether the relation of inputs to label is as it was, and somebody has to bring labels",
    ),
    Verdict.LABELS_NEEDED: Row(
        "notify",
        ("notify", "rollback", "fallback", "freeze"),
        "without labels a run would make the same model again, and somebody has to bring them",
    ),
    Verdict.REAL_DRIFT: Row(
        "retrain",
        ("retrain", "ask", "rollback", "fallback", "notify", "freeze"),
        "the model gets worse, and watching does not mend it",
    ),
    Verdict.UPSTREAM_FAULT: Row(
        "notify",
        ("notify", "rollback", "fallback", "freeze"),
        "a model that is trained on broken data learns the fault, and somebody has to repair the source",
    ),
}


def response_to(verdict: Verdict, policy: RetrainPolicy) -> Response:
    """The team's choice; the usual response where it has made none, or one that is not accepted.

    >>> response_to(Verdict.REAL_DRIFT, RetrainPolicy(responses={"REAL_DRIFT": "ask"}))
    'ask'
    >>> response_to(Verdict.UPSTREAM_FAULT, RetrainPolicy(responses={"UPSTREAM_FAULT": "retrain"}))
    'notify'
    """
    row = TABLE[verdict]
    chosen = policy.responses.get(verdict.value, row.usual)
    return chosen if chosen in row.accepted else row.usual


def reason(verdict: Verdict, policy: RetrainPolicy) -> str:
    """Why this is done, in a sentence."""
    response = response_to(verdict, policy)
    if response == TABLE[verdict].usual:
        return ""
    return f"The team's file answers {verdict} with {response!r}: {MEANING[response]}."
