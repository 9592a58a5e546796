"""The explorer sees what is wrong with the designs that were given up, with the shortest story of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.contracts.functions import LEASE_S
from tests.explorer.explore import explore
from tests.explorer.release import better_model, put_back
from tests.explorer.setting import Hear, Setting, of
from tests.explorer.settings import DRIFT, QUALITY, TWICE
from tests.mutants.designs import (
    claim_with_random_token,
    cooldown_from_the_claim,
    deployment_for_anyone,
    list_then_start,
    notice_without_claim,
    start_then_note,
    token_without_claim,
    without_sweeper,
)

ONE_EVENT, TWICE_HEARD = of("one event", QUALITY), of("an event delivered twice", TWICE)
TWO_ALARMS = of("two alarms", QUALITY, DRIFT)


def without_deaths(setting: Setting) -> Setting:
    """Only what happens while nobody is killed."""
    return replace(setting, deaths=False)


SLOW = of("a handler slower than a cooldown", QUALITY, DRIFT, jumps=(1801,), endings=1).limited(cooldown_s=1800)

APPROVED_TWICE = of("an approval delivered twice", release=better_model(), approvals=2, served=1)
ROLLED_BACK = of("an approval delivered twice, rolled back", release=better_model(), approvals=2, rollbacks=1)
BACK_TWICE = of("a version that is wanted back, twice", release=put_back(), approvals=2, served=1)

OUTLIVED = replace(ROLLED_BACK, name="an approval delivered twice, a lease passes", jumps=(LEASE_S,))

TWO_RUNS = "I1: two runs of one model at the same time"

BAD = (
    (start_then_note, without_deaths(TWICE_HEARD), TWO_RUNS),
    (start_then_note, ONE_EVENT, "I2: one episode started twice"),
    (list_then_start, without_deaths(TWICE_HEARD), TWO_RUNS),
    (list_then_start, ONE_EVENT, "I2: the episode of demo-dev-progression-quality was lost"),
    (token_without_claim, without_deaths(TWO_ALARMS), TWO_RUNS),
    (claim_with_random_token, without_deaths(TWICE_HEARD), TWO_RUNS),
    (without_sweeper, ONE_EVENT, "I2: the episode of demo-dev-progression-quality was lost"),
    (without_sweeper, ONE_EVENT, "I6: progression is stuck"),
    (cooldown_from_the_claim, SLOW, "I1: 0 s between two starts, the cooldown is 1800 s"),
    (notice_without_claim, without_deaths(TWICE_HEARD), "I3: published 2 times where 0 things had gone wrong: STARTED"),
)
"""Design, where it breaks, and what breaks there first."""


@pytest.mark.parametrize(("design", "setting", "what"), BAD, ids=lambda value: getattr(value, "__name__", None))
def test_a_bad_design_breaks_an_invariant(design: Hear, setting: Setting, what: str) -> None:
    explored = explore(replace(setting, hear=design, only=(what.partition(":")[0],)), most=200_000)
    assert explored.violation is not None, f"{explored}: nothing was found"
    assert str(explored.violation).startswith(what)
    print(f"{design.__name__}: {explored.violation}")


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        (APPROVED_TWICE, "I2: the endpoint was asked twice for version 2"),
        (ROLLED_BACK, "I9: version 2 was rolled back and is deployed again"),
        (BACK_TWICE, "I2: the endpoint was asked twice for version 1"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_deployment_that_two_handlers_may_ask_for_is_asked_for_twice(setting: Setting, what: str) -> None:
    explored = explore(without_deaths(replace(setting, promote=deployment_for_anyone)))
    assert str(explored.violation).startswith(what), explored


def test_a_function_that_outlives_its_lease_deploys_again_what_was_rolled_back() -> None:
    """So the lease comes from the function's timeout (`core.contracts.functions`)."""
    explored = explore(without_deaths(OUTLIVED))
    assert str(explored.violation).startswith("I9: version 2 was rolled back and is deployed again"), explored
    ended = explore(replace(OUTLIVED, timeout_s=LEASE_S - 1))
    assert (ended.whole, ended.violation) == (True, None), ended.violation


@pytest.mark.parametrize(
    "setting",
    [ONE_EVENT, TWICE_HEARD, TWO_ALARMS, APPROVED_TWICE, ROLLED_BACK, BACK_TWICE],
    ids=lambda setting: setting.name,
)
def test_the_deployed_design_breaks_none_where_the_bad_ones_do(setting: Setting) -> None:
    explored = explore(setting)
    assert (explored.whole, explored.violation) == (True, None), explored.violation
