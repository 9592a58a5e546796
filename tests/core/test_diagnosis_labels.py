"""What lines of labels that told nothing mean for the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.contracts.reports import LabelLines
from core.diagnosis import Verdict, diagnose
from tests.core.test_diagnosis import GOOD, POLICY, feature, report

LATE = replace(POLICY, labels_s=48 * 3600)


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (LabelLines(400, 0, unreadable=400), Verdict.INCONCLUSIVE),
        (LabelLines(400, 0, ambiguous=400), Verdict.INCONCLUSIVE),
        (LabelLines(400, 20, unreadable=201), Verdict.INCONCLUSIVE),
        (LabelLines(400, 20, unreadable=180), Verdict.HEALTHY),
        (LabelLines(49, 0, unreadable=49), Verdict.HEALTHY),
        (LabelLines(400, 0), Verdict.HEALTHY),
        (LabelLines(), Verdict.HEALTHY),
        (None, Verdict.HEALTHY),
    ],
)
def test_a_window_whose_labels_are_damaged_or_ambiguous_is_not_called_healthy(
    lines: LabelLines | None, verdict: Verdict
) -> None:
    assert diagnose(report(label_lines=lines, answered=500), POLICY).verdict is verdict


@pytest.mark.parametrize(
    ("lines", "answered", "verdict"),
    [
        (LabelLines(400, 0), 500, Verdict.INCONCLUSIVE),
        (LabelLines(400, 1), 500, Verdict.HEALTHY),
        (LabelLines(400, 0), 0, Verdict.HEALTHY),  # all answers are of the release before
        (LabelLines(400, 0, sampled=True), 500, Verdict.HEALTHY),  # of a large window few labels meet the sample
        (LabelLines(0, 0), 500, Verdict.HEALTHY),  # none has come, or they have not had their time
    ],
)
def test_where_labels_had_their_time_some_are_for_the_window(
    lines: LabelLines, answered: int, verdict: Verdict
) -> None:
    assert diagnose(report(label_lines=lines, answered=answered), LATE).verdict is verdict


def test_damaged_lines_beside_enough_labels_are_told_and_change_nothing() -> None:
    found = diagnose(report(label_lines=LabelLines(1000, 400, unreadable=600), quality=GOOD, labels=400), POLICY)
    assert found.verdict is Verdict.HEALTHY
    assert "1000 lines of labels came: 400 joined, 600 could not be read." in found.evidence


def test_nobody_is_told_that_no_labels_arrived_where_lines_did() -> None:
    damaged = diagnose(report(label_lines=LabelLines(400, 0, unreadable=400)), POLICY).evidence
    none = diagnose(report(label_lines=LabelLines()), POLICY).evidence
    assert damaged[0] == "0 answers have a label; 50 are needed to judge the model's quality."
    assert none[0] == "0 labels arrived; 50 are needed to judge the model's quality."


def test_drift_asks_for_labels_though_those_that_came_were_damaged() -> None:
    moved = feature("age", drift=0.4, attribution_drift=0.4)
    found = diagnose(report(moved, label_lines=LabelLines(400, 0, unreadable=400)), POLICY)
    assert found.verdict is Verdict.LABELS_NEEDED
    assert "400 lines of labels came: 0 joined, 400 could not be read." in found.evidence


def test_ids_that_no_request_bears_are_a_blind_spot_since_labels_of_other_windows_look_the_same() -> None:
    lines = LabelLines(400, 0)
    assert any("ids of labels" in spot for spot in diagnose(report(label_lines=lines), POLICY).blind_spots)
    joined = replace(lines, joined=1)
    assert not any("ids of labels" in spot for spot in diagnose(report(label_lines=joined), POLICY).blind_spots)
