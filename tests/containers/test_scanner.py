"""The compiled reader of captured requests reads what the general one reads, bit by bit, and leaves all else to it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from containers.monitor.batch import Batch
from containers.monitor.capture import LARGE, Span, _Reader, batches
from containers.monitor.scanner import HELD, LEFT, scan
from core.contracts.capture import CapturedRequest, Payload

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
SPAN = Span(START, START + timedelta(hours=1), START + timedelta(minutes=10))
WIDTH = 3


def _line(
    data: str = "1,2,3", answer: str = "1,0.75", spaces: bool = False, minutes: float = 20, name: str | None = None
) -> bytes:
    request = CapturedRequest(
        str(uuid.uuid4()),
        START + timedelta(minutes=minutes),
        Payload(data, "CSV", "text/csv"),
        Payload(answer, "CSV", "text/csv; charset=utf-8"),
        name,
    )
    text = request.line() if spaces else json.dumps(json.loads(request.line()), separators=(",", ":"))
    return text.encode()


def _all(found: list[Batch]) -> tuple[object, ...]:
    """What the batches hold together, in an order of its own."""
    keys = np.concatenate([batch.keys for batch in found])
    order = np.argsort(keys)
    shape = found[0].shape
    for batch in found[1:]:
        shape += batch.shape
    columns = (
        keys,
        np.concatenate([batch.joins for batch in found]),
        np.concatenate([batch.cells.values for batch in found]),
        np.concatenate([batch.answers for batch in found]),
    )
    return shape, *(column[order].tobytes() for column in columns)


def _general(block: bytes, most: int = 1000) -> tuple[object, ...]:
    reader = _Reader(SPAN, WIDTH, most)
    return _all([*reader.parsed(block.split(b"\n")), reader.rest()])


def _compiled(block: bytes, most: int = 1000) -> tuple[object, ...]:
    reader = _Reader(SPAN, WIDTH, most)
    return _all([*reader.scanned([block]), reader.rest()])


def _read(block: bytes) -> tuple[int, list[bytes]]:
    """How many lines were read, and those that were left."""
    parts = list(scan([block], WIDTH))
    return sum(len(part.at) for part in parts), [line for part in parts for line in part.others]


@pytest.mark.parametrize(
    "line",
    [
        _line(),
        _line(spaces=True),
        _line("1e-7,-0.0,+3", "0,1"),
        _line(",,"),
        _line("1,2,3\n4,5,6", "1,0.75\n0,0.125"),
        _line("1,2,3\n", "1,0.75\n"),
        _line("0.30000000000000004,-1234567.8901234567,.5", "1,0.7310585786300049"),
        _line(name="my own id"),
        _line().replace(b"Z", b".123456Z"),
        _line() + b"\r\n",
    ],
    ids=range(10),
)
def test_lines_of_the_documented_form_are_read(line: bytes) -> None:
    assert _read(line) == (1, [])
    assert _compiled(line) == _general(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"not json",
        _line("1,2"),
        _line("1,2,3,4"),
        _line("1,2,x"),
        _line("1,2,nan"),
        _line("1,2,1e39"),
        _line("1,2," + "9" * 400),
        _line("1,2,0x1p3"),
        _line("1, 2,3"),
        _line("1,2,3\r\n"),
        _line(""),
        _line(answer="1"),
        _line(answer="1,1.5"),
        _line(answer="1,0.5\n1,0.5"),
        _line(name="\u00e9"),
        _line(name='"'),
        _line().replace(b"2026-11-20", b"2026-02-30"),
        _line().replace(b"Z", b"+00:00"),
        _line().replace(b'"CSV"', b'"JSON"', 1),
        _line().replace(b'"mode"', b'"more"', 1),
        _line().replace(b'"eventVersion"', b'"version"'),
        _line()[:-1],
        _line() + b"x",
        _line().replace(b'"eventId"', b'"inferenceId"'),
    ],
    ids=range(26),
)
def test_every_other_line_is_left_to_the_general_reader(line: bytes) -> None:
    assert _read(line) == (0, [line] if line else [])
    assert _compiled(line) == _general(line)


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**25), 10**25).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-1000, max_value=1000).map(str),
    st.from_regex(r"[+-]?([0-9]{0,25}\.?[0-9]{0,25})([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["", "nan", "-", ".", "1.", ".1", "00012", "1e5", "0.1", "16777217", "9007199254740993"]),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=4), NUMBERS)
def test_numbers_are_read_as_exactly_as_by_python(rows: list[tuple[str, str, str]], answer: str) -> None:
    line = _line("\n".join(map(",".join, rows)), "\n".join(f"1,{answer}" for _ in rows))
    assert _compiled(line) == _general(line)


@settings(deadline=None, max_examples=500)
@given(st.data())
@example(None)
def test_a_damaged_line_is_never_guessed(data: st.DataObject | None) -> None:
    line = bytearray(_line("1.5,2,-3e2", name="id"))
    if data is not None:
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(line) - 1))
            match data.draw(st.sampled_from(["replace", "insert", "delete", "cut"])):
                case "replace":
                    line[at] = data.draw(st.integers(0, 255))
                case "insert":
                    line.insert(at, data.draw(st.sampled_from(b'",:{}\\ \n\t0eE.-+\x00\xff')))
                case "delete" if len(line) > 1:
                    del line[at]
                case "cut":
                    del line[at + 1 :]
    block = b"\n".join((_line(), bytes(line), _line("4,5,6")))
    assert _compiled(block) == _general(block)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from([_line("1,2,3"), _line("7,8,9", spaces=True), b"junk", b"", _line("1,2")]), max_size=40)
)
def test_blocks_may_mix_all_of_it(lines: list[bytes]) -> None:
    block = b"\n".join(lines)
    assert _compiled(block) == _general(block)


def test_requests_outside_the_window_or_before_the_release_count_as_in_the_general_reader() -> None:
    block = b"\n".join(_line(f"{minute},0,0", minutes=minute) for minute in (-1, 0, 5, 10, 59.99, 60))
    assert _compiled(block) == _general(block)
    assert _compiled(block)[0].rows == 4  # type: ignore[attr-defined]


def test_requests_of_another_time_than_the_hours_that_are_read_are_counted_as_unreadable() -> None:
    block = b"\n".join(_line(f"{minutes},0,0", minutes=minutes) for minutes in (-1440, -6, -4, 5, 64, 66, 5000))
    assert _compiled(block) == _general(block)
    shape = _compiled(block)[0]
    assert (shape.rows, shape.unreadable) == (1, 4)  # type: ignore[attr-defined]


def test_parts_hold_no_more_than_they_may_whatever_the_size_of_a_request() -> None:
    lines = [_line("\n".join(["1,2,3"] * rows), "\n".join(["1,0.5"] * rows)) for rows in (1, 5, 7, 1, 9, 2, 8)]
    parts = list(scan([b"\n".join(lines[:3]) + b"\n", b"\n".join(lines[3:])], WIDTH, most=8))
    assert [len(part.values) for part in parts] == [6, 8, 2, 8]
    assert [len(part.at) for part in parts] == [2, 2, 1, 1]
    assert [line for part in parts for line in part.others] == [lines[4]]


def test_a_part_goes_over_the_ends_of_blocks_and_reads_the_same() -> None:
    lines = [_line(f"{at},2,3", name=str(at)) for at in range(40)] + [b"junk"] * 3 + [_line("1,2")]
    lines = [lines[at * 7 % len(lines)] for at in range(len(lines))]
    whole = b"\n".join(lines)
    blocks = [b"\n".join(lines[at : at + 5]) + b"\n" for at in range(0, len(lines), 5)]
    assert [len(part.at) for part in scan(blocks, WIDTH)] == [40]
    reader = _Reader(SPAN, WIDTH, 1000)
    assert _all([*reader.scanned(blocks), reader.rest()]) == _general(whole)


def test_many_lines_that_are_left_do_not_wait_in_memory() -> None:
    lines = [b"x" * (HELD // 4)] * 9 + [_line()] + [b"y"] * (2 * LEFT + 5)
    parts = list(scan([b"\n".join(lines)], WIDTH))
    assert sum(len(part.at) for part in parts) == 1
    assert [line for part in parts for line in part.others] == lines[:9] + lines[10:]
    parts = list(scan((line + b"\n" for line in lines), WIDTH))
    assert max(sum(map(len, part.others)) for part in parts) <= 2 * HELD
    assert [line for part in parts for line in part.others] == lines[:9] + lines[10:]


def test_no_more_requests_are_read_than_may_be() -> None:
    block = b"\n".join(_line(minutes=20) for _ in range(10))
    reader = _Reader(SPAN, WIDTH, 4)
    found = [*reader.scanned([block]), reader.rest()]
    assert sum(len(batch.keys) for batch in found) == 4
    assert found[-1].shape.partial


def test_a_large_window_is_scanned_and_a_small_one_is_not() -> None:
    lines = [_line() for _ in range(2 * LARGE // len(_line()))]
    found = list(batches([b"\n".join(lines[:9]), b"\n".join(lines[9:]) + b"\n"], SPAN, WIDTH))
    assert len(found[0].keys) == len(lines)  # read together, at once
    small = list(batches([b"\n".join(lines[:9])], SPAN, WIDTH))
    assert sum(len(batch.keys) for batch in small) == 9
