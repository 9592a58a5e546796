"""One definition, several engines: what the monitor leaves is the same, byte for byte, whichever of them reads."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from containers.model import TrainedModel
from containers.monitor.job import watch
from containers.monitor.parts import Engine, Part, Reader, in_turn, parts
from containers.monitor.window import Window
from containers.spark.session import spark
from core.contracts.capture import Payload
from core.contracts.fairness import Fairness
from core.contracts.reports import MonitorReport
from tests.containers.apart import apart
from tests.containers.world import END, JOB, SIGNATURE, Memory, capture, captured, draw, label, labels, released

SPARK = Path(__file__).parents[2] / "build" / "spark"
"""Where `make spark` installs it."""
ROWS = 600


def small(engine: Engine) -> Engine:
    """The engine over parts of a few files, as if each file were large."""

    def cut(whole: Sequence[Part], read: Reader) -> Window:
        return engine(parts((file for part in whole for file in part.files), 40_000), read)

    return cut


@contextmanager
def local_spark() -> Iterator[Engine]:
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or 21: there is no `java` here")
    sys.path.append(str(SPARK))
    try:
        if importlib.util.find_spec("pyspark") is None:
            pytest.skip("pyspark is not installed here: `make spark`")
        with spark("local[2]", {"spark.driver.memory": "512m"}) as engine:
            yield engine
    finally:
        sys.path.remove(str(SPARK))


@pytest.fixture(scope="module", params=["apart", pytest.param("spark", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "apart":
        yield small(apart(1))
        return
    with local_spark() as found:
        yield small(found)


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released(1000)


@pytest.fixture
def memory(world: tuple[Memory, TrainedModel]) -> Memory:
    """A window of eight files with all labels, of which nothing was monitored yet."""
    memory = replace(world[0], objects=dict(world[0].objects), published=[])
    rows = draw(ROWS, 7)
    requests = captured(world[1], rows)
    label(memory, [one.line() for one in labels(requests, rows)])
    for at in range(0, ROWS, ROWS // 8):
        capture(memory, [one.line() for one in requests[at : at + ROWS // 8]], name=f"{at:04d}")
    return memory


def left(memory: Memory, engine: Engine) -> tuple[str, dict[str, bytes], list[object]]:
    """Exit message, files and metrics of a run."""
    run = replace(memory, objects=dict(memory.objects), published=[])
    message = watch(JOB, run, engine)
    return message, {key: run.objects[key] for key in run.objects if key not in memory.objects}, run.published


def test_a_window_reads_the_same(memory: Memory, engine: Engine) -> None:
    found = left(memory, engine)
    assert found == left(memory, small(in_turn))
    assert f"{ROWS} rows, {ROWS} labels" in found[0]


def test_requests_that_lie_in_several_files_count_once(
    memory: Memory, engine: Engine, world: tuple[Memory, TrainedModel]
) -> None:
    again = [one.line() for one in captured(world[1], draw(ROWS, 7))[50:400]]
    capture(memory, again[::-1], name="0001")
    capture(memory, again, name="zzzz")
    found = left(memory, engine)
    assert found == left(memory, small(in_turn))
    assert f"{ROWS} rows, {ROWS} labels, 0 unreadable" in found[0]


def test_damaged_files_texts_and_requests_of_many_rows_read_the_same(
    memory: Memory, engine: Engine, world: tuple[Memory, TrainedModel]
) -> None:
    fresh = captured(world[1], draw(90, 8), END - timedelta(minutes=59))
    fresh = [replace(one, event_id=f"{one.event_id}-fresh") for one in fresh]
    lines = [one.line() for one in fresh]
    capture(memory, [*lines[:60], lines[60][:80], "", "{}", '"'], name="0200")
    wide = replace(
        fresh[70],
        request=Payload("1,west,,2\n" * 30, "CSV", "text/csv"),
        response=Payload("1,0.9\n" * 30, "CSV", "text/csv"),
    )
    narrow = replace(fresh[80], request=Payload("1,2", "CSV", "text/csv"))
    capture(memory, [wide.line(), narrow.line()], name="0310")
    found = left(memory, engine)
    assert found == left(memory, small(in_turn))
    assert f"{ROWS + 60 + 30} rows, {ROWS} labels, 3 unreadable" in found[0]


def test_a_window_without_a_request_reads_the_same(world: tuple[Memory, TrainedModel], engine: Engine) -> None:
    empty = replace(world[0], objects=dict(world[0].objects))
    assert left(empty, engine) == left(empty, small(in_turn))


def test_drift_is_found_by_whoever_reads(memory: Memory, engine: Engine, world: tuple[Memory, TrainedModel]) -> None:
    moved = draw(ROWS, 10, lambda values: values.__setitem__((slice(None), 0), values[:, 0] + 3))
    requests = captured(world[1], moved, END - timedelta(minutes=59))
    capture(memory, [replace(one, event_id=f"{one.event_id}-moved").line() for one in requests], name="moved")
    found = left(memory, engine)
    assert found == left(memory, small(in_turn))
    assert "x1 baseline_drift_check" in found[0]


def test_numbers_far_out_and_requests_of_other_hours_are_counted_by_whoever_reads(
    memory: Memory, engine: Engine, world: tuple[Memory, TrainedModel]
) -> None:
    far = draw(60, 11, lambda values: values.__setitem__((slice(None), 2), values[:, 2] * 1000))
    fresh = captured(world[1], far)
    for number, start in enumerate(range(0, 60, 20)):
        some = [replace(one, event_id=f"{one.event_id}-far") for one in fresh[start : start + 20]]
        late = [replace(one, event_id=f"{one.event_id}-late", at=END - timedelta(minutes=62)) for one in some * 2]
        capture(memory, [one.line() for one in (*some, *late)], name=f"{number}far")
    found = left(memory, engine)
    assert found == left(memory, small(in_turn))
    assert "x3 outlier_check" in found[0]
    assert "(request) timeliness_check" in found[0]
    (report,) = (content for key, content in found[1].items() if key.endswith("latest.json"))
    told = MonitorReport.from_json(report)
    assert told.data_quality is not None
    assert told.data_quality.misplaced == 120 / (ROWS + 60 + 120)
    assert [one.share for one in told.outliers if one.column == "x3"] == [60 / (ROWS + 60)]


def test_labels_for_an_id_that_requests_of_several_files_bear_are_left_out_by_whoever_reads(
    memory: Memory, engine: Engine, world: tuple[Memory, TrainedModel]
) -> None:
    rows = draw(ROWS, 7)
    again = [
        replace(one, event_id=f"{one.event_id}-again", inference_id=one.event_id) for one in captured(world[1], rows)
    ]
    capture(memory, [one.line() for one in again[:40]], name="0001")
    capture(memory, [one.line() for one in again[20:60]], name="zzzz")
    found = left(memory, engine)
    assert found == left(memory, small(in_turn))
    assert f"{ROWS + 60} rows, {ROWS - 60} labels" in found[0]
    assert "60 lines of labels for ids that several requests bear" in found[0]


def test_groups_of_several_features_at_once_are_counted_the_same(engine: Engine) -> None:
    signature, asked = replace(SIGNATURE, sensitive=("kind", "x3")), Fairness((("kind", "x3"),), "x2")
    memory, model = released(1000, signature, asked)
    rows = draw(ROWS, 11)
    requests = captured(model, rows)
    label(memory, [one.line() for one in labels(requests, rows)])
    for at in range(0, ROWS, ROWS // 8):
        capture(memory, [one.line() for one in requests[at : at + ROWS // 8]], name=f"{at:04d}")
    found = left(memory, engine)
    assert found == left(memory, small(in_turn))
    (analysis,) = (content for key, content in found[1].items() if key.endswith("analysis.json"))
    assert b'"kind x x3"' in analysis
