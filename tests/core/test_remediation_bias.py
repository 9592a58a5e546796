"""What is decided about a model that treats a group worse than at its release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.contracts.alarms import BIAS, ESTIMATE, TROUBLES, troubles, watched
from core.contracts.reports import BASELINE_DRIFT, BIAS_DRIFT, Violation
from core.diagnosis import Verdict
from core.names import TeamNames
from core.remediation.decide import FAIRNESS, MOST_BIAS, RETRAINED_ANYWAY, decide
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
    said = "The model treats a group worse than at its release: DPPL of region=north: -0.3. "
    assert decided(biased(verdict, "DPPL")) == Escalate(Outcome.ESCALATED, said + FAIRNESS)
    assert FAIRNESS.startswith("Do not retrain on the same rows: they would teach the same. Look at the group's ")


def test_it_never_starts_a_run_for_drift_has_an_alarm_of_its_own() -> None:
    assert isinstance(decided(biased(Verdict.REAL_DRIFT)), Hold)
    assert isinstance(decided(biased(Verdict.REAL_DRIFT, "DPPL"), trouble="drift"), Retrain)


def test_nobody_is_asked_about_a_model_that_drift_is_about_to_replace() -> None:
    evidence = biased(Verdict.REAL_DRIFT, "DPPL")
    asking = replace(POLICY, retrain=replace(POLICY.retrain, responses={"REAL_DRIFT": "ask"}))
    for policy in (POLICY, asking):
        decision = decide(facts(trouble=BIAS, evidence=evidence), policy)
        assert decision == Hold(Outcome.NOT_NEEDED, RETRAINED_ANYWAY)
    assert RETRAINED_ANYWAY.startswith("The world moved to where the model is wrong, for one group more than for ")


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
    nothing_to_learn_from = replace(evidence, diagnosis=replace(evidence.diagnosis, train_on=None))
    assert isinstance(decided(nothing_to_learn_from), Escalate)


def test_broken_data_says_nothing_of_fairness() -> None:
    why = "The data of the newest window is broken, which says nothing of fairness."
    assert decided(biased(Verdict.UPSTREAM_FAULT, "DPPL")) == Hold(Outcome.NOT_NEEDED, why)


def test_a_window_without_bias_calls_nobody() -> None:
    why = "The newest window shows no bias metric farther from parity than at release."
    for evidence in (biased(Verdict.HEALTHY), biased(Verdict.HEALTHY, "x", check=BASELINE_DRIFT)):
        assert decided(evidence) == Hold(Outcome.NOT_NEEDED, why)


def test_another_alarm_is_answered_as_before() -> None:
    assert isinstance(decided(biased(Verdict.HEALTHY, "DPPL"), trouble="drift"), Hold)


def test_a_hundred_metrics_are_not_read_to_the_end() -> None:
    def named(count: int) -> str:
        decision = decided(biased(Verdict.HEALTHY, *(f"M{n}" for n in range(count))))
        assert isinstance(decision, Escalate)
        return decision.why.removesuffix(f". {FAIRNESS}").partition("release: ")[2]

    all_named = "; ".join(f"M{n} of region=north: -0.3" for n in range(MOST_BIAS))
    assert named(MOST_BIAS) == all_named
    assert named(MOST_BIAS + 1) == f"{all_named}; and 1 more"
    assert named(100) == f"{all_named}; and {100 - MOST_BIAS} more"


def test_only_a_model_with_sensitive_features_has_the_alarm_and_it_may_wake_remediation() -> None:
    assert BIAS in troubles(sensitive=True)
    assert BIAS not in troubles(sensitive=False)
    assert set(troubles(sensitive=False, estimated=True)) == set(TROUBLES) - {BIAS}


def test_only_a_model_whose_file_asks_for_it_has_an_alarm_on_estimates() -> None:
    assert ESTIMATE in troubles(sensitive=True, estimated=True)
    assert set(troubles(sensitive=True)) == set(TROUBLES) - {ESTIMATE}
    assert watched(TeamNames("risk", "dev"), ["churn"])["risk-dev-churn-bias"].trouble == BIAS
