"""Published implementations' own numbers, reproduced at their own tolerance."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import fisher_exact

from core.statistics.chi_square import chi_square
from core.statistics.distances import (
    aligned,
    jensen_shannon,
    kolmogorov_smirnov,
    l_infinity,
    normalized_absolute_difference,
    population_stability,
    robust,
)
from core.statistics.histogram import Histogram, aligned_histograms
from core.statistics.transport import wasserstein

CASES = json.loads((Path(__file__).parent / "cases" / "distances.json").read_text(encoding="utf-8"))["cases"]


def _counts(value: Any) -> dict[str, float]:
    return dict(Counter(value)) if isinstance(value, str) else value


def _l_infinity(first: Any, second: Any) -> float:
    return l_infinity(*aligned(_counts(first), _counts(second)))


def _ks_of_samples(a: list[float], b: list[float]) -> float:
    edges = np.unique(a + b)
    return kolmogorov_smirnov(Histogram.of(edges, a).counts, Histogram.of(edges, b).counts)


def _robust_l_infinity(s1: dict[str, float], s2: dict[str, float], alpha: float) -> float:
    return robust(_l_infinity(s1, s2), sum(s1.values()), sum(s2.values()), alpha)


def _chi_square(sample: dict[str, float], expected: dict[str, float], statistic: bool) -> float:
    found = chi_square(sample, expected)
    return found.statistic if statistic else found.p_value


def _goodness_of_fit(reference: list[float], current: list[float]) -> float:
    names = "abcdefgh"
    return chi_square(dict(zip(names, current, strict=False)), dict(zip(names, reference, strict=False))).p_value


def _js_of_histograms(hist1: Any, hist2: Any, num_nan1: float, num_nan2: float) -> float:
    first, second = aligned_histograms(hist1, hist2)
    nans = np.array([num_nan1, 0.0]), np.array([0.0, num_nan2])  # a NaN equals no other
    return jensen_shannon(np.concatenate((first, nans[0])), np.concatenate((second, nans[1])))


def _js_distance(seed: int, ref: str, cur: str) -> float:
    random = np.random.RandomState(seed)
    assert (ref, cur) == ("choice(abcd,10000)", "choice(abce,1000)")
    reference, current = random.choice(list("abcd"), 10_000), random.choice(list("abce"), 1000)
    return math.sqrt(jensen_shannon(*aligned(Counter(reference.tolist()), Counter(current.tolist()))))


def _xor_marginals(train: list[list[int]], serve: list[list[int]], **_: Any) -> list[float]:
    """Distance of either feature, then the share of answers 1 before and now."""
    distances = [
        _ks_of_samples([float(row[at]) for row in train], [float(row[at]) for row in serve]) for at in range(2)
    ]
    return [*distances, *(float(np.mean([a ^ b for a, b in rows])) for rows in (train, serve))]


def _norm_abs_diff(training: dict[str, float], serving: dict[str, float]) -> float:
    return normalized_absolute_difference(*aligned(training, serving))


def _fisher(reference: str, current: str) -> float:
    """Two categories: the library's own test."""
    table = [[text.count(letter) for letter in "ab"] for text in (reference, current)]
    return float(fisher_exact(table).pvalue)


def _wasserstein(seed: int, ref: str, cur: str) -> float:
    random = np.random.RandomState(seed)
    assert (ref, cur) == ("normal(0,1,10000)", "normal(1,1,1000)")
    return wasserstein(random.normal(0, 1, 10_000), random.normal(1, 1, 1000))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "norm_abs_diff": _norm_abs_diff,
    "fisher exact p": _fisher,
    "wasserstein": _wasserstein,
    "linf": lambda **sides: _l_infinity(*sides.values()),
    "KS on labels": lambda Pa, Pd: l_infinity(Pa, Pd),
    "ks_num": _ks_of_samples,
    "robust(linf)": _robust_l_infinity,
    "psi": lambda actual, expected: population_stability(actual, expected),
    "chisq_deequ": _chi_square,
    "chi2 p": _goodness_of_fit,
    "js_hist (base 2 divergence, not distance)": _js_of_histograms,
    "sqrt(js base 2) = JS distance": _js_distance,
    "XOR blind spot: marginals of both features unchanged while every prediction flips": _xor_marginals,
}


@pytest.mark.parametrize("case", [case for case in CASES if case["function"] in FUNCTIONS], ids=lambda case: case["id"])
def test_a_published_number_is_reproduced(case: dict[str, Any]) -> None:
    found = FUNCTIONS[case["function"]](**case["input"])
    if "rounded" in case:
        found = round(found, case["rounded"])
    expected = math.nan if case["expected"] == "NaN" else case["expected"]
    assert found == pytest.approx(expected, rel=0, abs=case["tolerance"], nan_ok=True)


def test_every_copied_case_is_tested_here_or_with_the_attributions() -> None:
    elsewhere = {case["function"] for case in CASES} - set(FUNCTIONS)
    assert all("Shapley" in function or "XOR: mean |attribution|" in function for function in elsewhere)
