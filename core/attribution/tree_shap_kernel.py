"""The compiled part of `tree_shap`: one tree, many rows. The formulas stand there.

All functions stand in this one file because numba's cache notices only changes of the file that a compiled caller
stands in.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from core.attribution.ensemble import AT_MOST, IN_SET

MOST_NODES = 128
"""Inner nodes of one tree: a row's decisions at them are the bits of two words."""
MOST_BITS = 12
"""Of a look-up's index: the features above a node and the tests below it."""
BELOW_MOST = 3
"""Tests below the node that a look-up is for: a subtree of height two."""
ZERO = 1e-35
"""LightGBM takes smaller numbers for zero (kZeroThreshold)."""


@njit(cache=True)
def add_tree(  # type: ignore[no-untyped-def]
    columns,
    left,
    right,
    feature,
    cover,
    value,
    test,
    threshold,
    missing_left,
    zero_is_missing,
    members,
    points,
    weights,
    found,
):
    """Add the tree's Shapley values to `found` [features, rows]; `columns` is [features, rows].

    Returns the bits that the longest path needs; nothing was added for that path where they are too many.
    """
    rows = columns.shape[1]
    order, parent, height, bit = _shape(left, right)
    words = np.zeros((2, rows), np.uint64)
    for node in order:
        if left[node] >= 0:
            _decide(columns[feature[node]], node, test, threshold, missing_left, zero_is_missing, members, bit, words)
    index, most = np.empty(rows, np.int64), 0
    above_feature, ratio = np.empty(MOST_NODES, np.int64), np.empty(MOST_NODES)
    care, want = np.empty((MOST_NODES, 2), np.uint64), np.empty((MOST_NODES, 2), np.uint64)
    below = np.empty(BELOW_MOST, np.int64)
    for root in order:
        if height[root] > 2 or (parent[root] >= 0 and height[parent[root]] <= 2):
            continue
        above = _above(root, parent, left, feature, cover, bit, above_feature, ratio, care, want)
        tests = _below(root, left, right, below)
        most = max(most, above + tests)
        if above + tests > MOST_BITS:
            continue
        features, cases = _leaf_cases(
            root, above, above_feature, ratio, below[:tests], left, right, feature, cover, value, points, weights
        )
        _index(words, above, care, want, below[:tests], bit, index)
        for at in range(len(features)):
            column, case = found[features[at]], cases[at]
            for row in range(rows):
                column[row] += case[index[row]]
    return most


@njit(cache=True)
def _shape(left, right):  # type: ignore[no-untyped-def]
    """Nodes from the root down; each one's parent, height over its leaves, and the bit of its decision."""
    nodes = len(left)
    order, parent = np.empty(nodes, np.int64), np.full(nodes, -1)
    height, bit = np.zeros(nodes, np.int64), np.full(nodes, -1)
    order[0], count, bits = 0, 1, 0
    at = 0
    while at < count:
        node = order[at]
        if left[node] >= 0:
            bit[node] = bits
            bits += 1
            for child in (left[node], right[node]):
                order[count], parent[child] = child, node
                count += 1
        at += 1
    for at in range(count - 1, 0, -1):
        above = parent[order[at]]
        height[above] = max(height[above], height[order[at]] + 1)
    return order[:count], parent, height, bit


@njit(cache=True)
def _decide(column, node, test, threshold, missing_left, zero_is_missing, members, bit, words):  # type: ignore[no-untyped-def]
    """Set the bit of the rows for which the node's test holds."""
    word, mark = words[bit[node] >> 6], np.uint64(1) << np.uint64(bit[node] & 63)
    none, missing, limit = np.uint64(0), missing_left[node], threshold[node]
    if test[node] == IN_SET:
        for row in range(len(column)):
            number = column[row]
            holds = number >= 0 and number < members.shape[1] and members[node, int(number)]
            word[row] |= mark if (missing if np.isnan(number) else holds) else none
    elif test[node] == AT_MOST:
        for row in range(len(column)):
            number = column[row]
            absent = np.isnan(number) or (zero_is_missing[node] and abs(number) <= ZERO)
            word[row] |= mark if (missing if absent else number <= limit) else none
    else:
        for row in range(len(column)):
            number = np.float32(column[row])
            holds = (number < limit) | (missing & np.isnan(number))
            word[row] |= mark if holds else none


@njit(cache=True)
def _above(root, parent, left, feature, cover, bit, features, ratio, care, want):  # type: ignore[no-untyped-def]
    """What the path to `root` asks: each feature once, its share of rows, its tests' bits and what they must be."""
    count, child = 0, root
    node = parent[root]
    while node >= 0:
        at = 0
        while at < count and features[at] != feature[node]:
            at += 1
        if at == count:
            features[at], ratio[at] = feature[node], 1.0
            care[at, 0], care[at, 1], want[at, 0], want[at, 1] = 0, 0, 0, 0
            count += 1
        ratio[at] *= cover[child] / cover[node] if cover[node] > 0 else 0.0
        word, mark = bit[node] >> 6, np.uint64(1) << np.uint64(bit[node] & 63)
        care[at, word] |= mark
        if left[node] == child:
            want[at, word] |= mark
        node, child = parent[node], node
    return count


@njit(cache=True)
def _below(root, left, right, below):  # type: ignore[no-untyped-def]
    """The inner nodes of the subtree."""
    if left[root] < 0:
        return 0
    below[0], count = root, 1
    for child in (left[root], right[root]):
        if left[child] >= 0:
            below[count] = child
            count += 1
    return count


@njit(cache=True)
def _index(words, above, care, want, below, bit, index):  # type: ignore[no-untyped-def]
    """Each row's case: a bit for each feature above, then one for each test below."""
    rows = len(index)
    index[:] = 0
    for at in range(above):
        mark = np.int64(1) << at
        if care[at, 1] == 0:
            asked, met, word = care[at, 0], want[at, 0], words[0]
            for row in range(rows):
                index[row] |= mark if (word[row] & asked) == met else np.int64(0)
        else:
            for row in range(rows):
                low, high = words[0, row] & care[at, 0], words[1, row] & care[at, 1]
                index[row] |= mark if low == want[at, 0] and high == want[at, 1] else np.int64(0)
    for at in range(len(below)):
        word, shift = words[bit[below[at]] >> 6], np.uint64(bit[below[at]] & 63)
        for row in range(rows):
            index[row] |= np.int64((word[row] >> shift) & np.uint64(1)) << (above + at)


@njit(cache=True)
def _leaf_cases(  # type: ignore[no-untyped-def]
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
