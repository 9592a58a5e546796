"""The monitor job: what it reads, what it leaves, and what it survives."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest

from containers.model import TrainedModel
from core.contracts import metrics, reports
from core.contracts.capture import GroundTruth
from core.contracts.policy import ModelPolicy, WatchPolicy
from core.fairness.post_training import POST_TRAINING
from core.fairness.pre_training import PRE_TRAINING
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    POLICY,
    ROWS,
    SIGNATURE,
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
    violation_file,
    watch_lines,
    with_request,
)

FOLDER = f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/"
HOUR = timedelta(hours=1)


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
            reports.EXPLANATIONS,
            reports.PAGE,
            reports.TOLD,
        )
        left = {key for key in set(memory.objects) - before if key.startswith(bucket("reports"))}
        kept = (reports.LATEST, reports.RECENT, reports.IMPORTANCE)
        beside = {f"{bucket('reports')}{NAMES.report_prefix}{name}" for name in kept}
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
        wanted += [metrics.estimated_bound("accuracy", bound) for bound in ("low", "high")]
        wanted += [metrics.ESTIMATED_DROP, metrics.QUALITY_LIMIT]
        for name in SIGNATURE.names:
            wanted += [metrics.feature_drift(name), metrics.feature_non_null(name), metrics.attribution(name)]
        wanted += [metrics.data_quality(field.name) for field in fields(reports.DataQuality)]
        wanted += [metrics.MULTIVARIATE, metrics.BIAS_DRIFT, metrics.BIAS_DRIFT_BY_LABELS, metrics.EXPECTED_VALUE]
        wanted += [metrics.PREDICTION_DRIFT]
        wanted += [metrics.bias(name) for name in (*PRE_TRAINING, *POST_TRAINING, "FT") if name in told]
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

    def test_a_window_without_any_request_publishes_its_rows_and_what_is_allowed(self, memory: Memory) -> None:
        run(memory)
        assert [datum["MetricName"] for _, datum in memory.published] == ["rows", "quality_limit"]
        assert memory.metric("rows") == 0
        assert latest(memory).rows == 0

    def test_a_window_of_too_few_rows_publishes_its_rows_and_what_is_allowed(
        self, memory: Memory, requests: Requests
    ) -> None:
        few = requests[: POLICY.minimum_rows - 1]
        report = watch_lines(memory, [with_request(one, "oops,1,2,3").line() for one in few])
        assert [datum["MetricName"] for _, datum in memory.published] == ["rows", "quality_limit"]
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
