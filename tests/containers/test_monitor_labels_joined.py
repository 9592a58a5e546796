"""Which labels are joined with which answers, and what is said of the others."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from containers.model import TrainedModel
from containers.monitor.late_labels import watch_endpoint
from core.contracts import reports
from core.contracts.capture import CapturedRequest, GroundTruth
from core.contracts.reports import LATEST, LabelLines, MonitorReport, labels_prefix
from core.diagnosis import Diagnosis, Verdict, diagnose
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    POLICY,
    ROWS,
    Memory,
    Requests,
    Rows,
    bucket,
    capture,
    captured,
    draw,
    label,
    labels,
    latest,
    run,
)

LATE_REPORT = f"{bucket('reports')}{labels_prefix(NAMES.report_prefix)}{LATEST}"
PAGE = f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{reports.PAGE}"


def watched(memory: Memory, requests: Requests, truth: list[str]) -> tuple[str, MonitorReport, Diagnosis]:
    """Exit message, report and diagnosis of a window with these requests and lines of labels."""
    capture(memory, [one.line() for one in requests])
    label(memory, truth)
    said = run(memory)
    return said, latest(memory), diagnose(latest(memory), memory.policy.watch)


def lines(requests: Requests, rows: Rows) -> list[str]:
    return [one.line() for one in labels(requests, rows)]


def by_customer(requests: Requests) -> Requests:
    """Every two requests bear the number of one customer."""
    return [replace(one, inference_id=f"customer-{number // 2}") for number, one in enumerate(requests)]


class TestAnIdThatSeveralRequestsBear:
    def test_its_labels_are_left_out_counted_and_told(self, memory: Memory, requests: Requests, rows: Rows) -> None:
        doubled = by_customer(requests)
        said, report, found = watched(memory, doubled, lines(doubled, rows))
        assert (report.labels, report.quality) == (0, None)
        assert report.label_lines is not None
        assert (report.label_lines.came, report.label_lines.ambiguous) == (ROWS, ROWS)
        assert memory.metric("quality_drop") is None
        assert f"{ROWS} lines of labels for ids that several requests bear" in said
        assert any(f"{ROWS} bear an id that several requests have" in sentence for sentence in found.evidence)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert "id" in found.cause

    def test_the_others_are_judged_as_ever(self, memory: Memory, requests: Requests, rows: Rows) -> None:
        few = [*by_customer(requests[:40]), *requests[40:]]
        _, report, found = watched(memory, few, lines(few, rows))
        assert report.label_lines is not None
        assert (report.labels, report.label_lines.ambiguous) == (ROWS - 40, 40)
        assert report.quality is not None
        assert found.verdict is Verdict.HEALTHY
        assert any("40 bear an id that several requests have" in sentence for sentence in found.evidence)

    def test_a_request_that_was_delivered_twice_is_one_request(
        self, memory: Memory, requests: Requests, rows: Rows
    ) -> None:
        named = [replace(one, inference_id=f"order-{number}") for number, one in enumerate(requests)]
        capture(memory, [one.line() for one in named], name="again")
        _, report, _ = watched(memory, [*named, *named[:80]], lines(named, rows))
        assert report.label_lines is not None
        assert (report.labels, report.label_lines.ambiguous) == (ROWS, 0)

    def test_one_answer_of_the_release_before_is_enough_to_make_it_ambiguous(
        self, memory: Memory, model: TrainedModel, rows: Rows, requests: Requests
    ) -> None:
        assert memory.release is not None
        memory.release = replace(memory.release, released_at="2026-11-20T08:30:00+00:00")
        halves = [replace(one, inference_id=f"customer-{at % (ROWS // 2)}") for at, one in enumerate(requests)]
        _, report, _ = watched(memory, halves, lines(halves, rows))
        assert report.label_lines is not None
        assert (report.labels, report.label_lines.ambiguous) == (0, ROWS)

    def test_requests_of_as_many_rows_are_as_ambiguous(self, memory: Memory, requests: Requests) -> None:
        def of_two(number: int) -> CapturedRequest:
            one, other = requests[number : number + 2]
            assert one.request is not None
            assert other.request is not None
            assert one.response is not None
            assert other.response is not None
            return replace(
                one,
                inference_id="customer",
                request=replace(one.request, data=f"{one.request.data}\n{other.request.data}"),
                response=replace(one.response, data=f"{one.response.data}\n{other.response.data}"),
            )

        _, report, _ = watched(memory, [of_two(0), of_two(2), *requests[4:]], [GroundTruth("customer", "1,0").line()])  # type: ignore[list-item]
        assert report.label_lines is not None
        assert (report.labels, report.label_lines.came, report.label_lines.ambiguous) == (0, 1, 1)

    def test_late_labels_are_left_out_as_well(self, memory: Memory, requests: Requests, rows: Rows) -> None:
        memory.policy = replace(memory.policy, watch=replace(POLICY, labels_s=3600))
        doubled = by_customer(requests)
        capture(memory, [one.line() for one in doubled])
        label(memory, lines(doubled, rows), END)
        watch_endpoint(replace(JOB, scheduled_at=(END + timedelta(hours=1)).isoformat()), memory)
        report = MonitorReport.from_json(memory.objects[LATE_REPORT])
        assert report.label_lines is not None
        assert (report.labels, report.label_lines.ambiguous) == (0, ROWS)


class TestLabelsThatJoinNothing:
    @pytest.mark.parametrize("text", ["True", "1,1,x", "yes"])
    def test_lines_that_cannot_be_read_are_told_and_no_window_is_healthy_on_them(
        self, memory: Memory, requests: Requests, text: str
    ) -> None:
        said, report, found = watched(memory, requests, [GroundTruth(one.join_id, text).line() for one in requests])
        assert report.label_lines is not None
        assert (report.label_lines.came, report.label_lines.joined, report.label_lines.unreadable) == (ROWS, 0, ROWS)
        assert f"{ROWS} lines of labels came: 0 joined, {ROWS} could not be read" in " ".join(found.evidence)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert f"{ROWS} unreadable lines of labels" in said
        assert f"{ROWS} lines of labels came: 0 joined" in memory.objects[PAGE].decode()

    def test_labels_of_other_windows_are_told_and_leave_the_window_healthy(
        self, memory: Memory, requests: Requests
    ) -> None:
        said, report, found = watched(
            memory, requests, [GroundTruth(f"of-before-{at}", "1").line() for at in range(ROWS)]
        )
        assert report.label_lines is not None
        assert (report.label_lines.came, report.label_lines.joined, report.label_lines.elsewhere) == (ROWS, 0, ROWS)
        assert found.verdict is Verdict.HEALTHY
        assert f"{ROWS} lines of labels came: 0 joined, {ROWS} are for no answer of the window." in found.evidence
        assert any("ids of labels" in spot for spot in found.blind_spots)
        assert f"{ROWS} lines of labels came, of which none is for an answer of the window" in said

    def test_where_labels_had_their_time_and_none_is_for_the_window_nothing_is_proven(
        self, memory: Memory, requests: Requests
    ) -> None:
        memory.policy = replace(memory.policy, watch=replace(POLICY, labels_s=3600))
        capture(memory, [one.line() for one in requests])
        label(memory, [GroundTruth(f"req-{one.join_id}", "1").line() for one in requests], END)
        watch_endpoint(replace(JOB, scheduled_at=(END + timedelta(hours=1)).isoformat()), memory)
        found = diagnose(MonitorReport.from_json(memory.objects[LATE_REPORT]), memory.policy.watch)
        assert found.verdict is Verdict.INCONCLUSIVE

    def test_a_few_damaged_lines_among_many_wake_nobody(self, memory: Memory, requests: Requests, rows: Rows) -> None:
        _, report, found = watched(memory, requests, [*lines(requests, rows), "{", "[]"])
        assert report.label_lines is not None
        assert report.label_lines == LabelLines(ROWS + 2, ROWS, unreadable=2)
        assert found.verdict is Verdict.HEALTHY
        assert any("2 could not be read" in sentence for sentence in found.evidence)

    def test_where_no_line_came_nothing_is_said_of_lines(self, memory: Memory, requests: Requests) -> None:
        said, report, found = watched(memory, requests, [])
        assert report.label_lines is not None
        assert report.label_lines.came == 0
        assert "lines of labels" not in said
        assert not any("lines of labels" in sentence for sentence in found.evidence)


def test_a_report_of_before_lines_were_counted_is_read() -> None:
    old = {
        "endpoint": "e", "schedule": "s", "package_arn": "p", "start": "a", "end": "b", "rows": 1, "unreadable": 0,
        "features": [], "prediction_drift": 0.0, "quality": None, "labels": 0, "violations": [], "data_quality": None,
        "multivariate": None, "segments": [], "bias": [], "version": reports.VERSION,
    }  # fmt: skip
    found = MonitorReport.from_json(json.dumps(old))
    assert (found.label_lines, found.answered) == (None, None)


def test_a_report_with_counts_of_lines_is_read_as_it_was_written(memory: Memory, requests: Requests) -> None:
    _, report, _ = watched(memory, requests, ["{"])
    assert report.label_lines is not None
    assert MonitorReport.from_json(report.to_json()) == report


def test_a_text_in_a_segments_column_is_another_value_and_no_missing_one(memory: Memory, model: TrainedModel) -> None:
    rows = draw(400, 40)
    memory.policy = replace(memory.policy, watch=replace(POLICY, segments=("kind",)))

    def gold(number: int, data: str) -> str:
        return f"{data.rpartition(',')[0]},{'gold' if number % 2 else ''}"

    told = [
        replace(one, request=replace(one.request, data=gold(number, one.request.data)))  # type: ignore[union-attr, type-var]
        for number, one in enumerate(captured(model, rows))
    ]
    _, report, _ = watched(memory, told, lines(told, rows))
    counts = {segment.value: segment.quality.labels for segment in report.segments}
    assert counts == {"other": 200, "missing": 200}
    assert np.isclose(sum(counts.values()), report.labels)
