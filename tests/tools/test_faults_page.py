"""The page about faults says what the tests show."""

from __future__ import annotations

from tools.faults import FAULTS
from tools.faults_page import PAGE, page, shown


def test_every_fault_is_shown_by_a_test() -> None:
    found = shown()
    assert [number for number in FAULTS if number not in found] == []
    assert list(FAULTS) == [f"F{number}" for number in range(1, 45)]


def test_the_page_about_faults_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"
