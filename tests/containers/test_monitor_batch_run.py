"""The monitor over a transform job: its answers as rows, its own metrics and reports."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.model import TrainedModel
from containers.monitor.batch_run import watch_batch
from containers.transformed import Answers, manifest
from core.contracts import metrics
from core.contracts.batch import job_name
from core.contracts.batch_metrics import NAMESPACES, of_batch
from core.contracts.capture import CapturedRequest
from core.contracts.problem import Target
from core.contracts.reports import LATEST, REPORT, TOLD, MonitorReport, report_folder
from tests.containers.scored import (
    BATCH,
    DUE,
    ENDED,
    PLACE,
    RUN,
    STARTED,
    TRANSFORM,
    Store,
    scored,
    store_of,
    truths,
    written,
)
from tests.containers.world import NAMES, Memory, bucket, draw, label

DAY = timedelta(days=1)


@pytest.fixture
def store(made: tuple[Memory, TrainedModel]) -> Store:
    return store_of(made[0])


def newest(store: Store) -> MonitorReport:
    return MonitorReport.from_json(store.objects[f"{bucket('reports')}{NAMES.batch_prefix}{LATEST}"])


def moved(values: np.ndarray) -> None:
    values[:, 0] += 2.0


def test_the_rows_of_a_batch_are_reported_under_its_own_schedule(store: Store, model: TrainedModel) -> None:
    scored(store, model, draw(300, 1))
    before = set(store.objects)
    assert watch_batch(RUN, store).startswith("Completed: Job completed successfully with no violations")
    report = newest(store)
    assert (report.rows, report.unreadable, report.schedule) == (300, 0, NAMES.batch)
    left = set(store.objects) - before
    assert all(uri.startswith(f"{bucket('reports')}{NAMES.batch_prefix}") for uri in left)
    assert f"{bucket('reports')}{NAMES.batch_prefix}2026/11/20/08-37-00/{REPORT}" in left


def test_its_metrics_are_those_of_batch_transform_at_the_time_that_it_was_due(
    store: Store, model: TrainedModel
) -> None:
    scored(store, model, draw(300, 1))
    watch_batch(RUN, store)
    for namespace, datum in store.published:
        found = {each["Name"]: each["Value"] for each in datum["Dimensions"]}
        assert "Endpoint" not in found
        assert found["MonitoringSchedule"] == NAMES.batch
        assert datum["Timestamp"] == DUE
        assert namespace in (metrics.HOMEOSTAT, *NAMESPACES.values())
    drift = of_batch(metrics.DRIFT)
    assert [d for n, d in store.published if (n, d["MetricName"]) == (drift.namespace, drift.name)]
    assert store.metric("rows") == 300


def test_drift_in_a_batch_is_seen(store: Store, model: TrainedModel) -> None:
    scored(store, model, draw(300, 2, moved))
    assert watch_batch(RUN, store).startswith("CompletedWithViolations")
    drift = store.metric(metrics.DRIFT.name)
    assert drift is not None
    assert drift >= 1


def test_answers_without_their_rows_are_read_beside_them(store: Store, model: TrainedModel) -> None:
    store.policy = replace(store.policy, batch=replace(BATCH, joined=False))
    for name, seed in (("a.csv", 1), ("deep/b.csv", 2)):
        scored(store, model, draw(150, seed), name, joined=False)
    watch_batch(RUN, store)
    apart = newest(store)
    store.policy = replace(store.policy, batch=BATCH)
    for name, seed in (("a.csv", 1), ("deep/b.csv", 2)):
        scored(store, model, draw(150, seed), name)
    watch_batch(RUN, store)
    assert (apart.rows, apart.features) == (300, newest(store).features)


def test_labels_are_joined_on_the_inference_ids(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3)
    ids = scored(store, model, rows)
    label(store, truths(ids, rows), STARTED)
    watch_batch(RUN, store)
    assert newest(store).labels == 300


def test_another_jobs_answers_of_the_same_hour_do_not_count(store: Store, model: TrainedModel) -> None:
    scored(store, model, draw(300, 1))
    other = PLACE.replace(TRANSFORM, job_name(NAMES, DUE - timedelta(minutes=1)))
    store.objects[f"{other}x.csv.out"] = store.objects[f"{PLACE}a.csv.out"]
    written(store, ["x.csv.out"], other)
    watch_batch(RUN, store)
    assert newest(store).rows == 300


def test_answers_that_a_manifest_names_and_nobody_finds_fail_the_run(store: Store) -> None:
    written(store, ["gone.csv.out"])
    with pytest.raises(ValueError, match=r"gone\.csv\.out, which is not there"):
        watch_batch(RUN, store)


def test_a_job_of_which_no_manifest_tells_fails_the_run(store: Store, model: TrainedModel) -> None:
    scored(store, model, draw(300, 1))
    for uri in [uri for uri in store.objects if uri.startswith(bucket("capture"))]:
        del store.objects[uri]
    with pytest.raises(ValueError, match=f"no manifest of the window names anything that {TRANSFORM} wrote"):
        watch_batch(RUN, store)
    assert store.published == []


def test_a_line_without_id_and_time_is_unreadable(store: Store, model: TrainedModel) -> None:
    scored(store, model, draw(300, 1))
    store.objects[f"{PLACE}a.csv.out"] += b'1,2\n\n"torn, line\nx\n'
    watch_batch(RUN, store)
    assert (newest(store).rows, newest(store).unreadable) == (300, 3)


class TestBatchesBefore:
    def watched(self, store: Store, model: TrainedModel, days: int, after: float = 0.1) -> MonitorReport:
        """Report of the batch that was due so many days after the first, watched so many days after that."""
        due = DUE + DAY * days
        scored(store, model, draw(300, 1), run=due)
        store.now = due + DAY * after
        ended = (due + (ENDED - DUE)).isoformat()
        run = replace(RUN, transform_job=job_name(NAMES, due), due_at=due.isoformat(), scheduled_at=ended)
        watch_batch(run, store)
        return newest(store)

    def test_those_without_a_report_are_named_by_when_they_were_due(self, store: Store, model: TrainedModel) -> None:
        self.watched(store, model, 0)
        self.watched(store, model, 2)
        found = self.watched(store, model, 4).windows
        assert found is not None
        assert (found.expected, found.found, found.told_late) == (4, 2, 0)
        assert found.missing == tuple((DUE + DAY * days).isoformat() for days in (3, 1))

    def test_those_are_late_whose_report_came_when_the_next_was_due(self, store: Store, model: TrainedModel) -> None:
        self.watched(store, model, 0, after=1.2)
        self.watched(store, model, 1)
        found = self.watched(store, model, 2).windows
        assert found is not None
        assert (found.expected, found.missing, found.told_late) == (2, (), 1)
        assert found.late == (DUE.isoformat(),)

    def test_none_is_expected_before_the_first_that_was_told_of(self, store: Store, model: TrainedModel) -> None:
        """The schedule of the batches may be younger than the release."""
        assert store.release is not None
        store.release = replace(store.release, released_at=(DUE - DAY * 20).isoformat())
        first, second = self.watched(store, model, 0).windows, self.watched(store, model, 1).windows
        assert first is not None
        assert second is not None
        assert (first.expected, second.expected, second.found) == (0, 1, 1)

    def test_nor_before_the_release(self, store: Store, model: TrainedModel) -> None:
        self.watched(store, model, 0)
        assert store.release is not None
        store.release = replace(store.release, released_at=(DUE + DAY * 2).isoformat())
        found = self.watched(store, model, 3).windows
        assert found is not None
        assert (found.expected, found.found) == (1, 0)

    def test_the_folder_of_the_time_that_it_was_due_says_where_its_report_is(
        self, store: Store, model: TrainedModel
    ) -> None:
        self.watched(store, model, 0)
        below = f"{bucket('reports')}{NAMES.batch_prefix}"
        told = json.loads(store.objects[report_folder(below, DUE) + TOLD])
        assert told == {"report": report_folder(below, ENDED) + REPORT}
        assert told["report"] in store.objects


CELL = st.text(st.characters(exclude_characters=",\n\r", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(CELL, min_size=1, max_size=4), CELL, CELL, st.text("abcdef0-9", min_size=1))
def test_whatever_a_row_holds_comes_through(row: list[str], answer: str, score: str, id: str) -> None:
    line = ",".join([*row, answer, score, id, "2026-11-20T08:20:00Z"])
    found = Answers(Target()).joined(line.encode())
    request = CapturedRequest.parse(found)
    assert request.request is not None
    assert request.response is not None
    assert (request.request.data, request.response.data) == (",".join(row), f"{answer},{score}")
    assert (request.event_id, request.at) == (id, datetime(2026, 11, 20, 8, 20, tzinfo=UTC))


def test_a_captured_line_is_written_as_the_endpoints_are() -> None:
    """So that the fast reader takes it."""
    found = Answers(Target()).joined(b"1,2,1,0.75,some-id,2026-11-20T08:20:00Z\n").decode().removesuffix("\n")
    assert CapturedRequest.parse(found).line() == found


@pytest.mark.parametrize("text", ['{"prefix": "s3://x/"}', '["a.out"]', "[]", "no manifest"])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"manifest|Expecting"):
        list(manifest(text.encode()))
