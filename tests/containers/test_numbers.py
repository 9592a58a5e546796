"""One number in a cell: what the server takes is what the monitor reads, the quick way and the plain one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.given import read_request
from containers.monitor.capture import _Reader
from containers.monitor.cells import from_csv, from_json
from containers.monitor.payloads import Unreadable, answers
from containers.numbers import BEYOND, LARGEST, number
from containers.payload import CSV, JSON, BadBody, read_rows
from core.contracts.capture import Payload
from core.contracts.problem import Target
from core.contracts.signature import Feature, Signature
from tests.containers.scanning import SPAN, captured, everything

FLT_MAX = float(np.finfo(np.float32).max)
BETWEEN = [
    "3.4028234663852886e38",
    "3.4028235e38",
    "34028234663852886e22",
    "34028235e31",
    "3.40282356e38",
    "340282350000000000e21",
    "34028235677973366e22",
    "3.4028236e38",
    "-3.4028235e38",
]
REGRESSION = Target("regression", 0)


def served(text: str) -> float | None:
    """None where the server refuses the request."""
    try:
        return float(read_rows(text.encode(), CSV, 1)[0, 0])
    except BadBody:
        return None


def watched(text: str) -> float | None:
    cells = from_csv([text], 1)
    return None if cells.texts else float(cells.values[0, 0])


def test_the_largest_number_of_32_bits_is_served_however_it_is_written() -> None:
    for text in ("3.4028234663852886e38", repr(np.finfo(np.float32).max.item()), "3.4028235e+38"):
        assert np.float32(served(text)) == np.float32(FLT_MAX)
        assert np.float32(read_rows(f'{{"instances": [[{text}]]}}'.encode(), JSON, 1)[0, 0]) == np.float32(FLT_MAX)
        kinds = Signature((Feature("n", "numeric"), Feature("t", "text")), "y")
        assert np.float32(read_request(f"{text},hello".encode(), CSV, kinds)[0, 0]) == np.float32(FLT_MAX)


@given(st.sampled_from(BETWEEN) | st.floats(3.402823e38, 3.402824e38).map(repr))
def test_the_server_takes_what_the_monitor_reads_as_a_number(text: str) -> None:
    found, read = served(text), watched(text)
    assert (found is None) == (read is None)
    assert found is None or np.float32(found) == np.float32(read)
    assert from_json([[float(text)]], 1).texts == ({} if read is not None else {0: [str(float(text))]})


def test_the_largest_number_is_the_last_that_32_bits_can_hold() -> None:
    assert math.nextafter(LARGEST, math.inf) == BEYOND
    with np.errstate(over="ignore"):
        assert (np.float32(LARGEST), np.float32(BEYOND)) == (np.float32(FLT_MAX), np.inf)


@pytest.mark.parametrize("text", BETWEEN)
def test_scores_near_the_largest_number_are_read_the_same_by_both_readers(text: str) -> None:
    line = captured("1", text)
    plain, quick = (_Reader(SPAN, 1, 10, target=REGRESSION) for _ in range(2))
    found = everything([*quick.scanned([line]), quick.rest()])
    assert found == everything([*plain.parsed([line]), plain.rest()])
    assert found[0].unanswered == (abs(float(text)) > LARGEST)  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["\u0663", "\uff11", "1\u0660", "1e\u0661", "\u0967.5"])
def test_digits_of_other_scripts_are_text_to_the_server_and_the_monitor(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        number(text)
    assert served(text) is None
    assert watched(text) is None


@pytest.mark.parametrize("answer", ["1,0.9_9", "1,0._9", "1,\u0660.5", "1,0x1"])
def test_an_answer_that_is_no_number_is_not_read_as_one(answer: str) -> None:
    with pytest.raises(Unreadable):
        answers(Payload(answer, "CSV", CSV), Target())
    with pytest.raises(Unreadable):
        answers(Payload(answer.partition(",")[2], "CSV", CSV), REGRESSION)
    with pytest.raises(Unreadable):
        answers(Payload(answer + ",0.5,0", "CSV", CSV), Target("multiclass", 3))


def test_answers_with_blanks_around_them_are_read_as_cells_of_requests_are() -> None:
    assert answers(Payload("1, 0.5\n0,0.25 ", "CSV", CSV), Target()) == [0.5, 0.25]
