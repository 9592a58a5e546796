"""Which captured requests count, when, and with which labels: those of the window, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from containers.model import TrainedModel
from containers.monitor.capture import Span, batches
from core.contracts.capture import GroundTruth, Payload
from tests.containers.world import (
    END,
    JOB,
    ROWS,
    Memory,
    Requests,
    Rows,
    capture,
    captured,
    label,
    labels,
    latest,
    run,
    watch_lines,
)

HOUR = timedelta(hours=1)


class TestWhichRequestsCount:
    def test_a_window_across_the_hour_reads_both_folders_and_only_its_own_time(
        self, memory: Memory, model: TrainedModel, requests: Requests, rows: Rows
    ) -> None:
        capture(memory, [one.line() for one in requests])
        later = captured(model, rows, END)
        capture(memory, [one.line() for one in later], END)
        run(memory, replace(JOB, scheduled_at="2026-11-20T09:30:00Z"))
        report = latest(memory)
        assert report.rows == ROWS
        assert (report.start, report.end) == ("2026-11-20T08:30:00+00:00", "2026-11-20T09:30:00+00:00")

    def test_duplicated_and_reordered_files_change_nothing(self, memory: Memory, requests: Requests) -> None:
        lines = [one.line() for one in requests]
        clean = watch_lines(memory, lines)
        capture(memory, lines[::-1], name="b")
        capture(memory, lines[50:90], name="0")
        run(memory)
        assert latest(memory) == clean

    def test_of_more_requests_than_the_limit_the_first_are_read_and_it_is_said(self, requests: Requests) -> None:
        span = Span(END - HOUR, END, END - HOUR)
        (batch,) = batches([f"{one.line()}\n".encode() for one in requests], span, 4, most=120)
        assert (batch.shape.rows, batch.shape.partial) == (120, True)
        (whole,) = batches([f"{one.line()}\n".encode() for one in requests], span, 4)
        assert (whole.shape.rows, whole.shape.partial) == (ROWS, False)

    def test_a_truncated_line_is_counted_and_the_rest_is_read(self, memory: Memory, requests: Requests) -> None:
        lines = [one.line() for one in requests]
        report = watch_lines(memory, [*lines[:-1], lines[-1][:100]])
        assert (report.rows, report.unreadable) == (ROWS - 1, 1)

    def test_a_request_of_several_rows_counts_as_several_rows_and_is_joined_with_as_many_labels(
        self, memory: Memory, requests: Requests, rows: Rows
    ) -> None:
        joined = replace(
            requests[0],
            request=Payload("\n".join(one.request.data for one in requests), "CSV", "text/csv"),
            response=Payload("\n".join(one.response.data for one in requests), "CSV", "text/csv"),
        )
        label(memory, [GroundTruth(joined.join_id, "\n".join(str(int(one)) for one in rows.labels)).line()])
        report = watch_lines(memory, [joined.line()])
        assert (report.rows, report.labels) == (ROWS, ROWS)

    def test_labels_for_another_number_of_rows_are_not_guessed_at(self, memory: Memory, requests: Requests) -> None:
        label(memory, [GroundTruth(one.join_id, "1,0").line() for one in requests])
        assert watch_lines(memory, [one.line() for one in requests]).labels == 0

    def test_labels_are_joined_on_the_inference_id_where_there_is_one(
        self, memory: Memory, requests: Requests, rows: Rows
    ) -> None:
        named = [replace(one, inference_id=f"order-{number}") for number, one in enumerate(requests)]
        label(memory, [one.line() for one in labels(named, rows)])
        assert watch_lines(memory, [one.line() for one in named]).labels == ROWS

    def test_labels_that_arrived_after_the_window_are_joined_and_the_last_one_of_a_request_counts(
        self, memory: Memory, requests: Requests, rows: Rows
    ) -> None:
        wrong = [
            GroundTruth(one.event_id, str(1 - int(label.label)))
            for one, label in zip(requests, labels(requests, rows), strict=True)
        ]
        label(memory, [one.line() for one in wrong])
        label(memory, [one.line() for one in labels(requests, rows)], END)
        report = watch_lines(memory, [one.line() for one in requests])
        assert report.quality is not None
        assert report.quality.value > 0.6

    @pytest.mark.parametrize("text", ["", "yes", "2", "nan", "0.5"])
    def test_a_label_that_is_none_is_left_out(self, memory: Memory, requests: Requests, text: str) -> None:
        label(memory, [GroundTruth(one.event_id, text).line() for one in requests] + ["{", '{"a": 1}', "[]"])
        assert watch_lines(memory, [one.line() for one in requests]).labels == 0
