"""Kernel SHAP: Shapley values of any model as the weights of a linear model over subsets of features."""

from __future__ import annotations

import math

import numpy as np

from core.attribution.sampled_shapley import Answer, Floats


def kernel_shap(answer: Answer, row: Floats, background: Floats, subsets: int = 2048, seed: int = 0) -> Floats:
    """Values [features] of one row; with the background's mean answer they sum to the row's answer.

    A subset's worth is the mean answer of the background rows with the row's values at that subset. The values solve
    the regression of worth on membership, weighted by (d - 1) / (C(d, s) s (d - s)), with both ends held exactly; all
    2^d subsets are used where they are no more than `subsets`, which is exact, else pairs of a subset and its
    complement are drawn by those weights. It asks for subsets times background rows answers.

    Raises ValueError without background, or for one feature that is not finite in both.

    Source: Lundberg & Lee, A unified approach to interpreting model predictions (2017), theorem 2; Covert & Lee,
    Improving KernelSHAP (2021), for pairs.
    """
    features = len(row)
    if not len(background):
        raise ValueError("needs at least one background row")
    none, everything = float(np.mean(answer(background))), float(answer(row[None])[0])
    if features == 1:
        return np.array([everything - none])
    members, weights = _subsets(features, subsets, np.random.default_rng(seed))
    worth = np.array([_worth(answer, row, background, subset) for subset in members])
    # the last feature takes what the others leave of the sum, so that both ends are met
    design = members[:, :-1].astype(float) - members[:, -1:]
    target = worth - none - members[:, -1] * (everything - none)
    scale = np.sqrt(weights)
    found, *_ = np.linalg.lstsq(design * scale[:, None], target * scale, rcond=None)
    return np.append(found, everything - none - found.sum())


def _worth(answer: Answer, row: Floats, background: Floats, subset: np.ndarray) -> float:
    return float(np.mean(answer(np.where(subset, row, background))))


def _subsets(features: int, most: int, random: np.random.Generator) -> tuple[np.ndarray, Floats]:
    """Subsets, neither empty nor whole, as rows of flags; and their weights."""
    if 2**features - 2 <= most:
        codes = np.arange(1, 2**features - 1)
        members = (codes[:, None] >> np.arange(features)) & 1
        sizes = members.sum(axis=1)
        weights = [(features - 1) / (math.comb(features, size) * size * (features - size)) for size in sizes.tolist()]
        return members.astype(bool), np.array(weights)
    sizes = np.arange(1, features)
    chance = 1 / (sizes * (features - sizes))
    drawn = random.choice(sizes, most // 2, p=chance / chance.sum())
    half = np.zeros((len(drawn), features), bool)
    for at, size in enumerate(drawn):
        half[at, random.choice(features, size, replace=False)] = True
    members = np.concatenate((half, ~half))
    return members, np.ones(len(members))  # drawn by their weights already
