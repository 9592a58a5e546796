"""Which variant and which instance a request goes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.sagemaker.endpoints.traffic import Lane, NoCapacity, NoSuchVariant, blended, choose

DRAWS = [number / 1000 for number in range(1000)]


@dataclass(eq=False)
class Instance:
    outstanding: int = 0


def lane(variant: str, weight: float, count: int = 1, least_outstanding: bool = False) -> Lane[Instance]:
    return Lane(variant, weight, tuple(Instance() for _ in range(count)), least_outstanding)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=5).filter(any))
def test_variants_get_requests_in_proportion_to_their_weights(weights: list[int]) -> None:
    lanes = [lane(f"v{index}", weight) for index, weight in enumerate(weights)]
    got = Counter(choose(lanes, draw).variant for draw in DRAWS)
    for index, weight in enumerate(weights):
        assert got[f"v{index}"] / len(DRAWS) == pytest.approx(weight / sum(weights), abs=0.003)


def test_a_request_may_name_even_a_variant_without_weight() -> None:
    assert choose([lane("big", 1), lane("dark", 0)], 0.5, "dark").variant == "dark"


def test_a_variant_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NoSuchVariant):
        choose([lane("big", 1)], 0.5, "small")


def test_variants_without_instances_get_nothing() -> None:
    assert choose([lane("empty", 9, count=0), lane("full", 1)], 0.0).variant == "full"
    with pytest.raises(NoCapacity):
        choose([lane("empty", 1, count=0)], 0.0)


def test_variants_that_all_weigh_nothing_share_evenly() -> None:
    got = Counter(choose([lane("a", 0), lane("b", 0)], draw).variant for draw in DRAWS)
    assert got == {"a": 500, "b": 500}


@given(share=st.floats(0, 1), weights=st.lists(st.floats(0.1, 10), min_size=1, max_size=3))
def test_a_blend_gives_the_new_fleet_its_share_whatever_the_weights(share: float, weights: list[float]) -> None:
    old = [lane("old", 7)]
    new = [lane(f"new{index}", weight) for index, weight in enumerate(weights)]
    lanes = blended(old, new, share)
    assert sum(each.weight for each in lanes) == pytest.approx(1)
    assert sum(each.weight for each in lanes if each.variant != "old") == pytest.approx(share)


def test_instances_of_a_variant_share_its_requests() -> None:
    three = lane("v", 1, count=3)
    got = Counter(three.instances.index(three.instance(draw)) for draw in DRAWS)
    assert max(got.values()) - min(got.values()) <= 1


def test_least_outstanding_requests_prefers_the_idle_instance() -> None:
    two = lane("v", 1, count=2, least_outstanding=True)
    two.instances[0].outstanding = 1
    assert {two.instance(draw) for draw in DRAWS} == {two.instances[1]}
