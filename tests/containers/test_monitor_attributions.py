"""Attributions of windows: against those before, in groups, row by row, and over the versions of a model."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers.baseline.main import main as make_baseline
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.model import TrainedModel
from containers.monitor.batch_run import watch_batch
from core.contracts import metrics, reports, stages
from core.contracts.explaining import Explaining
from core.contracts.importance import MOST, Importance, VersionImportance
from core.contracts.policy import ModelPolicy
from core.contracts.reports import MonitorReport
from core.statistics.keys import hashed, numbered
from tests.containers.scored import RUN, scored, store_of
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    POLICY,
    SIGNATURE,
    Memory,
    bucket,
    capture,
    captured,
    draw,
    latest,
    replace_objects,
    run,
    violation_file,
)

ROWS = 400
HOUR = timedelta(hours=1)
GROUPS = {"pair": ("x1", "x2"), "rest": ("x3", "kind")}
PREFIX = f"{bucket('reports')}{NAMES.report_prefix}"
FOLDER = f"{PREFIX}2026/11/20/09-00-00/"
SECOND = "arn:aws:sagemaker:us-east-1:111122223333:model-package/risk-dev-churn/2"


@pytest.fixture(scope="module")
def grouped(made: tuple[Memory, TrainedModel], tmp_path_factory: pytest.TempPathFactory) -> Memory:
    """The small world, with a baseline that knows groups; nobody writes into it."""
    memory, model = replace_objects(made[0]), made[1]
    folders = MlFolders(tmp_path_factory.mktemp("ml"))
    training = draw(1500, 1)
    Dataset(SIGNATURE, training.values, training.labels).write(folders.processing_input(stages.TRAIN))
    model.save(folders.processing_input(stages.MODEL))
    make_baseline(folders, Explaining(groups=GROUPS))
    assert memory.release is not None
    for file in _files(folders.processing_output(stages.BASELINE)):
        memory.objects[f"{memory.release.baseline_uri}{file.name}"] = file.read_bytes()
    return memory


def _files(folder: Path) -> Iterable[Path]:
    return folder.iterdir()


@pytest.fixture
def memory(grouped: Memory) -> Memory:
    return replace_objects(grouped)


def moved(values: np.ndarray) -> None:
    values[:, 0] += 2


def moved_together(values: np.ndarray) -> None:
    values[:, :2] += 1.2, 12


def watched(memory: Memory, model: TrainedModel, seed: int, move: Any = None, hours: int = 0) -> MonitorReport:
    """The report on a window that ends so many hours after END."""
    end = END + hours * HOUR
    rows = draw(ROWS, seed, move or (lambda values: None))
    capture(memory, (one.line() for one in captured(model, rows, end - HOUR)), end - HOUR)
    run(memory, replace(JOB, scheduled_at=end.isoformat()))
    folder = reports.report_folder(PREFIX, end)
    return MonitorReport.from_json(memory.objects[folder + reports.REPORT])


def importance(memory: Memory) -> Importance:
    return Importance.from_json(memory.objects[PREFIX + reports.IMPORTANCE])


class TestTheWindowsBefore:
    def test_tell_attributions_that_moved_lately_from_those_that_had_moved_already(
        self, memory: Memory, model: TrainedModel
    ) -> None:
        first = watched(memory, model, 1)
        came = watched(memory, model, 2, moved, hours=1)
        stayed = watched(memory, model, 3, moved, hours=2)
        assert [feature.recent_attribution_drift for feature in first.features] == [None] * 4
        assert came.features[0].recent_attribution_drift == pytest.approx(came.features[0].attribution_drift, abs=0.1)
        assert came.features[0].recent_attribution_drift > 0.2
        own = replace(memory, policy=ModelPolicy("churn", SIGNATURE, replace(POLICY, recent_windows=1)))
        again = watched(own, model, 3, moved, hours=2)
        assert again.features[0].attribution_drift == stayed.features[0].attribution_drift > 0.2
        assert again.features[0].recent_attribution_drift == 0, "the window before was as far"

    def test_are_published_in_units_of_the_threshold(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1)
        assert memory.metric("recent_attribution_drift") is None
        memory.published.clear()
        report = watched(memory, model, 2, moved, hours=1)
        most = max(
            *(feature.recent_attribution_drift or 0 for feature in report.features),
            *(group.recent_drift or 0 for group in report.groups),
        )
        assert memory.metric("recent_attribution_drift") == pytest.approx(most / POLICY.attribution_threshold)

    def test_that_kept_no_attributions_are_read_all_the_same(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1)
        key = PREFIX + reports.RECENT
        value = json.loads(memory.objects[key])
        del value["windows"][0]["attributions"]
        memory.objects[key] = json.dumps(value).encode()
        report = watched(memory, model, 2, hours=1)
        assert report.recent_windows == 1
        assert report.features[0].recent_drift is not None
        assert report.features[0].recent_attribution_drift is None
        assert set(json.loads(memory.objects[key])["windows"][1]["attributions"]) == {*SIGNATURE.names, *GROUPS}

    @pytest.mark.parametrize("counts", [[1, 2], [], "abc", None])
    def test_of_other_bins_are_left_out(self, memory: Memory, model: TrainedModel, counts: Any) -> None:
        watched(memory, model, 1)
        key = PREFIX + reports.RECENT
        value = json.loads(memory.objects[key])
        value["windows"][0]["attributions"]["x1"] = counts
        memory.objects[key] = json.dumps(value).encode()
        report = watched(memory, model, 2, hours=1)
        assert report.features[0].recent_attribution_drift is None

    def test_cost_few_bytes(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1)
        (window,) = json.loads(memory.objects[PREFIX + reports.RECENT])["windows"]
        kept = {name: len(json.dumps(counts, separators=(",", ":"))) for name, counts in window["attributions"].items()}
        assert max(kept.values()) < 200


class TestGroups:
    def test_stand_in_the_report_beside_their_features(self, memory: Memory, model: TrainedModel) -> None:
        report = watched(memory, model, 1, moved)
        pair, rest = report.groups
        x1, x2, x3, kind = report.features
        assert (pair.name, pair.features) == ("pair", ("x1", "x2"))
        assert pair.share <= x1.attribution_share + x2.attribution_share
        assert rest.baseline_share <= x3.baseline_share + kind.baseline_share
        assert pair.mean == pytest.approx(x1.attribution_mean + x2.attribution_mean)
        assert pair.baseline_mean == pytest.approx(x1.baseline_attribution_mean + x2.baseline_attribution_mean)
        assert pair.drift > 0.2 > rest.drift
        assert set(pair.distances) == set(x1.attribution_distances)

    def test_are_published_beside_their_features(self, memory: Memory, model: TrainedModel) -> None:
        report = watched(memory, model, 1)
        told = violation_file(memory, reports.ANALYSIS)["explanations"]["kernel_shap"]["fast"]["global_shap_values"]
        assert set(told) == set(SIGNATURE.names)
        assert memory.metric("group_pair") == pytest.approx(report.groups[0].share * sum(told.values()))
        assert memory.metric("group_drift_pair") == report.groups[0].drift

    def test_wake_the_alarm_where_no_feature_for_itself_matters(self, memory: Memory, model: TrainedModel) -> None:
        policy = replace(POLICY, attribution_share=0.75)
        memory.policy = ModelPolicy("churn", SIGNATURE, policy)
        report = watched(memory, model, 1, moved_together)
        assert max(max(one.attribution_share, one.baseline_share) for one in report.features) < 0.75
        assert memory.metric("attribution_drift") == pytest.approx(
            report.groups[0].drift / policy.attribution_threshold
        )
        assert report.groups[0].drift > 0.2

    def test_stand_on_the_page(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1)
        page = memory.objects[FOLDER + reports.PAGE].decode()
        assert "Groups of features" in page
        told = [f'<td class="name">{name}<div class="soft small">{", ".join(GROUPS[name])}</div>' for name in GROUPS]
        assert page.index(told[0]) < page.index(told[1]), "the weightier one first"

    def test_are_not_spoken_of_where_there_are_none(self, made: tuple[Memory, TrainedModel]) -> None:
        plain = replace_objects(made[0])
        assert watched(plain, made[1], 1).groups == ()
        assert "Groups of features" not in plain.objects[FOLDER + reports.PAGE].decode()


class TestWhatTheManagedMonitorPublishes:
    def test_is_found_under_its_own_names(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1)
        found = [datum for namespace, datum in memory.published if namespace == metrics.EXPLAINABILITY]
        by_name = {datum["MetricName"]: datum for datum in found}
        of = {name: {one["Name"]: one["Value"] for one in datum["Dimensions"]} for name, datum in by_name.items()}
        shared = {
            "Endpoint": NAMES.endpoint,
            "MonitoringSchedule": NAMES.monitor,
            "ExplainabilityMethod": "KernelShap",
            "Label": "fast",
        }
        for name in SIGNATURE.names:
            assert of[f"feature_{name}"] == shared | {"ValueType": "GlobalShapValues"}
        assert of["ExpectedValue"] == shared | {"ValueType": "ExpectedValue"}

    def test_adds_up_as_the_analysis_says(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1)
        told = violation_file(memory, reports.ANALYSIS)["explanations"]
        assert told["method"] == model.predictor.method("permutation"), "the method that was really used"
        assert memory.metric("ExpectedValue") == told["kernel_shap"]["fast"]["expected_value"]


class TestEachRow:
    def test_is_told_with_what_it_adds_up_to(self, memory: Memory, model: TrainedModel) -> None:
        report = watched(memory, model, 1)
        lines = list(csv.DictReader(io.StringIO(memory.objects[FOLDER + reports.EXPLANATIONS].decode())))
        assert len(lines) == ROWS
        names = SIGNATURE.names
        assert list(lines[0]) == ["row.key", *(f"{name}.attribution" for name in names), "row.expected", "row.answer"]
        attributions = np.array([[float(line[f"{name}.attribution"]) for name in names] for line in lines])
        margins = attributions.sum(axis=1) + float(lines[0]["row.expected"])
        answers = np.array([float(line["row.answer"]) for line in lines])
        np.testing.assert_allclose(1 / (1 + np.exp(-margins)), answers, atol=1e-5)
        shares = np.abs(attributions).mean(axis=0)
        np.testing.assert_allclose(shares / shares.sum(), [one.attribution_share for one in report.features], atol=1e-6)

    def test_is_found_by_the_id_of_its_request(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1)
        lines = csv.DictReader(io.StringIO(memory.objects[FOLDER + reports.EXPLANATIONS].decode()))
        (key,) = numbered(hashed(["event-08-7"]), np.array([0]))
        (line,) = [line for line in lines if line["row.key"] == f"{key:016x}"]
        (answer,) = model.probabilities(draw(ROWS, 1).values[7:8]).tolist()
        assert float(line["row.answer"]) == pytest.approx(answer, abs=1e-6)

    def test_are_as_many_as_the_team_asks_for(self, memory: Memory, model: TrainedModel) -> None:
        memory.policy = ModelPolicy("churn", SIGNATURE, replace(POLICY, explained_rows=150))
        watched(memory, model, 1)
        assert memory.objects[FOLDER + reports.EXPLANATIONS].count(b"\n") == 151

    def test_has_no_file_where_there_is_none(self, memory: Memory) -> None:
        run(memory)
        assert FOLDER + reports.REPORT in memory.objects
        assert FOLDER + reports.EXPLANATIONS not in memory.objects


class TestOverVersions:
    def test_the_newest_window_of_each_is_remembered(self, memory: Memory, model: TrainedModel) -> None:
        first = watched(memory, model, 1)
        _release(memory, SECOND, 1)
        second = watched(memory, model, 2, moved, hours=2)
        one, two = importance(memory).versions
        assert [one.version, two.version] == ["1", "2"]
        assert one.window == {each.name: each.attribution_share for each in first.features}
        assert two.window == {each.name: each.attribution_share for each in second.features}
        assert two.training == {each.name: each.baseline_share for each in second.features}
        assert two.window_groups == {each.name: each.share for each in second.groups}
        page = memory.objects[reports.report_folder(PREFIX, END + 2 * HOUR) + reports.PAGE].decode()
        assert page.index("Importance by version") < page.index("version 1<br>") < page.index("version 2<br>")
        assert "Importance by version" not in memory.objects[FOLDER + reports.PAGE].decode(), "one alone is no table"

    def test_a_window_that_runs_again_changes_nothing(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1)
        before = memory.objects[PREFIX + reports.IMPORTANCE]
        run(memory)
        assert memory.objects[PREFIX + reports.IMPORTANCE] == before

    def test_an_older_window_never_takes_the_place_of_a_newer_one(self, memory: Memory, model: TrainedModel) -> None:
        watched(memory, model, 1, hours=1)
        before = memory.objects[PREFIX + reports.IMPORTANCE]
        watched(memory, model, 2, moved)
        assert memory.objects[PREFIX + reports.IMPORTANCE] == before

    def test_those_of_batches_lie_apart(self, memory: Memory, model: TrainedModel) -> None:
        store = store_of(memory)
        watched(store, model, 1)
        first = dict(store.objects)
        scored(store, model, draw(ROWS, 2, moved))
        watch_batch(RUN, store)
        key = f"{bucket('reports')}{NAMES.batch_prefix}{reports.IMPORTANCE}"
        assert store.objects[PREFIX + reports.IMPORTANCE] == first[PREFIX + reports.IMPORTANCE]
        (batch,) = Importance.from_json(store.objects[key]).versions
        assert batch.window != importance(store).versions[0].window

    @pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"version": 9}', b'{"version": 1, "versions": [{}]}'])
    def test_what_cannot_be_read_is_written_anew(self, memory: Memory, model: TrainedModel, content: bytes) -> None:
        memory.objects[PREFIX + reports.IMPORTANCE] = content
        watched(memory, model, 1)
        assert [one.version for one in importance(memory).versions] == ["1"]

    def test_a_window_of_too_few_rows_is_not_remembered(self, memory: Memory, model: TrainedModel) -> None:
        rows = draw(POLICY.minimum_rows - 1, 1)
        capture(memory, (one.line() for one in captured(model, rows)))
        run(memory)
        assert latest(memory).rows == POLICY.minimum_rows - 1
        assert PREFIX + reports.IMPORTANCE not in memory.objects

    def test_few_are_kept_those_released_last(self) -> None:
        known = Importance()
        for number in range(MOST + 5):
            known = known.brought_in(_version(number))
        assert [one.version for one in known.versions] == [str(number) for number in range(5, MOST + 5)]
        assert Importance.from_json(known.to_json()) == known

    def test_a_version_that_is_released_again_is_the_newest(self) -> None:
        known = Importance().brought_in(_version(1)).brought_in(_version(2))
        back = replace(_version(1), released_at="2026-12-01T00:00:00+00:00", end="2026-12-01T09:00:00+00:00")
        assert [one.version for one in known.brought_in(back).versions] == ["2", "1"]


def _version(number: int) -> VersionImportance:
    at = (END + number * HOUR).isoformat()
    return VersionImportance(f"arn:model-package/churn/{number}", at, at, 100, {"x": 1.0}, {"x": 1.0})


def _release(memory: Memory, package_arn: str, hours: int) -> None:
    assert memory.release is not None
    released_at = (END + hours * HOUR).isoformat()
    memory.release = replace(memory.release, package_arn=package_arn, released_at=released_at)
