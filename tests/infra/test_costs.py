"""A run's cost is a ceiling: never less with more time, more instances or a dearer region."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.costs import USD_PER_HOUR, price, run_cost

TYPES = st.sampled_from(sorted(USD_PER_HOUR))


@given(TYPES, TYPES, st.integers(1, 32), st.integers(1, 10_000))
def test_more_is_never_cheaper(training: str, processing: str, count: int, minutes: int) -> None:
    cost = run_cost(training, count, processing, minutes, "us-east-1")
    assert cost <= run_cost(training, count + 1, processing, minutes, "us-east-1")
    assert cost <= run_cost(training, count, processing, minutes + 1, "us-east-1")
    assert cost <= run_cost(training, count, processing, minutes, "sa-east-1")


def test_an_unknown_type_is_named_with_those_that_are_like_it() -> None:
    with pytest.raises(LookupError, match=r"'ml\.m5\.3xlarge' has no price.*accepted of ml\.m5: large, xlarge"):
        price("ml.m5.3xlarge", "us-east-1")
