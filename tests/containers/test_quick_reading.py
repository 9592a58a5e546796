"""The quick ways to take a captured request apart tell what the plain ones tell."""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from containers.derived import of_text
from containers.given import csv_rows
from containers.monitor.batch import join_keys, rows_of
from containers.monitor.cells import from_csv
from containers.monitor.given import from_given, given_rows
from containers.monitor.parsed import parsed
from containers.payload import BadBody
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.signature import Feature
from core.statistics.keys import numbered

CELLS = st.text(st.one_of(st.sampled_from(',\n\r"\0\x0b\x1c\u2028 a1'), st.characters(exclude_categories=["Cs"])))


def by_the_module(text: str) -> list[list[str]] | None:
    """None where it refuses the text."""
    try:
        return [cells or [""] for cells in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        return None


@settings(deadline=None, max_examples=500)
@given(CELLS)
@example("")
@example("\n")
@example("a,b\n\n,\n")
@example("a\n\n")
@example("x" * 140_000)
@example("1," * 70_000)
def test_cells_are_those_of_the_csv_module(text: str) -> None:
    try:
        found = list(csv_rows(text))
    except BadBody:
        found = None
    assert found == by_the_module(text)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
@example("e\u0301 \u00a0\u2003\n\x1c1.")
def test_symbols_are_characters_that_are_no_letters(text: str) -> None:
    seen = [character for character in text if not character.isspace()]
    letters = [character for character in seen if unicodedata.category(character)[0] in "LM"]
    if text:
        assert of_text(text)[2] == (1 - len(letters) / len(seen) if seen else 0.0)


def plainly(line: bytes) -> CapturedRequest | None:
    try:
        request = CapturedRequest.parse(line)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    ids = request.event_id, request.join_id
    return request if all(isinstance(one, str) and one for one in ids) and request.at.tzinfo is not None else None


SENT = Payload("1,\u2603", "CSV", "text/csv")
LINE = CapturedRequest("\u00e9v\u00e9nement", datetime(2026, 1, 1, tzinfo=UTC), SENT, None).line().encode()
ODD = (b"NaN", b'"\\ud800"', b"1e400", b"9" * 40, b"[" * 2000, b"\xff", b"\xef\xbb\xbf", b"\0", b"1,", b'{"a":1,"a":2}')


@settings(deadline=None, max_examples=500)
@given(st.integers(0, len(LINE)), st.integers(0, 3), st.one_of(st.sampled_from(ODD), st.binary(max_size=3)))
def test_a_line_is_read_as_by_the_contract_however_it_is_damaged(at: int, cut: int, put: bytes) -> None:
    line = LINE[:at] + put + LINE[at + cut :]
    assert parsed(line) == plainly(line)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_line_of_another_encoding_is_read_as_by_the_contract(encoding: str) -> None:
    line = LINE.decode().encode(encoding)
    assert parsed(line) == plainly(line) == plainly(LINE)


def test_members_that_hold_what_only_json_takes_do_not_keep_a_line_from_being_read() -> None:
    line = LINE.replace(b'"eventVersion": "0"', b'"eventVersion": NaN')
    assert line != LINE
    assert parsed(line) == plainly(LINE)


@given(st.lists(st.integers(1, 5), max_size=6))
def test_rows_have_the_keys_of_their_request_and_position(counts: list[int]) -> None:
    events = np.arange(len(counts), dtype=np.uint64)
    rows = rows_of(np.array(counts, np.int64))
    keys = [int(numbered(events[at : at + 1], place)[0]) for at, count in enumerate(counts) for place in range(count)]
    joins = [int(key) for at, count in enumerate(counts) for key in join_keys(events[at], count)]
    assert rows.keys(events).tolist() == keys
    assert rows.joins(events).tolist() == joins
    assert [join_keys(event, 1).tolist() for event in events] == [[int(event)] for event in events]


NUMBERS = st.one_of(
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["", "nan", "+1", "-0", "1.", ".5", "01", "1e39", "3.4028236e38", "9" * 40, " 1", "x", "1-2"]),
    st.integers(-(10**25), 10**25).map(str),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(NUMBERS, min_size=3, max_size=3))
def test_numbers_of_a_vector_in_cells_of_their_own_are_read_as_each_alone(cells: list[str]) -> None:
    features = (Feature("v", "embedding", 3),)
    apart = given_rows(Payload(",".join(cells), "CSV", "text/csv"), features)
    found, alone = from_given(apart.rows, features), from_csv(["x," + ",".join(cells)], 4)  # cell by cell
    assert found.values.tobytes() == alone.values[:, 1:].tobytes()
    assert found.texts == {column - 1: texts for column, texts in alone.texts.items() if column}
