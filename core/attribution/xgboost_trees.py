"""Trees of an xgboost model, from its own JSON (`Booster.save_raw("json")`).

The format: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html and its JSON schema.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.attribution.ensemble import BELOW, IN_SET, NotCovered, Tree, TreeEnsemble

IDENTITY = ("multi:", "reg:squarederror", "reg:absoluteerror", "reg:quantileerror", "reg:pseudohubererror", "rank:")
LOGISTIC = ("binary:logistic", "reg:logistic", "binary:logitraw")
LOGARITHMIC = ("count:poisson", "reg:gamma", "reg:tweedie")
"""Objectives by how `base_score` becomes part of the margin."""


def xgboost_ensemble(model: str | bytes | bytearray) -> TreeEnsemble:
    """Raises NotCovered for boosters that are not plain trees, leaves that are vectors, and unknown objectives."""
    learner = json.loads(model)["learner"]
    booster = learner["gradient_booster"]
    if booster["name"] != "gbtree":
        raise NotCovered(f"a booster of kind {booster['name']!r}; covered is 'gbtree'")
    described, trees = learner["learner_model_param"], booster["model"]["trees"]
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in trees):
        raise NotCovered("leaves that hold a value for each output at once (multi_output_tree)")
    outputs = max(1, int(described["num_class"]), int(described.get("num_target", 1)))
    return TreeEnsemble(
        features=int(described["num_feature"]),
        base=_base(described["base_score"], learner["objective"]["name"], outputs),
        trees=tuple(_tree(tree, at) for tree, at in zip(trees, booster["model"]["tree_info"], strict=True)),
    )


def _base(score: str, objective: str, outputs: int) -> Any:
    scores = np.array(json.loads(score), float, ndmin=1)
    if objective in LOGISTIC:
        scores = np.array([math.log(p / (1 - p)) for p in scores])
    elif objective in LOGARITHMIC:
        scores = np.log(scores)
    elif not objective.startswith(IDENTITY):
        raise NotCovered(f"objective {objective!r}; covered are {', '.join((*IDENTITY, *LOGISTIC, *LOGARITHMIC))}")
    return np.broadcast_to(scores, (outputs,)).astype(float)


def _tree(tree: dict[str, Any], output: int) -> Tree:
    left = np.array(tree["left_children"], np.int32)
    conditions = np.array(tree["split_conditions"], np.float32).astype(float)
    categorical = np.array(tree["split_type"], bool)
    return Tree(
        output=output,
        left=_swapped(tree, categorical, "left_children", "right_children"),
        right=_swapped(tree, categorical, "right_children", "left_children"),
        feature=np.array(tree["split_indices"], np.int32),
        test=np.where(categorical, IN_SET, BELOW).astype(np.int8),
        threshold=conditions,
        missing_left=np.array(tree["default_left"], bool) ^ categorical,
        zero_is_missing=np.zeros(len(left), bool),
        categories=_categories(tree, len(left)),
        cover=np.array(tree["sum_hessian"], float),
        value=conditions,
    )


def _swapped(tree: dict[str, Any], categorical: Any, name: str, other: str) -> Any:
    """xgboost sends a category of the set to the right; here a test that holds leads to the left."""
    return np.where(categorical, tree[other], tree[name]).astype(np.int32)


def _categories(tree: dict[str, Any], nodes: int) -> tuple[frozenset[int], ...]:
    found: list[frozenset[int]] = [frozenset()] * nodes
    values: Sequence[int] = tree["categories"]
    parts = zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True)
    for node, start, size in parts:
        found[node] = frozenset(values[start : start + size])
    return tuple(found)
