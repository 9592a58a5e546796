"""The interval of quality without labels holds what labels tell as often as it says, where inputs move as well."""

from __future__ import annotations

from functools import cache

import pytest
from scipy.stats import binom  # type: ignore[import-untyped]

from bench.estimates.measure import Met, window
from bench.estimates.worlds import WORLDS
from core.contracts.problem import REGRESSION

WINDOWS = 30
ONCE_IN = 1e-4
"""An interval that holds in 95 of 100 windows is refused by chance so seldom, in one world and metric."""


@cache
def measured(world: str, shift: str) -> list[Met]:
    """Of the same windows whoever asks."""
    found = [one for seed in range(WINDOWS) for one in window((world, shift, 1500, 1500, seed))]
    met = [one for one in found if isinstance(one, Met)]
    metrics = 3 if WORLDS[world].problem == REGRESSION else 5
    assert len(met) >= 0.9 * WINDOWS * metrics, "too many windows were refused to tell anything"
    return met


def held_often_enough(met: list[Met]) -> None:
    for metric in {one.metric for one in met}:
        own = [one.holds for one in met if one.metric == metric]
        assert sum(own) >= binom.ppf(ONCE_IN, len(own), 0.95), f"{metric}: {sum(own)} of {len(own)}"


def test_where_two_features_moved_it_holds_and_without_weights_it_did_not() -> None:
    met = measured("stumps", "two")
    held_often_enough(met)
    plain = [one.plain for one in met if one.metric == "precision"]
    assert sum(map(bool, plain)) < 0.5 * len(plain)


@pytest.mark.slow(takes_s=60)
@pytest.mark.parametrize("shift", ["none", "two"])
@pytest.mark.parametrize("world", [name for name in WORLDS if name != "heavy tails"])
def test_it_holds_in_every_world(world: str, shift: str) -> None:
    """More windows, and one feature that moved, are for `make estimates`."""
    held_often_enough(measured(world, shift))
