"""Groups of rows by one feature: known values, others, and what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from core.statistics.groups import MISSING, OTHER, Groups

BY_CATEGORY = Groups(("1", "2", OTHER, MISSING))
BY_MEDIAN = Groups(("<= 5", "> 5", OTHER, MISSING), 5.0)
VALUES = np.array([1.0, np.nan, np.nan, 9.0])
WORDS = np.array([False, True, False, False])


def named(groups: Groups, words: np.ndarray | None = None) -> list[str]:
    return [groups.names[code] for code in groups.codes(VALUES, words)]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [(BY_CATEGORY, ["1", OTHER, MISSING, OTHER]), (BY_MEDIAN, ["<= 5", OTHER, MISSING, "> 5"])],
)
def test_a_cell_that_holds_a_text_is_another_value_and_no_missing_one(groups: Groups, expected: list[str]) -> None:
    assert named(groups, WORDS) == expected


def test_without_texts_what_holds_no_number_is_missing() -> None:
    assert named(BY_CATEGORY) == ["1", MISSING, MISSING, OTHER]
