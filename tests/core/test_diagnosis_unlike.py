"""What numbers far out, rows like none of training, late requests and unwatched windows do to a verdict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts import reports
from core.contracts.policy import WatchPolicy
from core.contracts.reports import Anomalies, Violation, Windows
from core.diagnosis import Drift, Verdict, diagnose
from tests.core.test_diagnosis import FALLEN, GOOD, NOISY, feature, report

POLICY = WatchPolicy()
FAR = Violation("bmi", reports.OUTLIERS, "3.0% of the values are far out")
ODD = Violation("(request)", reports.ANOMALIES, "5.0% of the rows are like none of training")
ANOMALOUS = Anomalies(0.05, 0.04, 0.06, 0.01, 2000, 2000, {"age": 0.6, "bmi": 0.3})


@pytest.mark.parametrize(
    ("found", "named"),
    [((FAR,), ("bmi",)), ((ODD,), ("age", "bmi")), ((FAR, ODD), ("bmi", "age"))],
)
def test_rows_like_none_of_training_are_benign_drift_that_names_what_sets_them_apart(
    found: tuple[Violation, ...], named: tuple[str, ...]
) -> None:
    told = diagnose(report(violations=found, anomalies=ANOMALOUS), POLICY)
    assert (told.verdict, told.drift, told.features) == (Verdict.BENIGN_DRIFT, Drift.DATA, named)
    assert told.train_on is None
    for violation in found:
        assert any(violation.description in sentence for sentence in told.evidence)


def test_a_column_of_a_text_is_named_by_the_text() -> None:
    far = Violation("note.length", reports.OUTLIERS, "3.0% of the values are far out")
    assert diagnose(report(violations=(far,)), POLICY).features == ("note",)


def test_labels_that_confirm_the_quality_make_it_virtual_drift() -> None:
    told = diagnose(report(violations=(FAR,), quality=GOOD, labels=400), POLICY)
    assert (told.verdict, told.drift) == (Verdict.BENIGN_DRIFT, Drift.VIRTUAL)
    assert told.confidence.startswith("high")


MOVED = [
    {"quality": FALLEN},
    {"quality": NOISY},
    {"prediction_drift": 0.4},
    {"prediction_drift": 0.4, "quality": GOOD},
    {"rows": 10},
    {"features": (feature("age", drift=0.5, share=0.01),)},
    {"features": (feature("age", drift=0.5, attribution_drift=0.5),)},
    {"features": (feature("age", attribution_drift=0.5),), "quality": GOOD},
    {"violations": (Violation("age", reports.COMPLETENESS, "gone"),)},
]


@pytest.mark.parametrize("changes", MOVED)
def test_where_anything_else_is_wrong_that_decides(changes: dict[str, object]) -> None:
    plain = diagnose(report(**changes), POLICY)
    odd = {**changes, "violations": (*changes.get("violations", ()), FAR, ODD), "anomalies": ANOMALOUS}  # type: ignore[misc]
    told = diagnose(report(**odd), POLICY)
    assert (told.verdict, told.cause, told.train_on) == (plain.verdict, plain.cause, plain.train_on)
    assert set(plain.evidence) <= set(told.evidence)


@given(st.sets(st.sampled_from([FAR, ODD])), st.booleans())
def test_they_never_make_an_upstream_fault(found: set[Violation], moved: bool) -> None:
    features = (feature("age", drift=0.9, attribution_drift=0.9),) if moved else ()
    told = diagnose(report(*features, violations=tuple(found), anomalies=ANOMALOUS), POLICY)
    assert told.verdict is not Verdict.UPSTREAM_FAULT


def test_late_requests_are_an_upstream_fault_of_whoever_writes_them() -> None:
    late = Violation("(request)", reports.FRESHNESS, "20.0% of the requests are of other hours")
    told = diagnose(report(violations=(late,)), POLICY)
    assert told.verdict is Verdict.UPSTREAM_FAULT
    assert "late, or a clock is wrong" in told.cause


def test_windows_that_nobody_watched_are_evidence_and_change_no_verdict() -> None:
    missing = Windows(24, 22, ("2026-11-20T07:00:00+00:00", "2026-11-20T05:00:00+00:00"))
    told = diagnose(report(windows=missing), POLICY)
    assert told.verdict is Verdict.HEALTHY
    (sentence,) = [one for one in told.evidence if "without a report" in one]
    assert "2 of 24, the newest" in sentence
    assert "07:00" in sentence


def test_where_all_windows_were_watched_nothing_is_said() -> None:
    assert diagnose(report(windows=Windows(24, 24)), POLICY).evidence == diagnose(report(), POLICY).evidence
