"""What is decided about a model that treats a group worse than at its release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.contracts.alarms import BIAS, TROUBLES, troubles, watched
from core.contracts.reports import BASELINE_DRIFT, BIAS_DRIFT, Violation
from core.diagnosis import Verdict
from core.names import TeamNames
from core.remediation.decide import MOST_BIAS, decide
from core.remediation.decisions import Decision, Escalate, Hold, Retrain
from core.remediation.facts import Evidence
from core.remediation.outcomes import Outcome
from core.remediation.parts import Claim, Run
from tests.core.test_remediation import NOW, POLICY, diagnosed, facts, model


def biased(verdict: Verdict, *metrics: str, check: str = BIAS_DRIFT) -> Evidence:
    found = tuple(Violation("region", check, f"{metric} of region=north: -0.3") for metric in metrics)
    evidence = diagnosed(verdict)
    return replace(evidence, report=replace(evidence.report, violations=found))


def decided(evidence: Evidence, trouble: str = BIAS) -> Decision:
    return decide(facts(trouble=trouble, evidence=evidence), POLICY)


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.BENIGN_DRIFT])
def test_a_person_is_told_which_metric_of_which_group_although_nothing_else_moved(verdict: Verdict) -> None:
    decision = decided(biased(verdict, "DPPL"))
    assert isinstance(decision, Escalate)
    assert decision.outcome is Outcome.ESCALATED
    assert "DPPL of region=north: -0.3" in decision.why
    assert "retrain" in decision.why


def test_it_never_starts_a_run_for_drift_has_an_alarm_of_its_own() -> None:
    assert isinstance(decided(biased(Verdict.REAL_DRIFT)), Hold)
    assert isinstance(decided(biased(Verdict.REAL_DRIFT, "DPPL"), trouble="drift"), Retrain)


def test_nobody_is_asked_about_a_model_that_drift_is_about_to_replace() -> None:
    decision = decided(biased(Verdict.REAL_DRIFT, "DPPL"))
    assert isinstance(decision, Hold)
    assert decision.outcome is Outcome.NOT_NEEDED
    assert "drift and quality" in decision.why


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.REAL_DRIFT])
def test_while_a_run_is_under_way_nobody_is_asked(verdict: Verdict) -> None:
    evidence = biased(verdict, "DPPL")
    for row in (
        model(claim=Claim(episode="other", at=NOW)),
        model(run=Run(episode="other", execution_arn="arn", at=NOW)),
        model(asked="other"),
    ):
        decision = decide(facts(trouble=BIAS, evidence=evidence, model=row), POLICY)
        assert isinstance(decision, Hold)
        assert decision.outcome is Outcome.SUPPRESSED_RUNNING


def test_a_person_is_asked_where_drift_will_not_be_answered_by_a_run() -> None:
    evidence = biased(Verdict.REAL_DRIFT, "DPPL")
    watches = replace(POLICY, retrain=replace(POLICY.retrain, responses={"REAL_DRIFT": "notify"}))
    assert isinstance(decide(facts(trouble=BIAS, evidence=evidence), watches), Escalate)
    tried = model(attempts=POLICY.retrain.attempts_without_improvement)
    assert isinstance(decide(facts(trouble=BIAS, evidence=evidence, model=tried), POLICY), Escalate)


def test_broken_data_says_nothing_of_fairness() -> None:
    assert isinstance(decided(biased(Verdict.UPSTREAM_FAULT, "DPPL")), Hold)


def test_a_window_without_bias_calls_nobody() -> None:
    for evidence in (biased(Verdict.HEALTHY), biased(Verdict.HEALTHY, "x", check=BASELINE_DRIFT)):
        assert isinstance(decided(evidence), Hold)


def test_another_alarm_is_answered_as_before() -> None:
    assert isinstance(decided(biased(Verdict.HEALTHY, "DPPL"), trouble="drift"), Hold)


def test_a_hundred_metrics_are_not_read_to_the_end() -> None:
    decision = decided(biased(Verdict.HEALTHY, *(f"M{n}" for n in range(100))))
    assert isinstance(decision, Escalate)
    assert f"and {100 - MOST_BIAS} more" in decision.why
    assert f"M{MOST_BIAS}" not in decision.why


def test_only_a_model_with_sensitive_features_has_the_alarm_and_it_may_wake_remediation() -> None:
    assert BIAS in troubles(sensitive=True)
    assert BIAS not in troubles(sensitive=False)
    assert set(troubles(sensitive=False)) == set(TROUBLES) - {BIAS}
    assert watched(TeamNames("risk", "dev"), ["churn"])["risk-dev-churn-bias"].trouble == BIAS
