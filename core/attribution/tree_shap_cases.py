"""The compiled part of `tree_shap` that computes the cases of a subtree. The formulas stand there."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def leaf_cases(  # type: ignore[no-untyped-def]
    root, above, above_feature, above_ratio, below, left, right, feature, cover, value, points, weights
):
    """What the subtree's leaves add to each feature: the features, and a table [features, cases]."""
    features = np.empty(above + len(below), np.int64)
    features[:above], count = above_feature[:above], above
    for node in below:
        known = False
        for at in range(count):
            known |= features[at] == feature[node]
        if not known:
            features[count] = feature[node]
            count += 1
    cases = np.zeros((count, 1 << (above + len(below))))
    ratio, want = np.empty(count), np.empty(len(below), np.int64)
    for first in range(2 if len(below) else 1):
        node = root
        ratio[:above], ratio[above:] = above_ratio[:above], 1.0
        want[:] = -1
        if len(below):
            node = _step(root, first, 0, features, count, ratio, want, left, right, feature, cover)
        if left[node] < 0:
            _leaf(value[node], above, below, features[:count], ratio, want, feature, points, weights, cases)
            continue
        at = 1 if below[1] == node else 2
        for second in range(2):
            kept = ratio.copy()
            leaf = _step(node, second, at, features, count, kept, want, left, right, feature, cover)
            _leaf(value[leaf], above, below, features[:count], kept, want, feature, points, weights, cases)
    return features[:count], cases


@njit(cache=True)
def _step(node, side, at, features, count, ratio, want, left, right, feature, cover):  # type: ignore[no-untyped-def]
    """Go to one child: its share of rows goes into the feature's ratio, the side into what is wanted of test `at`."""
    child = right[node] if side else left[node]
    for place in range(count):
        if features[place] == feature[node]:
            ratio[place] *= cover[child] / cover[node] if cover[node] > 0 else 0.0
    want[at] = 0 if side else 1
    return child


@njit(cache=True)
def _leaf(value, above, below, features, ratio, want, feature, points, weights, cases):  # type: ignore[no-untyped-def]
    """Add one leaf's cases. Its own features are those above and those that the tests on its path add."""
    own = np.empty(len(features), np.int64)
    count = above
    own[:above] = np.arange(above)
    for at in range(above, len(features)):
        asked = False
        for test in range(len(below)):
            asked |= want[test] >= 0 and feature[below[test]] == features[at]
        if asked:
            own[count] = at
            count += 1
    table = _shapley(value, ratio[own[:count]], points, weights)
    everything = (1 << count) - 1
    for outcome in range(1 << len(below)):
        met = everything
        for test in range(len(below)):
            if want[test] >= 0 and ((outcome >> test) & 1) != want[test]:
                for at in range(count):
                    if features[own[at]] == feature[below[test]]:
                        met &= ~(1 << at)
        rest, base = everything & ~((1 << above) - 1), outcome << above
        for at in range(count):
            into, values = cases[own[at]], table[at]
            for subset in range(1 << above):
                into[base + subset] += values[(subset | rest) & met]


@njit(cache=True)
def _shapley(value, ratio, points, weights):  # type: ignore[no-untyped-def]
    """Shapley values of one leaf [features, subsets], for every subset of its features that a row satisfies."""
    count = len(ratio)
    size = 1 << count
    table = np.zeros((count, size))
    product = np.empty(size)
    for at in range(len(points)):
        t = points[at]
        product[0] = weights[at] * value
        for j in range(count):
            unmet, met = ratio[j] * (1.0 - t), t + ratio[j] * (1.0 - t)
            half = 1 << j
            for subset in range(half):
                product[half + subset] = product[subset] * met
                product[subset] *= unmet
        for j in range(count):
            without = 1.0 / (t + ratio[j] * (1.0 - t))
            for subset in range(size):
                table[j, subset] += product[subset | (1 << j)] * without
    for j in range(count):
        for subset in range(size):
            table[j, subset] *= (1.0 - ratio[j]) if (subset >> j) & 1 else -ratio[j]
    return table
