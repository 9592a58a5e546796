"""Bodies of captured requests: whatever their form, what can be known of them is told, and nothing is guessed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.baseline.main import describe
from containers.dataset import Dataset
from containers.model import TrainedModel
from containers.monitor.cells import from_csv, from_json
from containers.monitor.labels import Labelled
from containers.monitor.measured import measure
from containers.monitor.window import Reading
from core.contracts import reports
from core.contracts.capture import CapturedRequest, GroundTruth, Payload
from core.contracts.metrics import PREDICTION_DRIFT, VIOLATIONS
from core.contracts.policy import WatchPolicy
from core.contracts.signature import Feature, Signature
from core.statistics.baseline import Baseline
from core.statistics.column import NumericColumn
from core.statistics.histogram import Histogram
from tests.containers.world import (
    NAMES,
    ROWS,
    Memory,
    Requests,
    Rows,
    bucket,
    label,
    labels,
    replace_objects,
    run,
    watch_lines,
    with_request,
)

FOLDER = f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/"


def as_json(one: CapturedRequest, base: bool = False) -> CapturedRequest:
    cells = [None if cell == "" else float(cell) for cell in one.request.data.split(",")]
    answered, probability = one.response.data.split(",")
    bodies = (
        json.dumps({"instances": [cells]}),
        json.dumps({"predictions": [{"predicted_label": int(answered), "probability": float(probability)}]}),
    )
    if base:
        bodies = tuple(base64.b64encode(body.encode()).decode() for body in bodies)
    sides = [Payload(body, "BASE64" if base else "JSON", "application/json; charset=utf-8") for body in bodies]
    return replace(one, request=sides[0], response=sides[1])


def as_base64_csv(one: CapturedRequest) -> CapturedRequest:
    sides = [
        Payload(base64.b64encode(side.data.encode()).decode(), "BASE64", side.content_type)
        for side in (one.request, one.response)
    ]
    return replace(one, request=sides[0], response=sides[1])


class TestPayloads:
    def test_the_same_requests_as_csv_json_and_base64_give_the_same_report(
        self, memory: Memory, requests: Requests, rows: Rows
    ) -> None:
        label(memory, [one.line() for one in labels(requests, rows)])
        plain = watch_lines(memory, [one.line() for one in requests])
        for form in (as_json, as_base64_csv, lambda one: as_json(one, base=True)):
            assert watch_lines(memory, [form(one).line() for one in requests]) == plain
        mixed = [form(one) for one, form in zip(requests, [as_json, as_base64_csv, lambda one: one] * 100, strict=True)]
        assert watch_lines(memory, [one.line() for one in mixed]) == plain

    def test_texts_are_counted_whatever_form_they_came_in(self, memory: Memory, requests: Requests) -> None:
        csv = [with_request(one, "a,50,5,1") for one in requests[:150]]
        json_ = [with_request(one, '{"instances": [["b", 50, 5, 1]]}', "JSON") for one in requests[150:]]
        report = watch_lines(memory, [one.line() for one in (*csv, *json_)])
        assert (report.rows, report.features[0].completeness) == (ROWS, 0)
        assert "100.0% of the values" in report.violations[0].description

    @pytest.mark.parametrize(
        ("data", "check"),
        [
            ("1,2,3", reports.MISSING_COLUMN),
            ("", reports.DATA_TYPE),
            ("1,2,3,1,5", reports.EXTRA_COLUMN),
            ("1,50,5,1\n1,2", reports.MISSING_COLUMN),
        ],
    )
    def test_requests_of_another_width_are_told_although_no_row_is_left(
        self, memory: Memory, requests: Requests, data: str, check: str
    ) -> None:
        report = watch_lines(memory, [with_request(one, data).line() for one in requests])
        assert report.rows == 0
        assert [violation.check for violation in report.violations] == [check]
        assert memory.metric("data_quality_violations") == 1
        assert memory.metric("distribution_drift") is None

    @pytest.mark.parametrize(
        "cell", ["abc", "9" * 400, "1e999", "inf", "-Infinity", "1_0", "٣", "é", "1;2", "0x10", "1 2"]
    )
    def test_a_cell_that_is_no_number_counts_as_text_and_as_missing(
        self, memory: Memory, requests: Requests, cell: str
    ) -> None:
        bad = [with_request(one, f"{cell},{one.request.data.partition(',')[2]}") for one in requests]
        report = watch_lines(memory, [one.line() for one in bad])
        assert report.features[0].completeness == 0
        assert {violation.check for violation in report.violations} == {reports.DATA_TYPE, reports.COMPLETENESS}
        assert report.rows == ROWS

    @pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "NAN"])
    def test_an_empty_cell_is_missing_and_no_text(self, memory: Memory, requests: Requests, cell: str) -> None:
        bad = [with_request(one, f"{cell},{one.request.data.partition(',')[2]}") for one in requests]
        report = watch_lines(memory, [one.line() for one in bad])
        assert [violation.check for violation in report.violations] == [reports.COMPLETENESS]

    @pytest.mark.parametrize(
        ("body", "encoding"),
        [
            ('{"instances": [[' + "9" * 400 + ", 1, 1, 1]]}", "JSON"),
            ('{"instances": ' + "[" * 5000 + "]" * 5000 + "}", "JSON"),
            ('{"instances": []}', "JSON"),
            ('{"instances": [{"x1": 1}]}', "JSON"),
            ("[1, 2]", "JSON"),
            ("not base64!", "BASE64"),
            ("/////w==", "BASE64"),
            ("1,50,5,1", "PROTOBUF"),
        ],
    )
    def test_a_body_of_no_known_form_is_counted_as_unreadable(
        self, memory: Memory, requests: Requests, body: str, encoding: str
    ) -> None:
        bad = [with_request(one, body, encoding) for one in requests[:200]]
        report = watch_lines(memory, [one.line() for one in [*bad, *requests[200:]]])
        assert (report.rows, report.unreadable) == (ROWS - 200, 200)
        assert [violation.check for violation in report.violations] == [reports.DATA_TYPE]

    @pytest.mark.parametrize("answer", ["", "1", "1,2", "1,-0.1", "1,nan", "1,0.5\n1,0.5", "oops"])
    def test_answers_that_cannot_be_read_are_told_and_never_guessed(
        self, memory: Memory, requests: Requests, answer: str
    ) -> None:
        bad = [replace(one, response=Payload(answer, "CSV", "text/csv")) for one in requests]
        label(memory, [GroundTruth(one.join_id, "1").line() for one in requests])
        report = watch_lines(memory, [one.line() for one in bad])
        assert (report.rows, report.labels, report.prediction_drift) == (ROWS, 0, 0)
        assert [violation.check for violation in report.violations] == [reports.DATA_TYPE]

    @pytest.mark.parametrize("side", ["absent", None, {}, False, ""])
    def test_requests_without_an_answer_are_told_since_every_endpoint_captures_both(
        self, memory: Memory, requests: Requests, side: object
    ) -> None:
        lines = [json.loads(replace(one, response=None).line()) for one in requests]
        if side != "absent":
            for line in lines:
                line["captureData"]["endpointOutput"] = side
        report = watch_lines(memory, [json.dumps(line) for line in lines])
        assert (report.rows, report.answered) == (ROWS, 0)
        assert [violation.check for violation in report.violations] == [reports.DATA_TYPE]
        assert memory.metric(PREDICTION_DRIFT.name) is None, "nobody knows whether the answers moved"
        assert memory.metric(VIOLATIONS.name) == 1

    def test_a_few_requests_without_an_answer_are_no_fault(self, memory: Memory, requests: Requests) -> None:
        few = [replace(one, response=None) for one in requests[:20]]
        report = watch_lines(memory, [one.line() for one in (*few, *requests[20:])])
        assert (report.answered, report.violations) == (ROWS - 20, ())
        assert memory.metric(PREDICTION_DRIFT.name) == report.prediction_drift

    def test_texts_from_requests_do_not_become_markup(self, memory: Memory, requests: Requests) -> None:
        script = "<script>alert(1)</script>"
        bad = [with_request(one, f"{one.request.data.rpartition(',')[0]},{script}") for one in requests]
        watch_lines(memory, [one.line() for one in bad])
        page = memory.objects[FOLDER + reports.PAGE].decode()
        assert script not in page
        assert "&lt;script&gt;" in page

    def test_half_a_surrogate_pair_in_a_request_reaches_every_file(self, memory: Memory, requests: Requests) -> None:
        bad = [with_request(one, f"{one.request.data.rpartition(',')[0]},\ud800") for one in requests]
        assert len(watch_lines(memory, [one.line() for one in bad]).violations) > 0


payloads = st.builds(
    lambda data, encoding, kind: {"observedContentType": kind, "mode": "INPUT", "data": data, "encoding": encoding},
    st.text(max_size=30) | st.just('{"instances": [[1, 2, 3, "x"], [null, 1e5, 3, 4]]}') | st.integers() | st.none(),
    st.sampled_from(["CSV", "JSON", "BASE64", "XML", None, 3]),
    st.sampled_from(["text/csv", "application/json", "image/png", "", None]),
)
lines = st.binary(max_size=60) | st.builds(
    lambda request, response, event, at: json.dumps(
        {
            "captureData": {"endpointInput": request, "endpointOutput": response},
            "eventMetadata": {"eventId": event, "inferenceTime": at},
        }
    ).encode(),
    payloads | st.none() | st.integers(),
    payloads | st.none(),
    st.text(max_size=5) | st.integers() | st.none(),
    st.sampled_from(["2026-11-20T08:10:00Z", "2026-11-20T08:10:00", "yesterday", "", None, 5]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=8))
def test_no_line_whatsoever_ends_the_job_and_none_is_lost_silently(
    made: tuple[Memory, TrainedModel], found: list[bytes]
) -> None:
    memory = replace_objects(made[0])
    key = f"{bucket('capture')}{NAMES.capture_prefix}{NAMES.endpoint}/AllTraffic/2026/11/20/08/a.jsonl"
    memory.objects[key] = b"\n".join(line.replace(b"\n", b" ") for line in found)
    assert run(memory).startswith("Completed")
    assert json.loads(memory.objects[FOLDER + reports.REPORT])["rows"] >= 0


numbers = st.floats(allow_infinity=False, width=32) | st.none() | st.integers()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(allow_infinity=False, width=32) | st.none() | st.integers(), min_size=3, max_size=3),
        max_size=6,
    )
)
def test_csv_and_json_of_the_same_cells_are_read_alike(cells: list[list[float | None]]) -> None:
    as_csv = from_csv([",".join("" if cell is None else repr(cell) for cell in row) for row in cells], 3)
    as_json = from_json(cells, 3)
    assert np.array_equal(as_csv.values, as_json.values, equal_nan=True)
    assert set(as_csv.texts) == set(as_json.texts)


def test_a_number_falls_into_the_same_bin_whether_it_was_rounded_to_32_bits_on_its_way_or_not() -> None:
    texts = [f"{tenth / 10}" for tenth in range(1, 10)]
    window = from_csv(texts, 1).values[:, 0]
    signature = Signature((Feature("x", "numeric"),), "y")
    for trained in (np.array(texts, float), np.array(texts, np.float32).astype(float)):
        column = describe(Dataset(signature, trained[:, None], np.ones(9, bool)))["x"]
        assert isinstance(column, NumericColumn)
        assert Histogram.of(column.histogram.edges, window).counts.tolist() == column.histogram.counts.tolist()


def test_an_answer_at_the_threshold_counts_as_the_server_counted_it() -> None:
    answered = np.array([[float(np.float32(0.7))]])
    reading = Reading(Baseline(0, (), Histogram.of([])), WatchPolicy(), threshold=0.7, facets=())
    assert measure(Labelled(np.array([True]), answered), reading).metrics["accuracy"] == 1
