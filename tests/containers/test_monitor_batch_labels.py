"""Labels that come after a batch was watched: a second look judges its quality, once."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest

from containers.model import TrainedModel
from containers.monitor.batch_labels import judge_batch
from containers.monitor.batch_run import watch_batch
from core.contracts import metrics
from core.contracts.batch import judge_name, monitor_name
from core.contracts.batch_metrics import of_batch
from core.contracts.environment import BatchLabelsEnvironment
from core.contracts.reports import BELOW, LATEST, RECENT, REPORT, MonitorReport, labels_prefix
from tests.containers.scored import BATCH, DUE, RUN, STARTED, Store, scored, store_of, truths
from tests.containers.world import NAMES, Memory, Rows, bucket, draw, label

HORIZON = timedelta(hours=24)
UNTIL = DUE + HORIZON
LATE = replace(BATCH, labels_s=int(HORIZON.total_seconds()))
AGAIN = BatchLabelsEnvironment(**asdict(RUN), labels_until=UNTIL.isoformat())
REPORTS = bucket("reports")


@pytest.fixture
def store(made: tuple[Memory, TrainedModel]) -> Store:
    found = store_of(made[0])
    found.policy = replace(found.policy, batch=LATE)
    return found


def first_look(store: Store, model: TrainedModel, rows: Rows) -> list[str]:
    """A batch is watched; ids of its rows."""
    ids = scored(store, model, rows)
    watch_batch(RUN, store)
    store.published.clear()
    return ids


def labelled(store: Store) -> MonitorReport:
    """What the second look left."""
    return MonitorReport.from_json(store.objects[f"{REPORTS}{labels_prefix(NAMES.batch_prefix)}{LATEST}"])


def told(store: Store) -> set[str]:
    return {datum["MetricName"] for _, datum in store.published}


def test_labels_that_come_later_judge_the_batch(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3)
    ids = first_look(store, model, rows)
    label(store, truths(ids[:200], Rows(rows.values[:200], rows.labels[:200])), DUE + timedelta(hours=3))
    label(store, truths(ids[200:], Rows(rows.values[200:], rows.labels[200:])), UNTIL - timedelta(hours=1))
    assert judge_batch(AGAIN, store).startswith("Completed: Job completed successfully with no violations. 300 rows")
    report = labelled(store)
    assert report.quality is not None
    assert (report.rows, report.labels, report.quality.labels) == (300, 300, 300)


def test_the_same_labels_give_what_the_endpoints_monitor_gives(store: Store, model: TrainedModel) -> None:
    """One code for both: quality is equal to that of a run which finds the labels at the batch's end."""
    rows = draw(300, 3)
    ids = first_look(store, model, rows)
    label(store, truths(ids, rows), STARTED)
    judge_batch(AGAIN, store)
    at_once = store_of(store)
    watch_batch(RUN, at_once)
    report = MonitorReport.from_json(at_once.objects[f"{REPORTS}{NAMES.batch_prefix}{LATEST}"])
    assert report.quality == labelled(store).quality


def test_only_what_labels_tell_is_told_and_when_they_have_had_their_time(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3)
    label(store, truths(first_look(store, model, rows), rows), DUE + timedelta(hours=3))
    judge_batch(AGAIN, store)
    drop = of_batch(metrics.QUALITY_DROP)
    assert metrics.QUALITY_DROP.name in told(store)
    for space, datum in store.published:
        of = {of_batch(metrics.model_quality("auc")).namespace, of_batch(metrics.bias("RD")).namespace}
        assert space in of | {drop.namespace}
        assert datum["Timestamp"] == UNTIL, "an alarm looks at the newest periods only"
        assert datum["Dimensions"][0] == {"Name": "MonitoringSchedule", "Value": NAMES.batch}
        assert "Endpoint" not in {each["Name"] for each in datum["Dimensions"]}
    assert not told(store) & {metrics.ROWS.name, metrics.DRIFT.name, metrics.VIOLATIONS.name}
    assert {"bias_metric_RD", metrics.BIAS_DRIFT.name} <= told(store)
    assert not told(store) & {"bias_metric_DPPL", "bias_metric_FT"}, "answers told them"


def test_the_first_look_does_not_judge_what_the_second_will(store: Store, model: TrainedModel) -> None:
    """Whatever labels are there already: quality is told of each batch once."""
    rows = draw(300, 3)
    label(store, truths(scored(store, model, rows), rows), STARTED)
    watch_batch(RUN, store)
    judge_batch(AGAIN, store)
    assert store.metric(metrics.QUALITY_DROP.name) is not None, "told once: `metric` fails for more"
    assert store.metric(metrics.ROWS.name) == 300


def test_what_the_first_look_judged_is_not_judged_again(store: Store, model: TrainedModel) -> None:
    """The team asks for late labels only since."""
    rows = draw(300, 3)
    label(store, truths(scored(store, model, rows), rows), STARTED)
    store.policy = replace(store.policy, batch=BATCH)
    watch_batch(RUN, store)
    store.policy = replace(store.policy, batch=LATE)
    assert judge_batch(AGAIN, store).endswith("Its quality is not told: the first look told it.")
    assert store.metric(metrics.QUALITY_DROP.name) is not None


def test_a_further_attempt_leaves_and_tells_the_same(store: Store, model: TrainedModel) -> None:
    """One that seemed to fail may have told everything: an alarm sees the same value at the same time."""
    rows = draw(300, 3)
    label(store, truths(first_look(store, model, rows), rows), DUE + timedelta(hours=3))
    judge_batch(AGAIN, store)
    left, said = dict(store.objects), list(store.published)
    store.published.clear()
    judge_batch(AGAIN, store)
    assert (store.objects, store.published) == (left, said)
    assert said


def test_a_model_that_became_wrong_is_seen(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3, flip=True)
    label(store, truths(first_look(store, model, rows), rows), DUE + timedelta(hours=3))
    assert judge_batch(AGAIN, store).startswith("CompletedWithViolations")
    assert BELOW in {found.check for found in labelled(store).violations}
    drop = store.metric(metrics.QUALITY_DROP.name)
    assert drop is not None
    assert drop >= 1


@pytest.mark.parametrize("count", [0, 49])
def test_too_few_labels_judge_nothing_and_that_is_said(store: Store, model: TrainedModel, count: int) -> None:
    rows = draw(300, 3)
    ids = first_look(store, model, rows)
    label(store, truths(ids[:count], Rows(rows.values[:count], rows.labels[:count])), DUE + timedelta(hours=3))
    said = judge_batch(AGAIN, store)
    assert f"300 rows, {count} labels" in said
    assert "Its quality is not told: it takes 50 labels, collected before 2026-11-21 08:17 UTC" in said
    assert labelled(store).quality is None
    assert store.published == []


def test_labels_after_the_horizon_do_not_count(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3)
    label(store, truths(first_look(store, model, rows), rows), UNTIL + timedelta(hours=1))
    assert "300 rows, 0 labels" in judge_batch(AGAIN, store)
    assert store.published == []


def test_a_later_label_corrects_an_earlier_one(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3)
    ids = first_look(store, model, rows)
    label(store, truths(ids, Rows(rows.values, ~rows.labels)), DUE + timedelta(hours=3))
    label(store, truths(ids, rows), DUE + timedelta(hours=4))
    judge_batch(AGAIN, store)
    assert labelled(store).labels == 300
    assert BELOW not in {found.check for found in labelled(store).violations}


def test_what_the_first_look_left_stays_as_it_is(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3)
    label(store, truths(first_look(store, model, rows), rows), DUE + timedelta(hours=3))
    before = dict(store.objects)
    assert f"{REPORTS}{NAMES.batch_prefix}{RECENT}" in before
    judge_batch(AGAIN, store)
    assert {uri: store.objects[uri] for uri in before} == before
    left = set(store.objects) - set(before)
    assert all(uri.startswith(f"{REPORTS}{labels_prefix(NAMES.batch_prefix)}") for uri in left)
    assert f"{REPORTS}{labels_prefix(NAMES.batch_prefix)}2026/11/20/08-37-00/{REPORT}" in left
    assert not any(uri.endswith(RECENT) for uri in left)


def test_answers_of_a_model_that_is_no_longer_in_service_are_not_judged(store: Store, model: TrainedModel) -> None:
    rows = draw(300, 3)
    label(store, truths(first_look(store, model, rows), rows), DUE + timedelta(hours=3))
    assert store.release is not None
    store.release = replace(store.release, released_at=(DUE + timedelta(hours=5)).isoformat())
    said = judge_batch(AGAIN, store)
    assert "300 rows, 0 labels" in said
    assert said.endswith("of answers of the release that is in service.")
    assert store.published == []


def test_before_a_release_nothing_is_judged(store: Store) -> None:
    store.release = None
    assert judge_batch(AGAIN, store).startswith("Completed: nothing is released yet")
    assert store.published == []


def test_both_runs_have_names_of_the_models_monitor_and_of_their_own() -> None:
    names = {monitor_name(NAMES, DUE), judge_name(NAMES, DUE), judge_name(NAMES, DUE + HORIZON)}
    assert len(names) == 3
    assert all(name.startswith(NAMES.monitor_runs) and len(name) <= 63 for name in names)


def test_the_record_of_the_run_is_told_from_that_of_the_first() -> None:
    assert BatchLabelsEnvironment.given(AGAIN.variables())
    assert not BatchLabelsEnvironment.given(RUN.variables())
    assert datetime.fromisoformat(BatchLabelsEnvironment.read(AGAIN.variables()).labels_until) == UNTIL
