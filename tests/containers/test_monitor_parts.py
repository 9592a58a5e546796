"""A window that is read in parts, by whoever, in whatever order: the numbers of one reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from containers.monitor.capture import Span
from containers.monitor.parts import FAN, Known, Part, Reader, in_turn, parts, together
from containers.monitor.window import Reading
from core.contracts.policy import Freshness, Rule, WatchPolicy
from core.statistics.baseline import Baseline
from core.statistics.column import NumericColumn
from core.statistics.keys import hashed
from core.statistics.moments import Moments
from tests.containers.apart import apart
from tests.containers.world import END, captured, draw, released

HOUR = timedelta(hours=1)
REQUESTS = 60
JUNK = '{"captureData": {}}'


@dataclass(frozen=True)
class File:
    lines: tuple[str, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.lines))


def blocks(files: Sequence[File]) -> Iterator[bytes]:
    for file in files:
        yield "\n".join(file.lines).encode()


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Requests of different rows; some lack a value, some hold a text."""
    _, model = released(300)
    rows = draw(REQUESTS, 5)
    rows.values[::7, 1] = np.nan
    made = [one.line() for one in captured(model, rows)]
    assert len(set(made)) == REQUESTS
    made[3::11] = [line.replace("1.0\\", "west\\") for line in made[3::11]]
    return made


@pytest.fixture(scope="module")
def read() -> Reader:
    memory, _ = released(300)
    (text,) = (memory.objects[key] for key in memory.objects if key.endswith("baseline.json"))
    policy = WatchPolicy(
        rules=(Rule("x1", "<", "x2"), Rule("x3", ">", 5.0)), freshness=Freshness("x2", 1), segments=("x3",)
    )
    return Reader(
        Reading(Baseline.from_json(text), policy, 0.5, ("kind",)), Span(END - HOUR, END, END - HOUR / 2), blocks
    )


cuts = st.lists(st.lists(st.integers(-3, REQUESTS - 1), max_size=9), min_size=1, max_size=40)
"""Files, by the numbers of their lines; a negative one is a line that nobody can read. A request may lie in many."""


def filed(lines: list[str], cut: list[list[int]]) -> list[File]:
    return [File(tuple(lines[at] if at >= 0 else JUNK for at in numbers)) for numbers in cut]


def plain(value: Any, without: tuple[type, ...] = ()) -> Any:
    """Bit by bit, in a form that can be compared."""
    if isinstance(value, without):
        return None
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name), without) for field in fields(value)}
    if isinstance(value, dict):
        return {name: plain(one, without) for name, one in value.items()}
    return [plain(one, without) for one in value] if isinstance(value, tuple | list) else value


many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(cuts, st.integers(1, 3000), st.integers(0, 99))
def test_readers_apart_make_the_summary_of_one_reader_to_the_last_bit(
    lines: list[str], read: Reader, cut: list[list[int]], size: int, seed: int
) -> None:
    cut_in = parts(filed(lines, cut), size)
    assert plain(apart(seed)(cut_in, read)) == plain(in_turn(cut_in, read))


@many
@given(cuts, st.lists(st.integers(1, 12), min_size=40, max_size=40))
def test_however_files_are_cut_into_parts_everything_that_is_judged_stays_the_same(
    lines: list[str], read: Reader, cut: list[list[int]], lengths: list[int]
) -> None:
    files = filed(lines, cut)
    whole = in_turn([Part(0, tuple(files))], read)
    groups, at = [], 0
    for length in lengths:
        groups.append(Part(len(groups), tuple(files[at : at + length])))
        at += length
    found = in_turn([part for part in groups if part.files], read)
    assert plain(found, (Moments,)) == plain(whole, (Moments,))  # rounding may change a mean
    for name, column in whole.columns.items():
        if isinstance(column, NumericColumn):
            moments = found.columns[name].moments  # type: ignore[union-attr]
            for figure in fields(Moments):
                assert getattr(moments, figure.name) == pytest.approx(getattr(column.moments, figure.name), rel=1e-9)


@many
@given(cuts, st.integers(1, 3000))
def test_a_request_counts_once_wherever_it_lies(
    lines: list[str], read: Reader, cut: list[list[int]], size: int
) -> None:
    numbers = [at for file in cut for at in file]
    found = in_turn(parts(filed(lines, cut), size), read).shape
    assert found.rows == len({at for at in numbers if at >= 0})
    assert found.unreadable == sum(at < 0 for at in numbers)


def test_parts_are_cut_where_they_are_full_and_there_is_always_one() -> None:
    a, b, c = (File(("x" * size,)) for size in (5, 5, 20))
    assert parts([a, b, c, a], 10) == [Part(0, (a, b)), Part(1, (c,)), Part(2, (a,))]
    assert parts([], 10) == [Part(0, ())]


def test_a_window_without_a_file_is_an_empty_window(read: Reader) -> None:
    for engine in (in_turn, apart(0)):
        assert engine(parts([]), read).shape.rows == 0


def reading_at_most(requests: int, read: Reader) -> Reader:
    policy = replace(read.reading.policy, most_requests=requests)
    return replace(read, reading=replace(read.reading, policy=policy))


def test_more_requests_than_one_reader_reads_are_left_out_and_it_is_said(lines: list[str], read: Reader) -> None:
    cut_in = parts([File(tuple(lines[at : at + 10])) for at in range(0, REQUESTS, 10)], 1)
    some = in_turn(cut_in, reading_at_most(25, read))
    assert (some.shape.rows, some.shape.partial) == (30, True)
    exactly = in_turn(cut_in, reading_at_most(REQUESTS, read))
    assert (exactly.shape.rows, exactly.shape.partial) == (REQUESTS, False)


@given(st.integers(1, FAN**2 * 3))
@settings(max_examples=20)
def test_sums_keep_the_order_of_the_parts(count: int) -> None:
    assert together([(number,) for number in range(count)]) == tuple(range(count))


@given(st.lists(st.lists(st.text(max_size=2), max_size=20), max_size=30))
def test_known_keys_lie_in_few_runs_and_none_is_lost(groups: list[list[str]]) -> None:
    known, all_of_them = Known(), []
    for group in groups:
        keys = np.sort(hashed(group))
        known.add(keys)
        all_of_them += keys.tolist()
        assert all(np.all(run[1:] >= run[:-1]) for run in known.runs)
    assert sorted(key for run in known.runs for key in run.tolist()) == sorted(all_of_them)
    assert len(known.runs) <= 1 + np.log2(max(len(known), 1))
