"""How long an hour of the demonstration lasts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from demo.pace import LONGEST_HOUR_S, Pace


@dataclass
class Clocked:
    hour_seconds: float = 4.0

    def pace(self, hour_seconds: float) -> None:
        self.hour_seconds = hour_seconds


@dataclass
class Seen:
    aws: Clocked = field(default_factory=Clocked)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace(self.aws, needed=400, tell=self.told.append)

    def ask(self, per_second: int, seconds: int, since: int = 0) -> None:
        """As many answers a second, from one second on."""
        for second in range(seconds + 1):
            self.pace.counted(since + second, per_second * second)


@pytest.mark.parametrize(("factor", "lasts"), [(0.5, 4), (1.4, 4), (2, 8), (7, 28), (100, LONGEST_HOUR_S)])
def test_a_slow_deployment_makes_hours_longer_and_a_quick_one_not_shorter(factor: float, lasts: float) -> None:
    seen = Seen()
    seen.pace.deployed(factor)
    assert seen.aws.hour_seconds == lasts
    assert bool(seen.told) is (lasts != 4)


def test_an_hour_with_enough_answers_stays_as_it_is() -> None:
    seen = Seen()
    seen.ask(per_second=100, seconds=60)
    assert (seen.aws.hour_seconds, seen.told) == (4, [])


def test_hours_get_longer_until_enough_answers_fall_into_one() -> None:
    seen = Seen()
    seen.ask(per_second=20, seconds=120)
    assert 400 <= 20 * seen.aws.hour_seconds <= 1.3 * 400
    assert seen.told


def test_one_that_answers_nearly_nothing_gets_the_longest_hour_and_is_told_of_once() -> None:
    seen = Seen()
    seen.ask(per_second=0, seconds=300)
    assert seen.aws.hour_seconds == LONGEST_HOUR_S
    assert len(seen.told) == 1


def test_an_hour_with_twice_what_it_needs_asks_for_no_more_until_it_is_over() -> None:
    seen = Seen()
    rests = [seen.pace.counted(at_s, answers) for at_s, answers in [(0, 0), (1, 799), (1.5, 800), (4, 800), (5, 1500)]]
    assert rests == [0, 0, 2.5, 0, 0]
    assert seen.told == []
