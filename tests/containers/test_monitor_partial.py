"""A batch of which not everything was read says so wherever people look: in the exit message, the report, the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from containers.model import TrainedModel
from containers.monitor.batch_run import BatchRun
from containers.monitor.job import watch
from containers.monitor.parts import in_turn
from core.contracts.reports import LATEST, PAGE, MonitorReport
from tests.containers.scored import RUN, Store, scored, store_of
from tests.containers.test_monitor_engines import small
from tests.containers.world import NAMES, Memory, bucket, draw

PART = 1000


@pytest.fixture
def store(made: tuple[Memory, TrainedModel]) -> Store:
    """Three objects were scored, each of which makes a part of its own."""
    found = store_of(made[0])
    for number in range(3):
        scored(found, made[1], draw(PART, number), name=f"{number}.csv")
    return found


def judged(store: Store, most: int) -> tuple[str, MonitorReport, str]:
    """Exit message, report and page, where so many rows are read at most."""
    policy = store.policy
    store.policy = replace(policy, watch=replace(policy.watch, most_requests=most))
    run = BatchRun(store, RUN)
    message = watch(RUN, run, small(in_turn), run.schedule)
    place = f"{bucket('reports')}{NAMES.batch_prefix}"
    page = next(uri for uri in store.objects if uri.startswith(place) and uri.endswith(PAGE))
    return message, MonitorReport.from_json(store.objects[f"{place}{LATEST}"]), store.objects[page].decode()


def test_what_was_not_read_as_a_whole_says_so(store: Store) -> None:
    message, report, page = judged(store, most=2 * PART)
    assert "only the first 2,000 rows of the window were read" in message
    assert (report.rows, report.partial) == (2 * PART, True)
    assert "Only the first 2,000 rows were read" in page


def test_what_was_read_as_a_whole_does_not(store: Store) -> None:
    message, report, page = judged(store, most=3 * PART)
    assert "only the first" not in message
    assert (report.rows, report.partial) == (3 * PART, False)
    assert "Only the first" not in page
