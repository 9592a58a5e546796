"""Batches that are nonsense, empty, at once, repeated or cut off: each ends in a violation, a verdict or a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from containers.model import TrainedModel
from containers.monitor.batch_labels import judge_batch
from containers.monitor.batch_run import watch_batch
from core.contracts import metrics
from core.contracts.batch import job_name
from core.contracts.environment import BatchLabelsEnvironment
from core.contracts.reports import LATEST, REPORT, MonitorReport
from core.diagnosis import Verdict, diagnose
from tests.containers.scored import (
    BATCH,
    DUE,
    ENDED,
    PLACE,
    RUN,
    STARTED,
    Store,
    scored,
    store_of,
    truths,
    written,
)
from tests.containers.world import NAMES, Memory, bucket, draw, label

REPORTS = bucket("reports") + NAMES.batch_prefix
LATER = DUE + timedelta(minutes=1)
OTHER = replace(
    RUN,
    scheduled_at=(ENDED + timedelta(minutes=1)).isoformat(),
    transform_job=job_name(NAMES, LATER),
    due_at=LATER.isoformat(),
)
AGAIN = BatchLabelsEnvironment(**asdict(RUN), labels_until=(DUE + timedelta(hours=24)).isoformat())


@pytest.fixture
def store(made: tuple[Memory, TrainedModel]) -> Store:
    return store_of(made[0])


def newest(store: Store) -> MonitorReport:
    return MonitorReport.from_json(store.objects[f"{REPORTS}{LATEST}"])


def verdict(store: Store) -> Verdict:
    return diagnose(newest(store), store.policy.watch).verdict


# Nonsense.


def test_an_object_of_garbage_is_a_violation_and_no_crash(store: Store) -> None:
    noise = np.random.default_rng(3).integers(0, 256, 40_000, np.uint8).tobytes()
    store.objects[f"{PLACE}a.csv.out"] = noise
    written(store, ["a.csv.out"])
    said = watch_batch(RUN, store)
    assert said.startswith("CompletedWithViolations")
    lines = sum(bool(line.removesuffix(b"\r")) for line in noise.split(b"\n"))
    assert (newest(store).rows, newest(store).unreadable) == (0, lines)
    assert store.metric(metrics.VIOLATIONS.name) == 1, "the alarm on data sees it"
    assert store.metric(metrics.ROWS.name) == 0, "and that on silence is silent: the batch was watched"


@pytest.mark.parametrize("cell", ["x", "1e400", "9" * 400, "nan", "-inf", '"a b"', "", "\u2603", "0x10", "1_000"])
def test_a_column_of_nonsense_is_a_violation_of_it(store: Store, model: TrainedModel, cell: str) -> None:
    scored(store, model, draw(300, 1))
    lines = store.objects[f"{PLACE}a.csv.out"].decode().splitlines()
    spoiled = [",".join([cell, *line.split(",")[1:]]) for line in lines]
    store.objects[f"{PLACE}a.csv.out"] = "\n".join(spoiled).encode()
    assert watch_batch(RUN, store).startswith("CompletedWithViolations")
    assert "x1" in {found.feature for found in newest(store).violations}
    assert verdict(store) is Verdict.UPSTREAM_FAULT


@pytest.mark.parametrize("change", ["short", "long"])
def test_rows_of_another_width_are_a_violation(store: Store, model: TrainedModel, change: str) -> None:
    scored(store, model, draw(300, 1))
    lines = store.objects[f"{PLACE}a.csv.out"].decode().splitlines()
    wrong = [line.partition(",")[2] if change == "short" else f"7,{line}" for line in lines]
    store.objects[f"{PLACE}a.csv.out"] = "\n".join(wrong).encode()
    assert watch_batch(RUN, store).startswith("CompletedWithViolations")
    assert store.metric(metrics.VIOLATIONS.name) == 1


@pytest.mark.parametrize("content", [b"no manifest", b'{"prefix": "s3://x/"}', b"\xff\xfe", b"[" * 100_000])
def test_a_file_among_the_manifests_that_is_none_fails_the_run_with_its_name(
    store: Store, model: TrainedModel, content: bytes
) -> None:
    scored(store, model, draw(300, 1))
    odd = f"{bucket('capture')}{NAMES.batch_prefix}output/{STARTED:%Y/%m/%d/%H}/odd.jsonl"
    store.objects[odd] = content
    with pytest.raises(ValueError, match=r"08/odd\.jsonl: "):
        watch_batch(RUN, store)
    assert store.published == []


NONSENSE = [
    b"\xff\xfe\x00",
    b"no label",
    b"[]",
    b'{"groundTruthData": {"data": "maybe", "encoding": "CSV"}, "eventMetadata": {"eventId": "a.csv-200817-0"}}',
    b'{"groundTruthData": {"data": "' + b"9" * 400 + b'"}, "eventMetadata": {"eventId": "a.csv-200817-0"}}',
    b'{"groundTruthData": {"data": null}, "eventMetadata": {"eventId": "a.csv-200817-0"}}',
    b'{"groundTruthData": {"data": "1"}, "eventMetadata": {"eventId": 7}}',
    b"[" * 50_000,
]


def test_labels_that_are_nonsense_are_counted_and_the_others_judge(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3)
    store.policy = replace(store.policy, batch=replace(BATCH, labels_s=24 * 3600))
    ids = scored(store, model, rows)
    watch_batch(RUN, store)
    label(store, truths(ids, rows), DUE + timedelta(hours=1))
    key = f"{NAMES.ground_truth_prefix}{DUE + timedelta(hours=2):%Y/%m/%d/%H}/odd.jsonl"
    store.objects[bucket("data") + key] = b"\n".join(NONSENSE)
    said = judge_batch(AGAIN, store)
    assert f"300 labels, 0 unreadable lines, {len(NONSENSE)} unreadable lines of labels" in said
    assert store.metric(metrics.QUALITY_DROP.name) is not None


def test_labels_that_are_all_nonsense_judge_nothing_and_that_is_said(store: Store, model: TrainedModel) -> None:
    store.policy = replace(store.policy, batch=replace(BATCH, labels_s=24 * 3600))
    scored(store, model, draw(300, 3))
    watch_batch(RUN, store)
    key = f"{NAMES.ground_truth_prefix}{DUE + timedelta(hours=2):%Y/%m/%d/%H}/odd.jsonl"
    store.objects[bucket("data") + key] = b"\n".join(NONSENSE)
    said = judge_batch(AGAIN, store)
    assert f"0 labels, 0 unreadable lines, {len(NONSENSE)} unreadable lines of labels" in said
    assert "Its quality is not told" in said
    assert store.metric(metrics.QUALITY_DROP.name) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=6))
def test_no_bytes_between_answers_lose_a_row_or_end_the_run(
    made: tuple[Memory, TrainedModel], lines: list[bytes]
) -> None:
    store = store_of(made[0])
    scored(store, made[1], draw(120, 1))
    store.objects[f"{PLACE}a.csv.out"] += b"\n".join(lines)
    assert watch_batch(RUN, store).startswith("Completed")
    assert newest(store).rows == 120


# Nothing.


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\r\n"])
def test_an_empty_batch_is_watched_and_proves_nothing(store: Store, content: bytes) -> None:
    store.objects[f"{PLACE}a.csv.out"] = content
    written(store, ["a.csv.out"])
    assert "0 rows, 0 labels" in watch_batch(RUN, store)
    assert verdict(store) is Verdict.INCONCLUSIVE
    assert store.metric(metrics.ROWS.name) == 0
    assert store.metric(metrics.DRIFT.name) is store.metric(metrics.VIOLATIONS.name) is None


@pytest.mark.parametrize("rows", [1, 10])
def test_a_batch_of_few_rows_proves_nothing(store: Store, model: TrainedModel, rows: int) -> None:
    def far(values: np.ndarray) -> None:
        values[:, 0] += 50.0

    scored(store, model, draw(rows, 2, far))
    watch_batch(RUN, store)
    assert verdict(store) is Verdict.INCONCLUSIVE
    assert store.metric(metrics.DRIFT.name) is None


def test_a_manifest_that_names_nothing_fails_the_run(store: Store) -> None:
    written(store, [])
    with pytest.raises(ValueError, match="no manifest of the window names anything"):
        watch_batch(RUN, store)


# At once, again, cut off.


def test_two_batches_at_once_are_each_judged_by_their_own_rows(store: Store, model: TrainedModel) -> None:
    """The second runs while the first is leaving its report."""

    def moved(values: np.ndarray) -> None:
        values[:, 0] += 2.0

    scored(store, model, draw(300, 1))
    scored(store, model, draw(200, 2, moved), name="b.csv", run=LATER)
    said: list[str] = []

    def meanwhile(uri: str) -> None:
        if not said:
            said.append("running")
            said.append(watch_batch(OTHER, store))

    store.before_put = meanwhile
    assert watch_batch(RUN, store).startswith("Completed: Job completed successfully with no violations. 300 rows")
    assert said[1].startswith("CompletedWithViolations")
    reports = {uri: MonitorReport.from_json(text) for uri, text in store.objects.items() if uri.endswith(REPORT)}
    assert sorted(report.rows for report in reports.values()) == [200, 300]
    assert newest(store).rows == 200, "that of the batch which ended last"
    told = {(str(datum["Timestamp"]), datum["Value"]) for _, datum in store.published if datum["MetricName"] == "rows"}
    assert told == {(str(DUE), 300.0), (str(LATER), 200.0)}


def test_a_run_that_is_repeated_leaves_what_it_left(store: Store, model: TrainedModel) -> None:
    scored(store, model, draw(300, 1))
    watch_batch(RUN, store)
    before = dict(store.objects)
    first, store.published = store.published, []
    watch_batch(RUN, store)
    assert without_pages(store.objects) == without_pages(before)
    assert store.published == first


@pytest.mark.parametrize("look", ["first", "second"])
def test_a_run_that_is_killed_midway_and_repeated_leaves_what_a_whole_one_leaves(
    made: tuple[Memory, TrainedModel], look: str
) -> None:
    def prepared() -> Store:
        store = store_of(made[0])
        rows = draw(300, 3)
        store.policy = replace(store.policy, batch=replace(BATCH, labels_s=24 * 3600))
        label(store, truths(scored(store, made[1], rows), rows), DUE + timedelta(hours=1))
        if look == "second":
            watch_batch(RUN, store)
            store.published.clear()
        return store

    whole = prepared()
    run(whole, look)
    writes = len(set(whole.objects) - set(prepared().objects))
    assert writes >= 7
    for at in range(writes):
        store = prepared()
        store.before_put = killed(at)
        with pytest.raises(KeyboardInterrupt):
            run(store, look)
        assert store.published == [], "nothing is told before everything is left"
        store.before_put = lambda uri: None
        run(store, look)
        assert without_pages(store.objects) == without_pages(whole.objects)
        assert store.published == whole.published


def test_a_run_over_nothing_that_stands_any_more_says_what_is_gone(store: Store, model: TrainedModel) -> None:
    """The team has deleted the answers before the second look."""
    store.policy = replace(store.policy, batch=replace(BATCH, labels_s=24 * 3600))
    scored(store, model, draw(300, 3))
    watch_batch(RUN, store)
    del store.objects[f"{PLACE}a.csv.out"]
    with pytest.raises(ValueError, match=r"a\.csv\.out, which is not there"):
        judge_batch(AGAIN, store)


def run(store: Store, look: str) -> Any:
    return judge_batch(AGAIN, store) if look == "second" else watch_batch(RUN, store)


def killed(at: int) -> Callable[[str], None]:
    """The process ends before the object of this number is written."""
    seen: list[str] = []

    def before(uri: str) -> None:
        if len(seen) == at:
            raise KeyboardInterrupt
        seen.append(uri)

    return before


def without_pages(objects: dict[str, bytes]) -> dict[str, bytes]:
    """Pictures of a page may differ in their ids."""
    return {uri: content for uri, content in objects.items() if Path(uri).suffix != ".html"}
