"""Decision trees as arrays, whichever library grew them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]

BELOW, AT_MOST, IN_SET = 0, 1, 2
"""How a node decides: a 32-bit number below the threshold (xgboost), a 64-bit number at most the threshold (LightGBM),
a category in a set."""


class NotCovered(ValueError):
    """The model holds something that these arrays cannot express; its own library has to explain it."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Nodes of one tree; node 0 is the root. All arrays have one entry a node."""

    output: int
    """Which of the model's outputs it adds to."""
    left: Ints
    """Child that a row goes to where the node's test holds; -1 at a leaf."""
    right: Ints
    feature: Ints
    test: NDArray[np.int8]
    threshold: Floats
    missing_left: NDArray[np.bool_]
    """Where a row goes that has no value."""
    zero_is_missing: NDArray[np.bool_]
    categories: tuple[frozenset[int], ...]
    """Of an IN_SET node: the categories for which its test holds."""
    cover: Floats
    """Weight of the training rows that reached the node."""
    value: Floats
    """Of a leaf: what it adds to the output."""

    @property
    def leaves(self) -> Ints:
        return np.flatnonzero(self.left < 0).astype(np.int32)

    def expected(self) -> float:
        """Mean of the leaves' values over the training rows."""
        leaves = self.leaves
        return float(np.average(self.value[leaves], weights=_shares(self)[leaves]))


@dataclass(frozen=True, slots=True, eq=False)
class TreeEnsemble:
    """The answer is, for each output, `base` plus the values of the leaves that a row falls into.

    In the model's own scale, before a logistic function or a softmax.
    """

    features: int
    base: Floats
    trees: tuple[Tree, ...]

    @property
    def outputs(self) -> int:
        return len(self.base)

    def expected(self) -> Floats:
        """The answer that is expected of a row of which nothing is known: [outputs]."""
        found = self.base.copy()
        for tree in self.trees:
            found[tree.output] += tree.expected()
        return found


def _shares(tree: Tree) -> Floats:
    """Share of the training rows that reach each node, by the ratios of a child's cover to its parent's."""
    shares = np.zeros(len(tree.left))
    shares[0] = 1.0
    for node in range(len(tree.left)):  # a parent comes before its children in every library that is read here
        if tree.left[node] >= 0:
            for child in (tree.left[node], tree.right[node]):
                shares[child] = shares[node] * tree.cover[child] / tree.cover[node]
    return shares
