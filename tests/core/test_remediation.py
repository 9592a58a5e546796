"""What is decided about an alarm, as a table and as properties."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.evaluation import Evaluation
from core.contracts.policy import ModelPolicy, RetrainPolicy, WatchPolicy
from core.contracts.release import Release
from core.contracts.reports import MonitorReport
from core.contracts.signature import Feature, Signature
from core.diagnosis import Diagnosis, Verdict
from core.names import TeamNames
from core.remediation.budget import cents
from core.remediation.decide import decide
from core.remediation.decisions import Decision, Escalate, Hold, Retrain
from core.remediation.episode import Cause, display_name, token
from core.remediation.facts import Evidence, Facts, NoEvidence
from core.remediation.gate import objection
from core.remediation.notice import SUBJECT_MAX, notice
from core.remediation.outcomes import FINAL, RESTING, UNDER_WAY, Outcome
from core.remediation.parts import Candidate, Claim, Deployment, Entry, Run
from core.remediation.rows import ModelRow, TeamRow
from core.remediation.statuses import busy, ended
from core.remediation.transitions import claimed, opened, started

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

POLICY = ModelPolicy(
    "churn",
    Signature((Feature("age", "numeric"),), "left"),
    WatchPolicy(period_s=3600, alarm_periods=3),
    RetrainPolicy(cooldown_s=6 * 3600, starts_per_day=2, attempts_without_improvement=3, run_cost_usd=2.5),
)

EPISODE = opened(Cause("alarm", NOW), "churn", "Threshold Crossed")

PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/risk-dev-churn/4"

RELEASE = Release("risk-dev-churn", "config", PACKAGE, "m", "b/", "e", (NOW - timedelta(days=3)).isoformat())


def diagnosed(verdict: Verdict, end: datetime = NOW, package: str = PACKAGE, train_on: Any = "recent") -> Evidence:
    start = (end - timedelta(hours=1)).isoformat()
    report = MonitorReport("risk-dev-churn", "monitor", package, start, end.isoformat(), 500, 0, (), 0.0, None, 0, ())
    diagnosis = Diagnosis(verdict, (), ("numbers.",), "the world moved", "high", (), "Retrain.", train_on)
    return Evidence(report, diagnosis)


def facts(**changes: Any) -> Facts:
    """Everything speaks for a retraining, but for the changes."""
    plain: dict[str, Any] = {
        "now": NOW,
        "trouble": "quality",
        "team": TeamRow(),
        "model": ModelRow(model="churn"),
        "episode": EPISODE,
        "unfinished": (),
        "evidence": diagnosed(Verdict.REAL_DRIFT),
        "release": RELEASE,
    }
    return Facts(**{**plain, **changes})


def model(**changes: Any) -> ModelRow:
    return ModelRow(model="churn", **changes)


STARTED_AT = NOW - timedelta(hours=1)

DEPLOYMENT = Deployment(episode="e", package_arn=PACKAGE, version=5, before="", at=NOW)

CANDIDATE = Candidate(episode="e", package_arn=PACKAGE, version=5, approved=True)

TABLE = [
    ({"trouble": "silence", "evidence": NoEvidence("none")}, Escalate, Outcome.MONITOR_SILENT),
    ({"trouble": "silence"}, Hold, Outcome.NOT_NEEDED),
    ({"trouble": "silence", "release": None}, Hold, Outcome.NOT_NEEDED),
    ({"team": TeamRow(frozen="incident")}, Hold, Outcome.BLOCKED_FREEZE),
    ({"model": model(frozen="incident")}, Hold, Outcome.BLOCKED_FREEZE),
    ({"team": TeamRow(starts_frozen="the budget is spent")}, Hold, Outcome.BLOCKED_FREEZE),
    ({"release": None}, Hold, Outcome.NOT_NEEDED),
    ({"evidence": NoEvidence("none")}, Hold, Outcome.BLOCKED_DATA),
    ({"evidence": diagnosed(Verdict.REAL_DRIFT, package="other")}, Hold, Outcome.NOT_NEEDED),
    ({"evidence": diagnosed(Verdict.REAL_DRIFT, NOW - timedelta(hours=4))}, Hold, Outcome.BLOCKED_DATA),
    ({"evidence": diagnosed(Verdict.HEALTHY)}, Hold, Outcome.NOT_NEEDED),
    ({"evidence": diagnosed(Verdict.BENIGN_DRIFT)}, Hold, Outcome.NOT_NEEDED),
    ({"evidence": diagnosed(Verdict.INCONCLUSIVE)}, Hold, Outcome.BLOCKED_DATA),
    ({"evidence": diagnosed(Verdict.LABELS_NEEDED)}, Escalate, Outcome.BLOCKED_DATA),
    ({"evidence": diagnosed(Verdict.UPSTREAM_FAULT)}, Escalate, Outcome.BLOCKED_DATA),
    ({"evidence": diagnosed(Verdict.REAL_DRIFT, train_on=None)}, Hold, Outcome.BLOCKED_DATA),
    ({"unfinished": None}, Escalate, Outcome.TARGET_GONE),
    ({"unfinished": ("arn",)}, Hold, Outcome.SUPPRESSED_RUNNING),
    ({"model": model(claim=Claim(episode="other", at=NOW))}, Hold, Outcome.SUPPRESSED_RUNNING),
    ({"model": model(run=Run(episode="other", execution_arn="arn", at=NOW))}, Hold, Outcome.SUPPRESSED_RUNNING),
    ({"model": model(deployment=DEPLOYMENT)}, Hold, Outcome.SUPPRESSED_RUNNING),
    ({"model": model(candidates=(CANDIDATE,))}, Hold, Outcome.SUPPRESSED_RUNNING),
    ({"model": model(attempts=3)}, Escalate, Outcome.CIRCUIT_OPEN),
    ({"episode": replace(EPISODE, not_before=NOW + timedelta(seconds=1))}, Hold, Outcome.DEFERRED_QUOTA),
    ({"model": model(starts=(STARTED_AT,))}, Hold, Outcome.SUPPRESSED_COOLDOWN),
    ({"model": model(starts=(NOW - timedelta(days=3), STARTED_AT))}, Hold, Outcome.SUPPRESSED_COOLDOWN),
    (
        {"model": model(starts=(NOW - timedelta(hours=20), NOW - timedelta(hours=7)))},
        Escalate,
        Outcome.SUPPRESSED_COOLDOWN,
    ),
    ({"model": model(month="2026-11", spent_cents=9751)}, Escalate, Outcome.BLOCKED_BUDGET),
]


@pytest.mark.parametrize(("changes", "kind", "outcome"), TABLE)
def test_each_objection_alone_holds_a_start_back(
    changes: dict[str, Any], kind: type[Decision], outcome: Outcome
) -> None:
    decision = decide(facts(**changes), POLICY)
    assert (type(decision), getattr(decision, "outcome", None)) == (kind, outcome)
    assert decision.why


ALLOWED = [
    {},
    {"episode": replace(EPISODE, not_before=NOW)},
    {"evidence": diagnosed(Verdict.REAL_DRIFT, NOW - timedelta(hours=3))},
    {"model": model(attempts=2)},
    {"model": model(claim=Claim(episode=EPISODE.id, at=NOW))},
    {"model": model(candidates=(replace(CANDIDATE, approved=False),))},
    {"model": model(starts=(NOW - timedelta(hours=6),))},
    {"model": model(starts=(NOW - timedelta(hours=24), NOW - timedelta(hours=7)))},
    {"model": model(month="2026-11", spent_cents=9750)},
    {"model": model(month="2026-10", spent_cents=99_999)},
]


@pytest.mark.parametrize("changes", ALLOWED)
def test_up_to_each_limit_a_run_may_start(changes: dict[str, Any]) -> None:
    assert isinstance(decide(facts(**changes), POLICY), Retrain)


def test_a_retraining_learns_from_the_windows_that_the_alarm_looked_at() -> None:
    decision = decide(facts(evidence=diagnosed(Verdict.REAL_DRIFT, train_on="all")), POLICY)
    assert isinstance(decision, Retrain)
    assert decision.parameters.train_on == "all"
    assert decision.parameters.recent_from == (NOW - timedelta(hours=3)).isoformat()
    assert decision.parameters.recent_until == NOW.isoformat()
    assert decision.parameters.episode == EPISODE.id
    assert (decision.token, decision.display_name) == (token(EPISODE.id), display_name(EPISODE.id))


@given(st.lists(st.sampled_from(TABLE), min_size=1, max_size=4))
def test_objections_never_cancel_each_other(rows: list[tuple[dict[str, Any], object, Outcome]]) -> None:
    changes = {key: value for row, _, _ in rows for key, value in row.items()}
    assert not isinstance(decide(facts(**changes), POLICY), Retrain)


@pytest.mark.fault("F38")
@given(
    spent=st.integers(0, 20_000),
    cost=st.floats(0.001, 300, allow_nan=False),
    budget=st.floats(0.01, 200, allow_nan=False),
)
def test_no_start_takes_the_month_above_its_budget(spent: int, cost: float, budget: float) -> None:
    policy = replace(POLICY, retrain=replace(POLICY.retrain, run_cost_usd=cost, monthly_budget_usd=budget))
    known = facts(model=model(month="2026-11", spent_cents=spent))
    decision = decide(known, policy)
    if isinstance(decision, Retrain):
        row, _ = started(known.model, claimed(known, decision)[1], "arn", NOW, cost)
        assert row.spent_cents <= budget * 100 + 1e-6
        assert row.spent_cents - spent >= cost * 100 - 1e-6


@given(st.floats(0, 1e6, allow_nan=False))
def test_a_cost_is_never_counted_as_less_than_it_is(usd: float) -> None:
    assert 0 <= cents(usd) - usd * 100 + 1e-6 < 1.001


FLOATS = st.floats() | st.none() | st.booleans().map(float)


@given(st.sampled_from(["BETTER", "WORSE", "INCONCLUSIVE", "better", "", None]), st.tuples(FLOATS, FLOATS, FLOATS))
def test_only_better_with_finite_numbers_may_be_released(verdict: Any, numbers: tuple[Any, Any, Any]) -> None:
    challenger, low, high = numbers
    evaluation = Evaluation(verdict, "reason", 200, "auc", challenger, 0.5, low, high, 0.95, {}, {})
    finite = all(number is not None and math.isfinite(number) for number in numbers)
    assert (objection(evaluation) is None) == (verdict == "BETTER" and finite)


def test_without_an_evaluation_nothing_may_be_released() -> None:
    assert objection(None) is not None


@given(st.text())
def test_a_status_that_is_not_known_is_one_on_its_way(status: str) -> None:
    assert ended(status) == (status in {"Succeeded", "Failed", "Stopped", "CompletedWithFailures"})
    assert busy(status) == (status not in {"InService", "Failed", "OutOfService", "UpdateRollbackFailed"})


@pytest.mark.parametrize("outcome", sorted(RESTING | UNDER_WAY | FINAL - {Outcome.REJECTED_EVENT}))
def test_every_outcome_is_told_in_words(outcome: Outcome) -> None:
    names = TeamNames("a" * 15, "b" * 15).model("m" * 24)
    entry = Entry(at=NOW, outcome=outcome, why="because")
    message = notice(names, EPISODE, entry)
    assert len(message.subject) <= SUBJECT_MAX
    assert message.subject.isascii()
    assert message.subject.isprintable()
    for part in ("Why: because", "Cause: Threshold Crossed", "Done: ", "Cost: ", "You can: "):
        assert part in message.text
    assert message.attributes["dedup"] == f"{EPISODE.id}-{outcome}"
    assert message.attributes["urgency"] == ("information" if "nothing is needed" in message.text else "action")
    assert all(message.attributes.values())
