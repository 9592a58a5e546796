"""The tables and examples of the user guide's "Configuring how CloudWatch alarms treat missing data"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloudwatch.missing_data import state

MEANING = {"0": False, "X": True, "-": None}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
NO_DATA = "INSUFFICIENT_DATA"
KEPT = None


def points(text: str) -> list[bool | None]:
    return [MEANING[letter] for letter in text.split()]


@pytest.mark.parametrize(
    ("to_alarm", "text", "expected"),
    [
        (3, "0 - X - X", ("OK", "OK", "OK", "OK")),
        (3, "0 - - - -", ("OK", "OK", "OK", "OK")),
        (3, "- - - - -", (NO_DATA, KEPT, "ALARM", "OK")),
        (3, "0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (3, "- - X - -", ("ALARM", KEPT, "ALARM", "OK")),
        (2, "0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "0 - X - -", ("OK", "OK", "ALARM", "OK")),
        (2, "- - - - 0", ("OK", "OK", "ALARM", "OK")),
        (2, "- - - X -", ("ALARM", KEPT, "ALARM", "OK")),
    ],
)
def test_the_guides_tables_hold(to_alarm: int, text: str, expected: tuple[str | None, ...]) -> None:
    found = tuple(state(points(text), needed=3, to_alarm=to_alarm, treat=treat) for treat in TREATMENTS)
    assert found == expected


@pytest.mark.parametrize("text", ["- - - - X", "- - - X -"])
def test_a_young_breach_alone_does_not_raise_the_alarm_early(text: str) -> None:
    assert state(points(text), needed=3, to_alarm=3, treat="missing") == NO_DATA


ranges = st.lists(st.sampled_from([True, False, None]), min_size=3, max_size=12)
alarms = st.tuples(st.integers(1, 10), st.integers(1, 10)).map(lambda pair: (max(pair), min(pair)))
treatments = st.sampled_from(TREATMENTS)


@given(st.lists(st.booleans(), min_size=10, max_size=12), alarms, treatments)
def test_without_gaps_the_newest_points_decide_and_the_treatment_does_not(
    range_: list[bool], alarm: tuple[int, int], treat: str
) -> None:
    needed, to_alarm = alarm
    expected = "ALARM" if sum(range_[-needed:]) >= to_alarm else "OK"
    assert state(range_, needed, to_alarm, treat) == expected  # type: ignore[arg-type]


@given(ranges, alarms)
def test_missing_data_that_breaches_never_gives_a_calmer_state_than_missing_data_that_does_not(
    range_: list[bool | None], alarm: tuple[int, int]
) -> None:
    calm, strict = (state(range_, *alarm, treat=treat) for treat in ("notBreaching", "breaching"))
    assert not (calm == "ALARM" and strict == "OK")


@given(ranges, alarms)
def test_only_ignoring_keeps_the_state_and_only_missing_lacks_data(
    range_: list[bool | None], alarm: tuple[int, int]
) -> None:
    assert all(state(range_, *alarm, treat=treat) is not None for treat in ("missing", "breaching", "notBreaching"))
    assert all(state(range_, *alarm, treat=treat) != NO_DATA for treat in ("ignore", "breaching", "notBreaching"))
