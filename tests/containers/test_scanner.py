"""The compiled reader of captured requests reads what the general one reads, bit by bit, and leaves all else to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from containers.monitor.capture import LARGE, _Reader, batches
from containers.monitor.scanner import HELD, LEFT, scan
from containers.monitor.seen import Seen
from core.statistics.keys import hashed
from tests.containers.scanning import SPAN, WIDTH, captured, compiled, everything, general


def _read(block: bytes) -> tuple[int, list[bytes]]:
    """How many lines were read, and those that were left."""
    parts = list(scan([block], WIDTH))
    return sum(len(part.at) for part in parts), [line for part in parts for line in part.others]


@pytest.mark.parametrize(
    "line",
    [
        captured(),
        captured(spaces=True),
        captured("1e-7,-0.0,+3", "0,1"),
        captured(",,"),
        captured("1,2,3\n4,5,6", "1,0.75\n0,0.125"),
        captured("1,2,3\n", "1,0.75\n"),
        captured("0.30000000000000004,-1234567.8901234567,.5", "1,0.7310585786300049"),
        captured(name="my own id"),
        captured().replace(b"Z", b".123456Z"),
        captured() + b"\r\n",
    ],
    ids=range(10),
)
def test_lines_of_the_documented_form_are_read(line: bytes) -> None:
    assert _read(line) == (1, [])
    assert compiled(line) == general(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"not json",
        b"\r\r",
        b"{}\r",
        captured("1,2"),
        captured("1,2,3,4"),
        captured("1,2,x"),
        captured("1,2,nan"),
        captured("1,2,1e39"),
        captured("1,2," + "9" * 400),
        captured("1,2,0x1p3"),
        captured("1, 2,3"),
        captured("1,2,3\r\n"),
        captured(""),
        captured(answer="1"),
        captured(answer="1,1.5"),
        captured(answer="1,0.5\n1,0.5"),
        captured(name="\u00e9"),
        captured(name='"'),
        captured().replace(b"2026-11-20", b"2026-02-30"),
        captured().replace(b"Z", b"+00:00"),
        captured().replace(b'"CSV"', b'"JSON"', 1),
        captured().replace(b'"mode"', b'"more"', 1),
        captured().replace(b'"eventVersion"', b'"version"'),
        captured()[:-1],
        captured() + b"x",
        captured().replace(b'"eventId"', b'"inferenceId"'),
    ],
    ids=range(28),
)
def test_every_other_line_is_left_to_the_general_reader(line: bytes) -> None:
    assert _read(line) == (0, [line] if line else [])
    assert compiled(line) == general(line)


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
    line = captured("\n".join(map(",".join, rows)), "\n".join(f"1,{answer}" for _ in rows))
    assert compiled(line) == general(line)


@settings(deadline=None, max_examples=500)
@given(st.data())
@example(None)
def test_a_damaged_line_is_never_guessed(data: st.DataObject | None) -> None:
    line = bytearray(captured("1.5,2,-3e2", name="id"))
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
    block = b"\n".join((captured(), bytes(line), captured("4,5,6")))
    assert compiled(block) == general(block)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.sampled_from([captured("1,2,3"), captured("7,8,9", spaces=True), b"junk", b"", captured("1,2")]), max_size=40
    )
)
def test_blocks_may_mix_all_of_it(lines: list[bytes]) -> None:
    block = b"\n".join(lines)
    assert compiled(block) == general(block)


EVENTS = st.sampled_from(["one", "two", "three", "four"])
FORMS = st.sampled_from([(b"", b""), (b"Z", b"+00:00"), (b'"CSV"', b'"csv"'), (b"2,", b"2_,"), (b"T09:20", b"T07:20")])
"""As they are, in forms that the general reader takes, and of another time."""


def requests_of_one_id(contents: list[tuple[str, tuple[bytes, bytes]]]) -> list[bytes]:
    """Each line has values of its own."""
    return [captured(f"{at},2,3", event=event).replace(*form) for at, (event, form) in enumerate(contents)]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(EVENTS, FORMS), max_size=30))
@example([("one", (b"Z", b"+00:00")), ("one", (b"", b""))])
@example([("one", (b"", b"")), ("one", (b"Z", b"+00:00")), ("one", (b"", b""))])
def test_of_requests_with_the_same_id_the_first_counts_whatever_the_form_of_its_line(
    contents: list[tuple[str, tuple[bytes, bytes]]],
) -> None:
    lines = requests_of_one_id(contents)
    assert compiled(b"\n".join(lines)) == general(b"\n".join(lines))


def test_requests_that_are_left_out_for_their_id_are_counted() -> None:
    as_it_is, general_form, of_another_hour = (b"", b""), (b"Z", b"+00:00"), (b"T09:20", b"T07:20")
    contents = [("one", as_it_is), ("one", general_form), ("two", general_form), ("two", as_it_is), ("one", as_it_is)]
    block = b"\n".join(requests_of_one_id([*contents, ("one", of_another_hour)]))
    for found in (compiled(block), general(block)):
        shape = found[0]
        assert (shape.rows, shape.requests, shape.repeated) == (2, 2, 3)  # type: ignore[attr-defined]
    keys = hashed(["one", "two"])
    reader = _Reader(SPAN, WIDTH, 1000, Seen([np.sort(keys)]))  # both count in another part of the window
    shapes = [batch.shape for batch in (*reader.scanned([block]), reader.rest())]
    assert sum(shape.repeated for shape in shapes) == 5
    assert sum(shape.rows for shape in shapes) == 0


def test_the_first_of_an_id_counts_over_the_ends_of_parts_as_well() -> None:
    others, plain = captured("1,2,3", event="one").replace(b"Z", b"+00:00"), captured("4,5,6", event="one")
    more = [captured(f"{at},0,0") for at in range(5)]
    for lines in ([others, *more, plain], [plain, *more, others], [*more, others, plain, *more]):
        reader = _Reader(SPAN, WIDTH, 1000)
        found = everything([*reader.scanned([line + b"\n" for line in lines]), reader.rest()])
        assert found == general(b"\n".join(lines))


def test_a_line_that_was_not_read_knows_how_many_requests_stand_before_it() -> None:
    lines = [b"junk", captured(), b"", captured(), b"more", b"and more", captured(), b"end"]
    (part,) = scan([b"\n".join(lines)], WIDTH)
    assert list(zip(part.others, part.turns, strict=True)) == [
        (b"junk", 0),
        (b"more", 2),
        (b"and more", 2),
        (b"end", 3),
    ]


def test_requests_outside_the_window_or_before_the_release_count_as_in_the_general_reader() -> None:
    block = b"\n".join(captured(f"{minute},0,0", minutes=minute) for minute in (-1, 0, 5, 10, 59.99, 60))
    assert compiled(block) == general(block)
    assert compiled(block)[0].rows == 4  # type: ignore[attr-defined]


def test_requests_of_another_time_than_the_hours_that_are_read_are_counted_as_unreadable() -> None:
    block = b"\n".join(captured(f"{minutes},0,0", minutes=minutes) for minutes in (-1440, -6, -4, 5, 64, 66, 5000))
    assert compiled(block) == general(block)
    shape = compiled(block)[0]
    assert (shape.rows, shape.unreadable) == (1, 4)  # type: ignore[attr-defined]


def test_parts_hold_no_more_than_they_may_whatever_the_size_of_a_request() -> None:
    lines = [captured("\n".join(["1,2,3"] * rows), "\n".join(["1,0.5"] * rows)) for rows in (1, 5, 7, 1, 9, 2, 8)]
    parts = list(scan([b"\n".join(lines[:3]) + b"\n", b"\n".join(lines[3:])], WIDTH, most=8))
    assert [len(part.values) for part in parts] == [6, 8, 2, 8]
    assert [len(part.at) for part in parts] == [2, 2, 1, 1]
    assert [line for part in parts for line in part.others] == [lines[4]]


def test_a_part_goes_over_the_ends_of_blocks_and_reads_the_same() -> None:
    lines = [captured(f"{at},2,3", name=str(at)) for at in range(40)] + [b"junk"] * 3 + [captured("1,2")]
    lines = [lines[at * 7 % len(lines)] for at in range(len(lines))]
    whole = b"\n".join(lines)
    blocks = [b"\n".join(lines[at : at + 5]) + b"\n" for at in range(0, len(lines), 5)]
    assert [len(part.at) for part in scan(blocks, WIDTH)] == [40]
    reader = _Reader(SPAN, WIDTH, 1000)
    assert everything([*reader.scanned(blocks), reader.rest()]) == general(whole)


def test_many_lines_that_are_left_do_not_wait_in_memory() -> None:
    lines = [b"x" * (HELD // 4)] * 9 + [captured()] + [b"y"] * (2 * LEFT + 5)
    parts = list(scan([b"\n".join(lines)], WIDTH))
    assert sum(len(part.at) for part in parts) == 1
    assert [line for part in parts for line in part.others] == lines[:9] + lines[10:]
    parts = list(scan((line + b"\n" for line in lines), WIDTH))
    assert max(sum(map(len, part.others)) for part in parts) <= 2 * HELD
    assert [line for part in parts for line in part.others] == lines[:9] + lines[10:]


def test_no_more_requests_are_read_than_may_be() -> None:
    block = b"\n".join(captured(minutes=20) for _ in range(10))
    reader = _Reader(SPAN, WIDTH, 4)
    found = [*reader.scanned([block]), reader.rest()]
    assert sum(len(batch.keys) for batch in found) == 4
    assert found[-1].shape.partial


def test_a_large_window_is_scanned_and_a_small_one_is_not() -> None:
    lines = [captured() for _ in range(2 * LARGE // len(captured()))]
    found = list(batches([b"\n".join(lines[:9]), b"\n".join(lines[9:]) + b"\n"], SPAN, WIDTH))
    assert len(found[0].keys) == len(lines)  # read together, at once
    small = list(batches([b"\n".join(lines[:9])], SPAN, WIDTH))
    assert sum(len(batch.keys) for batch in small) == 9
