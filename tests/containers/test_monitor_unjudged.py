"""Labels that do not tell the watched metric: what they tell is published, and nobody calls the window healthy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.contracts.capture import GroundTruth
from core.contracts.reports import MonitorReport
from core.diagnosis import Diagnosis, Verdict, diagnose
from tests.containers.world import POLICY, ROWS, Memory, Requests, capture, label, latest, run


def watched(memory: Memory, requests: Requests, truth: list[str]) -> tuple[MonitorReport, Diagnosis]:
    capture(memory, [one.line() for one in requests])
    label(memory, truth)
    run(memory)
    return latest(memory), diagnose(latest(memory), memory.policy.watch)


@pytest.fixture
def by_auc(memory: Memory) -> Memory:
    memory.policy = replace(memory.policy, watch=replace(POLICY, quality_metric="auc"))
    return memory


def test_what_is_defined_is_published_and_the_window_is_not_called_healthy(by_auc: Memory, requests: Requests) -> None:
    report, found = watched(by_auc, requests, [GroundTruth(one.join_id, "1").line() for one in requests])
    assert (report.quality, report.labels) == (None, ROWS)
    assert by_auc.metric("quality_drop") is None
    assert by_auc.metric("auc") is None
    assert by_auc.metric("accuracy") is not None
    assert by_auc.metric("recall") is not None
    assert found.verdict is Verdict.INCONCLUSIVE
    assert f"not judged: 0 of the {ROWS} labels are of the rarer class" in found.evidence[0]
    assert "every class" in found.response


def test_it_is_defined_again_as_soon_as_there_are_other_labels(by_auc: Memory, requests: Requests) -> None:
    truth = [GroundTruth(one.join_id, str(at % 2)).line() for at, one in enumerate(requests)]
    report, _ = watched(by_auc, requests, truth)
    assert report.quality is not None
    assert report.unjudged == ""
