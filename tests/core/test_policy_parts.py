"""A policy over several parameters: read as it was written, or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.policy import ModelPolicy, Rule, WatchPolicy
from core.contracts.policy_parts import PARAMETER_MAX, TEXT_MAX, TornPolicy, joined, part_names, parts, whole
from core.contracts.signature import Feature, Signature


def large(threshold: float = 0.1, features: int = 300) -> ModelPolicy:
    names = [f"a_feature_of_a_large_model_{number}" for number in range(features)]
    signature = Signature(tuple(Feature(name, "numeric") for name in names), "left")
    rules = tuple(Rule(name, "<=", 1e9) for name in names[:50])
    return ModelPolicy("churn", signature, WatchPolicy(thresholds=dict.fromkeys(names, threshold), rules=rules))


texts = st.integers(0, TEXT_MAX - 2).map(lambda length: "{" + length * "x" + "}")


@given(texts)
def test_what_was_cut_is_joined_again(text: str) -> None:
    cut = parts(text)
    assert joined(cut) == text
    assert all(0 < len(part) <= PARAMETER_MAX for part in cut)


def test_a_policy_of_three_hundred_features_survives_its_parameters() -> None:
    cut = parts(large().to_json())
    assert len(cut) > 5
    assert ModelPolicy.from_json(joined(cut)) == large()


def test_a_policy_that_fits_stands_as_it_is() -> None:
    policy = large(features=3)
    assert parts(policy.to_json()) == (policy.to_json(),)


@pytest.mark.parametrize("other", [large(0.2), large(features=290), large(features=3)])
def test_every_mixture_of_two_policies_is_torn(other: ModelPolicy) -> None:
    """As a deployment leaves them that replaces one parameter after the other, in any order."""
    old, new = parts(large().to_json()), parts(other.to_json())
    names = part_names("/a/policy", max(len(old), len(new)))
    before, after = dict(zip(names, old, strict=False)), dict(zip(names, new, strict=False))
    for replaced in range(1, len(names)):
        for chosen in (names[:replaced], names[-replaced:]):
            mixed = {**before, **{name: after[name] for name in chosen if name in after}}
            try:
                found = ModelPolicy.from_json(whole(mixed, "/a/policy"))
            except TornPolicy:
                continue
            assert found in (large(), other)
            assert mixed["/a/policy"] == (after if found == other else before)["/a/policy"]


def test_a_missing_part_a_changed_part_and_parts_in_another_order_are_torn() -> None:
    cut = parts(large().to_json())
    changed = cut[2].replace("large", "small")
    for found in (cut[:-1], cut[1:], cut[::-1], (*cut[:2], changed, *cut[3:]), (), ("nothing",)):
        with pytest.raises(TornPolicy, match="do not belong together"):
            joined(found)


def test_what_is_left_of_a_longer_policy_is_not_read() -> None:
    old, new = parts(large().to_json()), parts(large(features=100).to_json())
    names = part_names("/a/policy", len(old))
    values = {**dict(zip(names, old, strict=True)), **dict(zip(names, new, strict=False))}
    assert ModelPolicy.from_json(whole(values, "/a/policy")) == large(features=100)


def test_a_text_that_no_parameters_hold_is_refused() -> None:
    with pytest.raises(ValueError, match=f"accepted: {TEXT_MAX} at most"):
        parts("{" + TEXT_MAX * "x" + "}")


@pytest.mark.parametrize("setting", ["constraints", "explaining", "fairness"])
def test_a_policy_of_an_earlier_deployment_is_read_by_a_newer_image(setting: str) -> None:
    """A deployment brings the policy and the images, and a monitor may start between both."""
    policy = large(features=3)
    value = json.loads(policy.to_json())
    del value["watch"][setting]
    assert ModelPolicy.from_json(json.dumps(value)) == policy
