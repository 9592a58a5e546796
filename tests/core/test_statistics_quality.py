"""Metrics of a classifier, and differences of two."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import assume, given
from hypothesis import strategies as st

from core.statistics.paired import Answers, accuracy_difference, auc_difference, difference
from core.statistics.quality import METRICS, auc, midranks, quality

tables = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9])), min_size=1, max_size=40
)


@given(tables)
def test_metrics_are_those_of_scikit_learn(rows: list[tuple[bool, bool, float]]) -> None:
    labels, predicted, scores = (np.array(column) for column in zip(*rows, strict=True))
    found = quality(labels, predicted, scores)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, predicted))
    for name in ("f1", "precision", "recall"):
        expected = getattr(reference, f"{name}_score")(labels, predicted, zero_division=0)
        assert found[name] == pytest.approx(expected), name
    if labels.any() and not labels.all():
        assert found["auc"] == pytest.approx(reference.roc_auc_score(labels, scores))
    else:
        assert "auc" not in found


def test_nothing_is_known_of_no_rows() -> None:
    assert quality(np.zeros(0, bool), np.zeros(0, bool), np.zeros(0)) == {}


def test_nan_has_no_rank() -> None:
    with pytest.raises(ValueError, match="NaN"):
        midranks(np.array([0.1, np.nan]))


def test_the_interval_of_accuracies_is_the_published_one() -> None:
    """21 children before and after a transplantation, 1 and 7 discordant: Bentur et al. (2009), as treated in
    Fagerland, Lydersen & Laake (2014): -0.508 to -0.013."""
    before = np.array([1] * 1 + [1] * 1 + [0] * 7 + [0] * 12, bool)
    after = np.array([1] * 1 + [0] * 1 + [1] * 7 + [0] * 12, bool)
    found = accuracy_difference(before, after)
    assert found.point == pytest.approx(-6 / 21)
    assert (round(found.low, 3), round(found.high, 3)) == (-0.508, -0.013)


def test_the_variance_of_aucs_is_that_of_the_definition() -> None:
    """DeLong's components, row against row."""
    random = np.random.default_rng(4)
    labels = random.random(50) < 0.4
    scores = [np.round(labels + random.normal(scale=1.2, size=50), 1) for _ in range(2)]
    above = [
        np.where(s[labels][:, None] > s[~labels], 1.0, np.where(s[labels][:, None] == s[~labels], 0.5, 0.0))
        for s in scores
    ]
    change = above[0] - above[1]
    ones, zeros = change.mean(axis=1), change.mean(axis=0)
    expected = ones.var(ddof=1) / len(ones) + zeros.var(ddof=1) / len(zeros)
    found = auc_difference(labels, *scores)
    assert found.point == pytest.approx(auc(labels, scores[0]) - auc(labels, scores[1]))
    assert ((found.high - found.low) / 2 / 1.959963984540054) ** 2 == pytest.approx(expected)


@given(st.sampled_from(METRICS), st.integers(0, 10_000))
def test_swapping_the_models_turns_the_difference_around(metric: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.random(60) < 0.5
    assume(5 < labels.sum() < 55)
    one, two = (Answers(scores > 0.5, scores) for scores in random.random((2, 60)))
    forth, back = difference(metric, labels, one, two), difference(metric, labels, two, one)
    assert forth.point == pytest.approx(-back.point)
    tolerance = 1e-9 if metric in ("accuracy", "auc") else 0.05  # the draws of a bootstrap are not the mirrored ones
    assert forth.low == pytest.approx(-back.high, abs=tolerance)
    expected = quality(labels, one.predicted, one.scores)[metric] - quality(labels, two.predicted, two.scores)[metric]
    assert forth.point == pytest.approx(expected)
    assert -1 <= forth.low <= forth.high <= 1
