"""Hyperparameters to try: points of the ranges of a tuning job."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

Point = dict[str, str]


def points(ranges: Mapping[str, Any], strategy: str, seed: int) -> Iterator[Point]:
    """An endless stream of random points, or every combination of categories for Grid.

    Bayesian and Hyperband tuning draw at random here: what they choose depends on models that are not ours, and any
    point that they could choose, this can.

    >>> categories = {"CategoricalParameterRanges": [{"Name": "depth", "Values": ["3", "5"]}]}
    >>> list(points(categories, "Grid", 0))
    [{'depth': '3'}, {'depth': '5'}]
    """
    if strategy == "Grid":
        listed = ranges.get("CategoricalParameterRanges") or []
        for values in itertools.product(*(entry["Values"] for entry in listed)):
            yield {entry["Name"]: value for entry, value in zip(listed, values, strict=True)}
        return
    chance = random.Random(seed)
    while True:
        yield _point(ranges, chance)


def _point(ranges: Mapping[str, Any], chance: random.Random) -> Point:
    point = {entry["Name"]: chance.choice(entry["Values"]) for entry in ranges.get("CategoricalParameterRanges") or ()}
    for entry in ranges.get("ContinuousParameterRanges") or ():
        point[entry["Name"]] = repr(_scaled(entry, chance))
    for entry in ranges.get("IntegerParameterRanges") or ():
        point[entry["Name"]] = str(round(_scaled(entry, chance)))
    return point


def _scaled(entry: Mapping[str, str], chance: random.Random) -> float:
    """Between the bounds, uniform on the scale that the range asks for."""
    low, high = float(entry["MinValue"]), float(entry["MaxValue"])
    if entry.get("ScalingType") == "Logarithmic":
        value = math.exp(chance.uniform(math.log(low), math.log(high)))
    elif entry.get("ScalingType") == "ReverseLogarithmic":  # of numbers below 1, finest close to 1
        value = 1 - math.exp(chance.uniform(math.log1p(-high), math.log1p(-low)))
    else:
        value = chance.uniform(low, high)
    return min(max(value, low), high)
