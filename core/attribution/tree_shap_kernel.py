"""The compiled part of `tree_shap`: one tree, many rows. The formulas stand there."""

from __future__ import annotations

import numpy as np
from numba import njit

from core.attribution.ensemble import AT_MOST, IN_SET
from core.attribution.tree_shap_cases import leaf_cases

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
        features, cases = leaf_cases(
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
