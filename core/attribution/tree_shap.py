"""Exact path-dependent TreeSHAP, an order of magnitude faster than the libraries' own.

The value of a set of known features is, for one leaf of value w, the product over the features of its path of 1 or 0
(known: whether the row satisfies all tests of that feature) or of r_j (unknown: the share of training rows that go
the path's way at those tests): the algorithm of Lundberg et al., Consistent individualized feature attribution for
tree ensembles (arXiv 1802.03888). The Shapley value of feature i on a path of d features is then

    w (o_i - r_i) * integral over t in [0, 1] of prod_{j != i} (o_j t + r_j (1 - t)) dt

since the weights |S|! (d - |S| - 1)! / d! are Beta integrals. The integrand is a polynomial of degree d - 1, so
ceil(d / 2) Gauss-Legendre points give it exactly. It depends on a row only by the bits o_j, so all 2^d cases are
computed once and rows look theirs up (the idea of the cases: Fast TreeSHAP, Yang, arXiv 2109.09847). Here the up to
four leaves below one node share one look-up: its index holds a bit for each feature above the node and one for each
test below it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.attribution.ensemble import NotCovered, Tree, TreeEnsemble
from core.attribution.tree_shap_kernel import MOST_BITS, MOST_NODES, add_tree

CHUNK = 4096
"""Rows that are worked on together, so that they stay in the processor's cache; also what bounds the memory."""


def tree_shap(ensemble: TreeEnsemble, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shapley values [rows, outputs, features] of `rows` [rows, features] (NaN: missing).

    With `ensemble.expected()`, a row's values of one output sum to the model's answer.
    Raises NotCovered for trees that are too large for tables of cases.
    """
    if rows.ndim != 2 or rows.shape[1] != ensemble.features:
        raise ValueError(f"rows have shape {rows.shape}, the model takes (rows, {ensemble.features})")
    found = np.zeros((ensemble.outputs, ensemble.features, len(rows)))
    for start in range(0, len(rows), CHUNK):
        columns = np.ascontiguousarray(rows[start : start + CHUNK].T, np.float64)
        for tree in ensemble.trees:
            _add(tree, columns, found[tree.output, :, start : start + CHUNK])
    return found.transpose(2, 0, 1)


def _add(tree: Tree, columns: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    inner = int((tree.left >= 0).sum())
    if inner > MOST_NODES:
        raise NotCovered(f"a tree with {inner} inner nodes; covered are {MOST_NODES}")
    shape = (tree.left, tree.right, tree.feature, tree.cover, tree.value)
    tests = (tree.test, tree.threshold, tree.missing_left, tree.zero_is_missing, _members(tree))
    bits = add_tree(columns, *shape, *tests, *_quadrature(), found)
    if bits > MOST_BITS:
        raise NotCovered(f"a path that needs {bits} bits; covered are {MOST_BITS}")


@cache
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points and weights on [0, 1] that integrate polynomials of the largest degree exactly."""
    points, weights = np.polynomial.legendre.leggauss(MOST_BITS // 2)
    return (points + 1) / 2, weights / 2


def _members(tree: Tree) -> NDArray[np.bool_]:
    """The nodes' sets of categories, as a table [nodes, categories]."""
    largest = max((max(categories, default=-1) for categories in tree.categories), default=-1)
    members = np.zeros((len(tree.left) if largest >= 0 else 1, largest + 1), np.bool_)
    for node, categories in enumerate(tree.categories):
        if categories:
            members[node, list(categories)] = True
    return members
