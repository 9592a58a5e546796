"""Exact Shapley values of trees: against their definition, and against the libraries that grew the trees."""

from __future__ import annotations

import itertools
import math
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.attribution.ensemble import IN_SET, NotCovered, Tree, TreeEnsemble
from core.attribution.lightgbm_trees import lightgbm_ensemble
from core.attribution.tree_shap import tree_shap
from core.attribution.xgboost_trees import xgboost_ensemble

Floats = NDArray[np.float64]


def by_definition(tree: Tree, row: Floats) -> Floats:
    """The sum over all subsets of features; what a subset is worth follows the tree, both ways at unknown features."""

    def worth(node: int, known: frozenset[int]) -> float:
        if tree.left[node] < 0:
            return float(tree.value[node])
        children = (int(tree.left[node]), int(tree.right[node]))
        if tree.feature[node] in known:
            return worth(children[0 if _holds(tree, node, row) else 1], known)
        return sum(worth(child, known) * float(tree.cover[child] / tree.cover[node]) for child in children)

    count = len(row)
    found = np.zeros(count)
    for feature in range(count):
        others = [other for other in range(count) if other != feature]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for subset in itertools.combinations(others, size):
                known = frozenset(subset)
                found[feature] += weight * (worth(0, known | {feature}) - worth(0, known))
    return found


def _holds(tree: Tree, node: int, row: Floats) -> bool:
    number = row[tree.feature[node]]
    if np.isnan(number):
        return bool(tree.missing_left[node])
    if tree.test[node] == IN_SET:
        return int(number) in tree.categories[node]
    return bool(np.float32(number) < tree.threshold[node])


def _rows(count: int, features: int, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, features)).astype(np.float32).astype(float)
    rows[random.random(rows.shape) < 0.1] = np.nan
    return rows


def _labels(rows: Floats, classes: int = 2) -> NDArray[np.int64]:
    score = np.nan_to_num(rows[:, 0]) * np.nan_to_num(rows[:, 1]) + np.nan_to_num(rows[:, 2]) + 0.3 * rows.shape[1] % 2
    return np.digitize(score, np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1]))


def _grown(rows: Floats, labels: Any, rounds: int = 5, **parameters: Any) -> xgboost.Booster:
    return xgboost.train({"nthread": 1, **parameters}, xgboost.DMatrix(rows, labels), rounds)


@settings(deadline=None, max_examples=30)
@given(depth=st.integers(1, 5), seed=st.integers(0, 1000), features=st.integers(1, 6))
def test_values_are_those_of_the_definition(depth: int, seed: int, features: int) -> None:
    rows = _rows(200, max(features, 3), seed)
    model = xgboost_ensemble(
        _grown(rows, _labels(rows), 2, objective="binary:logistic", max_depth=depth, seed=seed).save_raw("json")
    )
    found = tree_shap(model, rows[:5])[:, 0]
    for row, values in zip(rows[:5], found, strict=True):
        expected = sum((by_definition(tree, row) for tree in model.trees), np.zeros(len(row)))
        assert values == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("depth", [1, 2, 3, 6, 7])
def test_xgboost_s_own_values_are_met(depth: int) -> None:
    rows = _rows(3000, 12)
    booster = _grown(rows, _labels(rows), 30, objective="binary:logistic", max_depth=depth)
    ensemble = xgboost_ensemble(booster.save_raw("json"))
    theirs = booster.predict(xgboost.DMatrix(rows), pred_contribs=True)
    assert tree_shap(ensemble, rows)[:, 0] == pytest.approx(theirs[:, :-1], abs=1e-5)
    assert ensemble.expected()[0] == pytest.approx(theirs[0, -1], abs=1e-5)


@pytest.mark.parametrize("objective", ["reg:squarederror", "count:poisson", "multi:softprob"])
def test_other_objectives_are_met_too(objective: str) -> None:
    rows = _rows(1000, 6)
    classes = {"num_class": 3} if objective.startswith("multi") else {}
    booster = _grown(rows, _labels(rows, 3), 10, objective=objective, max_depth=4, **classes)
    ensemble = xgboost_ensemble(booster.save_raw("json"))
    theirs = booster.predict(xgboost.DMatrix(rows), pred_contribs=True).reshape(len(rows), ensemble.outputs, -1)
    assert tree_shap(ensemble, rows) == pytest.approx(theirs[:, :, :-1], abs=1e-5)
    assert ensemble.expected() == pytest.approx(theirs[0, :, -1], abs=1e-5)


def test_categories_are_sets_and_unknown_ones_are_in_none() -> None:
    rows = _rows(2000, 4)
    rows[:, 0] = np.random.default_rng(1).integers(0, 12, len(rows))
    labels = (np.isin(rows[:, 0], [1, 4, 7]) ^ (np.nan_to_num(rows[:, 1]) > 0)).astype(int)
    kinds = ["c", "q", "q", "q"]
    matrix = xgboost.DMatrix(rows, labels, feature_types=kinds, enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 4, "max_cat_to_onehot": 1}, matrix, 10)
    asked = rows[:200].copy()
    asked[:20, 0] = np.nan
    ensemble = xgboost_ensemble(booster.save_raw("json"))
    assert any((tree.test == IN_SET).any() for tree in ensemble.trees)
    theirs = booster.predict(xgboost.DMatrix(asked, feature_types=kinds, enable_categorical=True), pred_contribs=True)
    assert tree_shap(ensemble, asked)[:, 0] == pytest.approx(theirs[:, :-1], abs=1e-5)


@pytest.mark.parametrize(
    "parameters",
    [
        {"objective": "binary"},
        {"objective": "regression", "num_leaves": 60},
        {"objective": "multiclass", "num_class": 3},
        {"objective": "binary", "zero_as_missing": True},
        {"objective": "binary", "use_missing": False},
    ],
    ids=lambda parameters: "-".join(map(str, parameters.values())),
)
def test_lightgbm_s_own_values_are_met(parameters: dict[str, Any]) -> None:
    rows = np.random.default_rng(2).normal(size=(3000, 8))
    rows[np.random.default_rng(3).random(rows.shape) < 0.1] = 0.0 if "zero_as_missing" in parameters else np.nan
    rows[:, 3] = np.random.default_rng(4).integers(0, 9, len(rows))
    told = {"verbosity": -1, "num_threads": 1, "num_leaves": 16, **parameters}
    data = lightgbm.Dataset(rows, _labels(rows, parameters.get("num_class", 2)), categorical_feature=[3])
    booster = lightgbm.train(told, data, 10)
    ensemble = lightgbm_ensemble(booster.dump_model())
    theirs = np.asarray(booster.predict(rows[:300], pred_contrib=True)).reshape(300, ensemble.outputs, -1)
    assert tree_shap(ensemble, rows[:300]) == pytest.approx(theirs[:, :, :-1], abs=1e-9)
    assert ensemble.expected() == pytest.approx(theirs[0, :, -1], abs=1e-9)


def test_values_sum_to_the_answer_whatever_the_number_of_rows() -> None:
    rows = _rows(9000, 5)
    booster = _grown(rows, _labels(rows), 8, objective="binary:logistic", max_depth=4)
    ensemble = xgboost_ensemble(booster.save_raw("json"))
    answers = booster.predict(xgboost.DMatrix(rows), output_margin=True)
    assert tree_shap(ensemble, rows)[:, 0].sum(axis=1) + ensemble.expected()[0] == pytest.approx(answers, abs=1e-5)


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"max_depth": 9, "min_child_weight": 0}, "inner nodes"),
        ({"booster": "gblinear"}, "booster of kind 'gblinear'"),
        ({"objective": "survival:cox"}, "objective 'survival:cox'"),
    ],
)
def test_what_is_not_covered_is_refused_by_name(parameters: dict[str, Any], found: str) -> None:
    rows = _rows(4000, 6)
    noise = np.random.default_rng(5).random(len(rows)) + 1
    booster = _grown(rows, noise, 2, **{"objective": "reg:squarederror", **parameters})
    with pytest.raises(NotCovered, match=found):
        tree_shap(xgboost_ensemble(booster.save_raw("json")), rows[:10])


def test_a_path_over_too_many_features_is_refused() -> None:
    """A chain: each inner node asks another feature, so the last leaf's path has as many as there are nodes."""
    length = 20
    nodes = 2 * length + 1
    inner = np.arange(0, 2 * length, 2)
    left, right = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32)
    left[inner], right[inner] = inner + 1, inner + 2
    tree = Tree(
        output=0,
        left=left,
        right=right,
        feature=(np.arange(nodes) // 2 % length).astype(np.int32),
        test=np.zeros(nodes, np.int8),
        threshold=np.zeros(nodes),
        missing_left=np.zeros(nodes, bool),
        zero_is_missing=np.zeros(nodes, bool),
        categories=(frozenset(),) * nodes,
        cover=np.array([2.0 ** -((at + 1) // 2) for at in range(nodes)]),
        value=np.ones(nodes),
    )
    with pytest.raises(NotCovered, match="20 bits"):
        tree_shap(TreeEnsemble(length, np.zeros(1), (tree,)), np.zeros((2, length)))


def test_rows_of_another_width_are_refused() -> None:
    rows = _rows(100, 4)
    ensemble = xgboost_ensemble(_grown(rows, _labels(rows), 1, objective="binary:logistic").save_raw("json"))
    with pytest.raises(ValueError, match=r"\(100, 3\).*\(rows, 4\)"):
        tree_shap(ensemble, rows[:, :3])
