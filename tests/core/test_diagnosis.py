"""The verdict on a window: each row of the table, and what holds for every report."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts import reports
from core.contracts.policy import WatchPolicy
from core.contracts.reports import FeatureReport, MonitorReport, Multivariate, QualityReport, SegmentReport, Violation
from core.diagnosis import Diagnosis, Drift, Verdict, diagnose

POLICY = WatchPolicy()
GOOD = QualityReport("accuracy", value=0.80, low=0.76, high=0.84, baseline=0.81, labels=400)
FALLEN = QualityReport("accuracy", value=0.60, low=0.55, high=0.65, baseline=0.81, labels=400)
NOISY = QualityReport("accuracy", value=0.68, low=0.53, high=0.83, baseline=0.81, labels=60)


def feature(name: str, drift: float = 0.01, attribution_drift: float = 0.01, share: float = 0.3) -> FeatureReport:
    return FeatureReport(name, 1.0, 1.0, drift, share, share, attribution_drift)


def report(*features: FeatureReport, **changes: object) -> MonitorReport:
    calm = MonitorReport(
        endpoint="risk-dev-churn",
        schedule="risk-dev-churn-monitor",
        package_arn="arn:aws:sagemaker:us-east-1:111122223333:model-package/risk-dev-churn/1",
        start="2026-11-20T08:00:00+00:00",
        end="2026-11-20T09:00:00+00:00",
        rows=500,
        unreadable=0,
        features=features or (feature("age"), feature("bmi")),
        prediction_drift=0.02,
        quality=None,
        labels=0,
        violations=(),
    )
    return replace(calm, **changes)  # type: ignore[arg-type]


def verdict(*features: FeatureReport, **changes: object) -> Verdict:
    return diagnose(report(*features, **changes), POLICY).verdict


def test_a_window_in_which_nothing_moved_is_healthy_and_names_what_it_cannot_see() -> None:
    found = diagnose(report(), POLICY)
    assert found.verdict is Verdict.HEALTHY
    assert any("concept drift" in spot for spot in found.blind_spots)
    assert found.train_on is None


def test_labels_that_are_enough_but_do_not_tell_the_quality_are_told_as_that() -> None:
    found = diagnose(report(labels=80, unjudged="2 of the 80 labels are of the rarer class"), POLICY)
    assert any("not judged: 2 of the 80 labels are of the rarer class" in sentence for sentence in found.evidence)
    assert not any("labels arrived" in sentence for sentence in found.evidence)
    assert any("concept drift" in spot for spot in found.blind_spots)


@pytest.mark.parametrize(
    ("value", "baseline", "told"),
    [(0.00042, 0.0003, ("0.000420", "0.000300")), (4.2, 3.9, ("4.20", "3.90")), (12_345.6, 9_876, ("12,346", "9,876"))],
)
def test_an_error_of_any_unit_is_told_with_the_digits_that_count(
    value: float, baseline: float, told: tuple[str, str]
) -> None:
    error = QualityReport("rmse", value, value * 0.9, value * 1.1, baseline, 500)
    (sentence,) = [each for each in diagnose(report(quality=error, labels=500), POLICY).evidence if "rmse" in each]
    assert f"rmse is {told[0]} " in sentence
    assert f"against {told[1]} when" in sentence


def test_labels_that_confirm_the_quality_remove_the_blind_spot_of_concept_drift() -> None:
    found = diagnose(report(quality=GOOD, labels=400), POLICY)
    assert found.verdict is Verdict.HEALTHY
    assert not any("concept drift" in spot for spot in found.blind_spots)
    assert found.confidence.startswith("high")


def test_drift_in_a_feature_that_the_model_hardly_uses_is_benign() -> None:
    found = diagnose(report(feature("age", drift=0.55, attribution_drift=0.15, share=0.01), feature("bmi")), POLICY)
    assert found.verdict is Verdict.BENIGN_DRIFT
    assert found.features == ("age",)
    assert found.train_on is None


def test_drift_in_a_feature_that_the_model_leans_on_is_not_benign_because_it_makes_the_same_of_it() -> None:
    """Trees make of a value in another unit what they make of their largest."""
    moved = feature("age", drift=0.55, attribution_drift=0.05, share=0.98)
    unknown, known = (diagnose(report(moved, quality=quality), POLICY) for quality in (None, GOOD))
    assert unknown.verdict is Verdict.LABELS_NEEDED
    assert known.verdict is Verdict.BENIGN_DRIFT
    for found in (unknown, known):
        assert "leans on" in found.cause
        assert "unit" in found.response


def test_labels_that_do_not_exclude_a_loss_confirm_nothing() -> None:
    few = QualityReport("accuracy", value=0.82, low=0.69, high=0.90, baseline=0.90, labels=50)
    found = diagnose(report(quality=few, labels=50), POLICY)
    assert found.verdict is Verdict.HEALTHY
    assert found.confidence == "moderate: so few labels do not exclude a loss"
    assert any("concept drift" in spot for spot in found.blind_spots)


def test_a_part_of_the_rows_for_which_the_model_got_worse_is_no_health() -> None:
    before = QualityReport("accuracy", 0.79, 0.75, 0.83, 0.81, 500)
    worse = QualityReport("accuracy", 0.47, 0.43, 0.51, 0.81, 589)
    fell, calm = (SegmentReport("kind", value, worse, before, fell=value == "3") for value in ("3", "1"))
    found = diagnose(report(quality=GOOD, labels=400, segments=(fell, calm)), POLICY)
    assert (found.verdict, found.drift, found.features) == (Verdict.REAL_DRIFT, Drift.REAL, ("kind",))
    (told,) = [sentence for sentence in found.evidence if "kind" in sentence]
    assert told.startswith("accuracy of kind=3 is 0.47")
    assert "on 500 held-out rows of the same" in told
    assert diagnose(report(quality=GOOD, labels=400, segments=(calm,)), POLICY).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("quality", [None, GOOD])
def test_groups_that_are_treated_otherwise_are_no_health(quality: QualityReport | None) -> None:
    farther = Violation("sex", reports.BIAS_DRIFT, "DI of sex=1 is 0.48, and was 0.94", "DI", "1")
    found = diagnose(report(quality=quality, violations=(farther,)), POLICY)
    assert (found.verdict, found.features) == (Verdict.INCONCLUSIVE, ("sex",))
    assert any("DI of sex=1 is 0.48" in sentence for sentence in found.evidence)
    assert found.cause != "nothing moved"


def test_another_order_of_the_features_is_told() -> None:
    violation = Violation("score", reports.ATTRIBUTION_DRIFT, "nDCG 0.7 is below 0.9")
    found = diagnose(report(violations=(violation,), ndcg=0.7), POLICY)
    assert found.verdict is Verdict.BENIGN_DRIFT
    assert any("nDCG of 0.70" in sentence for sentence in found.evidence)


def test_attributions_of_a_feature_below_the_share_that_matters_do_not_count() -> None:
    assert verdict(feature("age", attribution_drift=0.9, share=0.04), quality=GOOD) is Verdict.HEALTHY


def test_a_feature_that_mattered_only_at_the_baseline_still_matters() -> None:
    lost = replace(feature("age", attribution_drift=0.9), attribution_share=0.0, baseline_share=0.4)
    assert verdict(lost, quality=GOOD) is Verdict.REAL_DRIFT


def test_moved_attributions_without_labels_ask_for_labels_since_the_same_rows_would_give_the_same_model() -> None:
    found = diagnose(report(feature("age", drift=0.4, attribution_drift=0.4)), POLICY)
    assert found.verdict is Verdict.LABELS_NEEDED
    assert found.train_on is None


def test_moved_attributions_with_labels_are_real_drift_although_the_quality_still_holds() -> None:
    found = diagnose(report(feature("age", drift=0.4, attribution_drift=0.4), quality=GOOD, labels=400), POLICY)
    assert (found.verdict, found.train_on) == (Verdict.REAL_DRIFT, "all")
    assert found.confidence.startswith("moderate")


def test_attributions_that_moved_alone_are_real_drift_because_inputs_changed_together() -> None:
    assert verdict(feature("age", attribution_drift=0.34), quality=GOOD) is Verdict.REAL_DRIFT


def test_fallen_quality_with_unmoved_inputs_is_concept_drift_and_learns_from_recent_rows() -> None:
    found = diagnose(report(quality=FALLEN, labels=400), POLICY)
    assert (found.verdict, found.train_on) == (Verdict.REAL_DRIFT, "recent")
    assert "relation" in found.cause


def test_fallen_quality_under_moved_inputs_learns_from_recent_rows() -> None:
    found = diagnose(report(feature("age", drift=0.4), quality=FALLEN, labels=400), POLICY)
    assert (found.verdict, found.train_on) == (Verdict.REAL_DRIFT, "recent")
    assert any("0.600" in sentence and "0.810" in sentence for sentence in found.evidence)


def test_a_loss_that_few_labels_show_by_chance_proves_nothing() -> None:
    assert verdict(quality=NOISY, labels=60) is Verdict.INCONCLUSIVE


@pytest.mark.fault("F12")
def test_quality_on_fewer_labels_than_the_policy_asks_for_is_not_looked_at() -> None:
    assert verdict(quality=replace(FALLEN, labels=49), labels=49) is Verdict.HEALTHY


def test_answers_that_moved_while_no_feature_did_ask_for_labels() -> None:
    assert verdict(prediction_drift=0.3) is Verdict.LABELS_NEEDED
    assert verdict(confidence_drift=0.3) is Verdict.LABELS_NEEDED
    assert verdict(prediction_drift=0.3, quality=GOOD) is Verdict.BENIGN_DRIFT


def test_too_few_rows_prove_nothing_whatever_they_show() -> None:
    moved = feature("age", drift=0.9, attribution_drift=0.9)
    found = diagnose(report(moved, rows=99, quality=FALLEN), POLICY)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert any("99 rows" in sentence for sentence in found.evidence)


def test_a_report_with_nan_in_it_proves_nothing() -> None:
    assert verdict(feature("age", drift=float("nan"))) is Verdict.INCONCLUSIVE


CAUSES = [
    (reports.COMPLETENESS, "stopped arriving"),
    (reports.DATA_TYPE, "type or format"),
    (reports.MISSING_COLUMN, "fewer columns"),
    (reports.EXTRA_COLUMN, "more columns"),
    (reports.NON_NEGATIVE, "a sign or a unit changed"),
    (reports.CATEGORICAL_VALUES, "code that the model never saw"),
]


@pytest.mark.fault("F11")
@pytest.mark.parametrize(("check", "cause"), CAUSES)
def test_a_violated_constraint_is_an_upstream_fault_that_no_retraining_heals(check: str, cause: str) -> None:
    poor = replace(feature("age", drift=0.4, attribution_drift=0.4), completeness=0.5)
    found = diagnose(report(poor, quality=FALLEN, violations=(Violation("age", check, "was found"),)), POLICY)
    assert (found.verdict, found.features, found.train_on) == (Verdict.UPSTREAM_FAULT, ("age",), None)
    assert cause in found.cause


def test_a_completeness_violation_of_a_complete_feature_means_that_one_value_stands_in() -> None:
    violation = Violation("age", reports.COMPLETENESS, "31 % of the values are -999")
    found = diagnose(report(violations=(violation,)), POLICY)
    assert found.verdict is Verdict.UPSTREAM_FAULT
    assert "stands in" in found.cause


def test_mere_drift_among_the_violations_is_not_a_fault() -> None:
    violation = Violation("age", reports.BASELINE_DRIFT, "drift 0.4 exceeds 0.2")
    assert verdict(feature("age", drift=0.4, share=0.01), violations=(violation,)) is Verdict.BENIGN_DRIFT


def test_features_are_named_by_their_weight_for_the_model() -> None:
    light, heavy = feature("age", drift=0.4, share=0.1), feature("bmi", drift=0.3, share=0.6)
    assert diagnose(report(light, heavy), POLICY).features == ("bmi", "age")


def test_a_diagnosis_survives_the_ledger() -> None:
    found = diagnose(report(feature("age", drift=0.4)), POLICY)
    assert Diagnosis.from_json(found.to_json()) == found


def apart(auc: float, width: float = 0.03) -> Multivariate:
    return Multivariate(auc, auc - width, auc + width)


def test_inputs_that_moved_together_alone_are_benign_and_no_blind_spot() -> None:
    found = diagnose(report(multivariate=apart(0.7)), POLICY)
    assert (found.verdict, found.drift) == (Verdict.BENIGN_DRIFT, Drift.DATA)
    assert "together" in found.cause
    assert any("AUC 0.70 (95% interval 0.67 to 0.73" in sentence for sentence in found.evidence)
    assert not any("together" in spot for spot in found.blind_spots)


@pytest.mark.parametrize(("multivariate", "excluded"), [(None, False), (apart(0.5), True), (apart(0.53), False)])
def test_moving_together_is_a_blind_spot_unless_all_features_together_exclude_it(
    multivariate: Multivariate | None, excluded: bool
) -> None:
    found = diagnose(report(multivariate=multivariate), POLICY)
    assert found.verdict is Verdict.HEALTHY
    assert any("together" in spot for spot in found.blind_spots) is not excluded


@pytest.mark.parametrize(("quality", "wanted"), [(None, Verdict.LABELS_NEEDED), (GOOD, Verdict.REAL_DRIFT)])
def test_other_attributions_of_inputs_that_moved_only_together_name_the_change_of_an_interaction(
    quality: QualityReport | None, wanted: Verdict
) -> None:
    moved = feature("age", attribution_drift=0.3)
    found = diagnose(report(moved, quality=quality, labels=400, multivariate=apart(0.7)), POLICY)
    assert (found.verdict, found.features) == (wanted, ("age",))
    assert "changed together" in found.cause


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, Drift.NONE),
        ({"quality": GOOD}, Drift.NONE),
        ({"features": (feature("age", drift=0.4),)}, Drift.DATA),
        ({"features": (feature("age", drift=0.4),), "quality": GOOD}, Drift.VIRTUAL),
        ({"prediction_drift": 0.4, "quality": GOOD}, Drift.VIRTUAL),
        ({"features": (feature("age", attribution_drift=0.4),), "quality": GOOD}, Drift.DATA),
        ({"quality": FALLEN}, Drift.REAL),
        ({"features": (feature("age", drift=0.4),), "quality": FALLEN}, Drift.REAL),
        ({"quality": NOISY}, Drift.UNCLEAR),
        ({"rows": 3}, Drift.UNCLEAR),
        ({"violations": (Violation("age", reports.DATA_TYPE, "text"),)}, Drift.UNCLEAR),
    ],
)
def test_the_kind_of_drift_is_named(changes: dict[str, object], kind: Drift) -> None:
    assert diagnose(replace(report(labels=400), **changes), POLICY).drift is kind  # type: ignore[arg-type]


def test_drift_that_stays_is_told_from_drift_that_came_with_the_window() -> None:
    for recent, told in ((0.05, "it had moved already"), (0.4, "it came with this window")):
        found = diagnose(report(replace(feature("age", drift=0.4), recent_drift=recent)), POLICY)
        assert any(told in sentence for sentence in found.evidence)
    lately = diagnose(report(replace(feature("age"), recent_drift=0.3)), POLICY)
    assert any("from the windows before, though not from training" in sentence for sentence in lately.evidence)


def test_a_diagnosis_of_an_earlier_version_is_read_without_its_kind_of_drift() -> None:
    told = json.loads(diagnose(report(), POLICY).to_json())
    del told["drift"]
    assert Diagnosis.from_json(json.dumps(told)).drift is Drift.UNCLEAR


distance = st.floats(0, 1)
features = st.lists(
    st.builds(
        FeatureReport,
        name=st.text("abcdefgh", min_size=3, max_size=6),
        completeness=distance,
        baseline_completeness=distance,
        drift=distance,
        attribution_share=distance,
        baseline_share=distance,
        attribution_drift=distance,
    ),
    max_size=6,
    unique_by=lambda feature: feature.name,
).map(tuple)
qualities = st.none() | st.builds(
    lambda value, below, above, baseline, labels: QualityReport(
        "accuracy", value, value - below, value + above, baseline, labels
    ),
    distance,
    st.floats(0, 0.3),
    st.floats(0, 0.3),
    distance,
    st.integers(0, 1000),
)
CHECKS = [*(check for check, _ in CAUSES), reports.BIAS_DRIFT, reports.ATTRIBUTION_DRIFT]
violations = st.lists(
    st.builds(Violation, st.just("age"), st.sampled_from(CHECKS), st.text(max_size=5)),
    max_size=2,
).map(tuple)
anything = st.builds(
    lambda found, **changes: report(**changes, features=found),
    features,
    rows=st.integers(0, 400),
    unreadable=st.integers(0, 50),
    prediction_drift=distance,
    quality=qualities,
    multivariate=st.none() | st.builds(apart, distance, st.floats(0, 0.2)),
    violations=violations,
)
ORDER = list(Verdict)


@given(anything, st.floats(0, 0.5))
def test_more_drift_never_makes_a_window_healthier(before: MonitorReport, more: float) -> None:
    moved = tuple(
        replace(
            feature,
            drift=feature.drift + more,
            attribution_drift=feature.attribution_drift + more,
            attribution_share=feature.attribution_share + more,
        )
        for feature in before.features
    )
    quality = before.quality
    worse = quality and replace(quality, value=quality.value - more, low=quality.low - more, high=quality.high - more)
    now = before.multivariate
    told = now and Multivariate(now.auc + more, now.low + more, now.high + more)
    after = replace(
        before, features=moved, quality=worse, multivariate=told, prediction_drift=before.prediction_drift + more
    )
    assert ORDER.index(diagnose(after, POLICY).verdict) >= ORDER.index(diagnose(before, POLICY).verdict)


@given(anything, st.randoms())
def test_the_order_of_the_features_does_not_change_the_verdict(before: MonitorReport, random: object) -> None:
    shuffled = list(before.features)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert diagnose(replace(before, features=tuple(shuffled)), POLICY) == diagnose(before, POLICY)


@given(anything)
def test_every_report_gets_a_verdict_with_evidence_and_only_real_drift_is_trained_on(any_report: MonitorReport) -> None:
    found = diagnose(any_report, POLICY)
    assert found.evidence
    assert found.blind_spots
    assert all((found.cause, found.confidence, found.response))
    assert (found.train_on is not None) == (found.verdict is Verdict.REAL_DRIFT)
