"""The monitor job: what it reads, what it leaves, and what it survives."""

from __future__ import annotations

import base64
import json
from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.baseline.main import describe
from containers.dataset import Dataset
from containers.model import TrainedModel
from containers.monitor.capture import Span, batches
from containers.monitor.cells import from_csv, from_json
from containers.monitor.labels import Labelled
from containers.monitor.measured import measure
from containers.monitor.window import Reading
from core.contracts import metrics, reports
from core.contracts.capture import CapturedRequest, GroundTruth, Payload
from core.contracts.policy import ModelPolicy, WatchPolicy
from core.contracts.signature import Feature, Signature
from core.fairness.post_training import POST_TRAINING
from core.fairness.pre_training import PRE_TRAINING
from core.statistics.baseline import Baseline
from core.statistics.column import NumericColumn
from core.statistics.histogram import Histogram
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    POLICY,
    SIGNATURE,
    Memory,
    Rows,
    bucket,
    capture,
    captured,
    draw,
    label,
    labels,
    latest,
    released,
    replace_objects,
    run,
    violation_file,
)

ROWS = 300
Requests = list[CapturedRequest]
FOLDER = f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def made() -> tuple[Memory, TrainedModel]:
    return released(1500)


@pytest.fixture
def memory(made: tuple[Memory, TrainedModel]) -> Memory:
    return replace_objects(made[0])


@pytest.fixture(scope="module")
def model(made: tuple[Memory, TrainedModel]) -> TrainedModel:
    return made[1]


@pytest.fixture(scope="module")
def rows() -> Rows:
    return draw(ROWS, 30)


@pytest.fixture(scope="module")
def requests(model: TrainedModel, rows: Rows) -> list[CapturedRequest]:
    return captured(model, rows)


def with_request(one: CapturedRequest, data: str, encoding: str = "CSV", kind: str = "text/csv") -> CapturedRequest:
    return replace(one, request=Payload(data, encoding, kind))


def watch_lines(memory: Memory, lines: list[str]) -> reports.MonitorReport:
    capture(memory, lines)
    run(memory)
    return latest(memory)


class TestWhatARunLeaves:
    def test_all_files_of_the_window_and_the_latest_report(self, memory: Memory, requests: Requests) -> None:
        before = set(memory.objects)
        watch_lines(memory, [one.line() for one in requests])
        names = (
            reports.REPORT,
            reports.STATISTICS,
            reports.CONSTRAINTS,
            reports.VIOLATIONS,
            reports.VIOLATIONS_BYOC,
            reports.ANALYSIS,
            reports.PAGE,
        )
        left = {key for key in set(memory.objects) - before if key.startswith(bucket("reports"))}
        beside = {f"{bucket('reports')}{NAMES.report_prefix}{name}" for name in (reports.LATEST, reports.RECENT)}
        assert left == {FOLDER + name for name in names} | beside
        assert memory.objects[FOLDER + reports.VIOLATIONS] == memory.objects[FOLDER + reports.VIOLATIONS_BYOC]
        assert violation_file(memory, reports.STATISTICS)["dataset"]["item_count"] == ROWS

    def test_every_metric_carries_the_endpoint_the_schedule_and_the_last_second_of_the_window(
        self, memory: Memory, requests: Requests, rows: Rows
    ) -> None:
        label(memory, [one.line() for one in labels(requests, rows)])
        watch_lines(memory, [one.line() for one in requests])
        for _, datum in memory.published:
            found = {dimension["Name"]: dimension["Value"] for dimension in datum["Dimensions"]}
            assert (found["Endpoint"], found["MonitoringSchedule"]) == (NAMES.endpoint, NAMES.monitor)
            assert datum["Timestamp"] == END - timedelta(seconds=1)
        published = {(namespace, datum["MetricName"]) for namespace, datum in memory.published}
        told = {one.metric for one in latest(memory).bias}
        wanted = [metrics.ROWS, metrics.VIOLATIONS, metrics.DRIFT, metrics.ATTRIBUTION_DRIFT, metrics.QUALITY_DROP]
        wanted += [metrics.model_quality(name) for name in ("accuracy", "auc", "f1", "precision", "recall")]
        wanted += [metrics.estimated_quality(name) for name in ("accuracy", "auc", "f1", "precision", "recall")]
        for name in SIGNATURE.names:
            wanted += [metrics.feature_drift(name), metrics.feature_non_null(name), metrics.attribution(name)]
        wanted += [metrics.data_quality(field.name) for field in fields(reports.DataQuality)]
        wanted += [metrics.MULTIVARIATE, metrics.BIAS_DRIFT]
        wanted += [metrics.bias(name) for name in (*PRE_TRAINING, *POST_TRAINING) if name in told]
        assert {"DPL", "CI", "DPPL", "DI", "AD"} <= told
        assert published == {(metric.namespace, metric.name) for metric in wanted}

    def test_bias_is_published_by_group_as_the_managed_monitor_does(self, memory: Memory, requests: Requests) -> None:
        report = watch_lines(memory, [one.line() for one in requests])
        found = [datum for namespace, datum in memory.published if namespace == metrics.BIAS]
        told = {tuple(dimension["Value"] for dimension in datum["Dimensions"][2:]) for datum in found}
        assert told == {("Post-Training", "fast", "1", "kind", group) for group in ("1", "2", "3")}, "no labels arrived"
        (value,) = (one.value for one in report.bias if (one.metric, one.group) == ("DPPL", "2"))
        named = [datum for datum in found if datum["MetricName"] == "bias_metric_DPPL"]
        assert value in [datum["Value"] for datum in named]
        assert all(np.isfinite(datum["Value"]) for datum in found)
        assert memory.metric("bias_drift") == 0

    def test_drift_from_windows_before_is_published_once_there_are_any(
        self, memory: Memory, model: TrainedModel, requests: Requests, rows: Rows
    ) -> None:
        capture(memory, [one.line() for one in captured(model, rows, END - 2 * HOUR)], END - 2 * HOUR)
        run(memory, replace(JOB, scheduled_at="2026-11-20T08:00:00Z"))
        assert memory.metric("recent_drift") is None
        memory.published.clear()
        watch_lines(memory, [one.line() for one in requests])
        assert memory.metric("recent_drift") == 0

    def test_drift_and_loss_are_published_in_units_of_their_thresholds(
        self, memory: Memory, model: TrainedModel
    ) -> None:
        def moved(values: np.ndarray) -> None:
            values[:, 0] += 1.5
            values[:, 2] += 3  # far, but the model hardly looks

        own = replace(POLICY, drift_threshold=0.4, attribution_threshold=0.25, attribution_share=0.2, quality_drop=0.05)
        memory.policy = ModelPolicy("churn", SIGNATURE, own)
        shifted = draw(ROWS, 31, moved, flip=True)
        found = captured(model, shifted)
        label(memory, [one.line() for one in labels(found, shifted)])
        report = watch_lines(memory, [one.line() for one in found])
        x1, _, x3, _ = report.features
        assert x3.drift > x1.drift
        assert memory.metric("distribution_drift") == pytest.approx(x3.drift / 0.4)
        assert memory.metric("attribution_drift") == pytest.approx(x1.attribution_drift / 0.25)
        assert report.quality is not None
        assert memory.metric("quality_drop") == pytest.approx((report.quality.baseline - report.quality.value) / 0.05)
        assert memory.metric("data_quality_violations") == 0, "mere drift is no fault of the data"
        assert reports.BASELINE_DRIFT in {violation.check for violation in report.violations} <= reports.MERE_DRIFT

    def test_attributions_of_a_feature_that_hardly_matters_wake_no_alarm(
        self, memory: Memory, model: TrainedModel
    ) -> None:
        def moved(values: np.ndarray) -> None:
            values[:, 3] = 2

        memory.policy = ModelPolicy("churn", SIGNATURE, replace(POLICY, attribution_share=0.3))
        report = watch_lines(memory, [one.line() for one in captured(model, draw(ROWS, 32, moved))])
        assert max(feature.attribution_drift for feature in report.features) > 0.3
        assert memory.metric("attribution_drift") == 0

    def test_the_report_holds_the_shares_of_the_training_set_and_of_the_window(
        self, memory: Memory, model: TrainedModel
    ) -> None:
        def constant(values: np.ndarray) -> None:
            values[:, 1] = 50

        report = watch_lines(memory, [one.line() for one in captured(model, draw(ROWS, 33, constant))])
        x2 = report.features[1]
        assert x2.baseline_share > 0.3 > x2.attribution_share
        for shares in ("baseline_share", "attribution_share"):
            assert sum(getattr(feature, shares) for feature in report.features) == pytest.approx(1)

    def test_the_constraints_that_it_leaves_carry_the_teams_threshold(self, memory: Memory, requests: Requests) -> None:
        memory.policy = ModelPolicy("churn", SIGNATURE, replace(POLICY, drift_threshold=0.37))
        watch_lines(memory, [one.line() for one in requests])
        config = violation_file(memory, reports.CONSTRAINTS)["monitoring_config"]
        assert config["distribution_constraints"]["comparison_threshold"] == 0.37

    def test_violations_are_named_as_the_managed_monitor_names_them(self, memory: Memory, requests: Requests) -> None:
        bad = [with_request(one, f"oops,{one.request.data.partition(',')[2]}") for one in requests]
        capture(memory, [one.line() for one in bad])
        message = run(memory)
        assert message.startswith("CompletedWithViolations: ")
        found = violation_file(memory, reports.VIOLATIONS)["violations"]
        assert {"feature_name", "constraint_check_type", "description"} == set(found[0])
        assert [one["constraint_check_type"] for one in found] == ["data_type_check", "completeness_check"]
        assert memory.metric("data_quality_violations") == 2

    def test_a_healthy_window_completes_with_the_managed_sentence(self, memory: Memory, requests: Requests) -> None:
        capture(memory, [one.line() for one in requests])
        assert run(memory).startswith("Completed: Job completed successfully with no violations.")

    def test_running_a_window_again_says_the_same_again(self, memory: Memory, requests: Requests) -> None:
        first = watch_lines(memory, [one.line() for one in requests])
        published = list(memory.published)
        run(memory)
        assert latest(memory) == first
        assert memory.published[len(published) :] == published

    def test_an_older_window_that_runs_late_does_not_replace_the_latest_report(
        self, memory: Memory, model: TrainedModel, requests: Requests, rows: Rows
    ) -> None:
        newest = watch_lines(memory, [one.line() for one in requests])
        capture(memory, [one.line() for one in captured(model, rows, END - 2 * HOUR)], END - 2 * HOUR)
        run(memory, replace(JOB, scheduled_at="2026-11-20T08:00:00Z"))
        assert latest(memory) == newest
        assert f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/08-00-00/report.json" in memory.objects

    def test_a_latest_report_that_cannot_be_read_is_replaced(self, memory: Memory, requests: Requests) -> None:
        memory.objects[f"{bucket('reports')}{NAMES.report_prefix}latest.json"] = b'{"version": 0}'
        assert watch_lines(memory, [one.line() for one in requests]).rows == ROWS


class TestWhatIsNotProven:
    def test_before_the_first_release_the_monitor_says_that_it_runs_and_nothing_else(self, memory: Memory) -> None:
        memory.release = None
        assert "nothing is released yet" in run(memory)
        assert [(datum["MetricName"], datum["Value"]) for _, datum in memory.published] == [("rows", 0.0)]

    def test_a_window_without_any_request_publishes_its_rows_alone(self, memory: Memory) -> None:
        run(memory)
        assert [(datum["MetricName"], datum["Value"]) for _, datum in memory.published] == [("rows", 0.0)]
        assert latest(memory).rows == 0

    def test_a_window_of_too_few_rows_publishes_its_rows_alone(self, memory: Memory, requests: Requests) -> None:
        few = requests[: POLICY.minimum_rows - 1]
        report = watch_lines(memory, [with_request(one, "oops,1,2,3").line() for one in few])
        assert [datum["MetricName"] for _, datum in memory.published] == ["rows"]
        assert report.violations == ()

    def test_a_few_malformed_requests_are_no_violation(self, memory: Memory, requests: Requests) -> None:
        few = requests[: POLICY.minimum_rows - 1]
        report = watch_lines(memory, [with_request(one, "1,2").line() for one in few])
        assert (report.rows, report.violations) == (0, ())
        assert memory.metric("data_quality_violations") is None

    def test_quality_is_not_published_on_fewer_labels_than_asked_for(
        self, memory: Memory, requests: Requests, rows: Rows
    ) -> None:
        label(memory, [one.line() for one in labels(requests, rows)[: POLICY.minimum_labels - 1]])
        report = watch_lines(memory, [one.line() for one in requests])
        assert (report.labels, report.quality) == (POLICY.minimum_labels - 1, None)
        assert memory.metric("quality_drop") is None
        assert memory.metric("accuracy") is None

    def test_quality_that_is_not_defined_on_one_label_is_not_published(
        self, memory: Memory, requests: Requests
    ) -> None:
        memory.policy = ModelPolicy("churn", SIGNATURE, replace(POLICY, quality_metric="auc"))
        label(memory, [GroundTruth(one.join_id, "1").line() for one in requests])
        assert watch_lines(memory, [one.line() for one in requests]).quality is None
        assert memory.metric("quality_drop") is None

    def test_answers_of_the_model_before_the_release_are_not_held_against_this_one(
        self, memory: Memory, requests: Requests, rows: Rows
    ) -> None:
        assert memory.release is not None
        memory.release = replace(memory.release, released_at="2026-11-20T08:30:00+00:00")
        label(memory, [one.line() for one in labels(requests, rows)])
        report = watch_lines(memory, [one.line() for one in requests])
        assert (report.rows, report.labels) == (ROWS, ROWS // 2)


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

    def test_an_endpoint_that_captures_no_answers_is_still_watched(self, memory: Memory, requests: Requests) -> None:
        report = watch_lines(memory, [replace(one, response=None).line() for one in requests])
        assert (report.rows, report.violations) == (ROWS, ())

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
    assert measure(Labelled(np.array([True]), answered, 0), reading).metrics["accuracy"] == 1


def test_a_time_without_an_offset_or_a_window_without_a_length_is_refused(memory: Memory) -> None:
    with pytest.raises(ValueError, match="no offset"):
        run(memory, replace(JOB, scheduled_at="2026-11-20T09:00:00"))
    with pytest.raises(ValueError, match="length of the window"):
        run(memory, replace(JOB, window_s=0))


def test_a_baseline_of_another_model_is_refused(memory: Memory) -> None:
    assert memory.release is not None
    key = f"{memory.release.baseline_uri}baseline.json"
    memory.objects[key] = memory.objects[key].replace(b'"x1"', b'"x9"')
    with pytest.raises(ValueError, match="another model"):
        run(memory)


def test_a_quality_metric_that_was_never_evaluated_is_named_with_those_that_were(
    memory: Memory, requests: Requests, rows: Rows
) -> None:
    memory.policy = ModelPolicy("churn", SIGNATURE, WatchPolicy(quality_metric="gain"))
    label(memory, [one.line() for one in labels(requests, rows)])
    capture(memory, [one.line() for one in requests])
    with pytest.raises(LookupError, match="no 'gain'; it has accuracy, auc"):
        run(memory)
