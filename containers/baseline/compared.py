"""Whom fairness compares in the training set, and how the model treats them there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from containers.dataset import Dataset
from containers.flipped import flip_tests
from containers.model import TrainedModel
from core.contracts.fairness import Fairness
from core.contracts.problem import REGRESSION
from core.contracts.signature import Signature
from core.fairness.analysis import bias_analysis
from core.fairness.assessment import assess
from core.fairness.fairlearn import Told, disparities
from core.fairness.groupings import Codes, groupings
from core.fairness.means import MAE, MEAN_PREDICTION, GroupMeans
from core.fairness.means import disparities as disparities_of_means
from core.fairness.tally import Tally
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.crossing import Crossing
from core.statistics.groups import Groups


def crossings(training: Dataset, features: tuple[FeatureBaseline, ...], asked: Fairness) -> tuple[Crossing, ...]:
    """The intersections that were asked for. Those of features that are not sensitive in the training set are left
    out: the team's file changed while the model was trained, and the next training has them."""
    of = _groups(training.signature, features)
    codes = _codes(training, of)
    return tuple(
        Crossing.of(each, [codes[name] for name in each], [len(of[name].names) for name in each])
        for each in asked.intersections
        if set(each) <= set(of)
    )


def condition(signature: Signature, asked: Fairness) -> str:
    """The feature that disparity is conditional on; empty for none, and where the training set has no such column."""
    there = signature.sensitive and asked.conditional_on in signature.column_names
    return asked.conditional_on if there else ""


def bias(training: Dataset, model: TrainedModel, made: Baseline, least: int) -> dict[str, Any]:
    """Of the training set's labels and the model's answers to it, for each sensitive feature and intersection. Groups
    with fewer rows than `least` are left out of the disparities."""
    if model.signature.problem == REGRESSION:
        return bias_analysis(training.signature.label, "", {}, _apart(training, model, made, least))
    signature = training.signature
    positive = model.signature.positive
    answers = np.isin(model.labels(model.probabilities(training.rows)), positive).astype(np.int64)
    labels = np.isin(training.labels, positive).astype(np.int64)
    of = _groups(model.signature, made.features)
    codes, strata = _codes(training, of), _strata(training, made)
    flips = flip_tests(model, made, made.sample)
    facets, told = {}, {}
    for grouping in groupings(of, made.crossings):
        names = grouping.groups
        tally = Tally.of(grouping.codes(codes), labels, answers, groups=len(names), **strata)
        groups = [group for group in assess(tally, names) if group.rows]
        facets[grouping.name] = [group.with_(flips[grouping.name, group.group]) for group in groups]
        told[grouping.name] = disparities(tally, least)
    return bias_analysis(signature.label, ",".join(map(str, positive)), facets, told)


def _apart(training: Dataset, model: TrainedModel, made: Baseline, least: int) -> dict[str, Told]:
    """Of a regression: how far the means of groups are apart, by facet."""
    said = model.answered(training.rows)
    of = _groups(model.signature, made.features)
    codes, found = _codes(training, of), {}
    for grouping in groupings(of, made.crossings):
        code, count = grouping.codes(codes), len(grouping.groups)
        errors = np.abs(said - training.labels)
        means = {MEAN_PREDICTION: GroupMeans.of(code, said, count), MAE: GroupMeans.of(code, errors, count)}
        found[grouping.name] = disparities_of_means(means, least)
    return found


def _groups(signature: Signature, features: tuple[FeatureBaseline, ...]) -> dict[str, Groups]:
    return {name: Groups.of(features[signature.column_names.index(name)]) for name in signature.sensitive}


def _codes(training: Dataset, of: Mapping[str, Groups]) -> dict[str, Codes]:
    return {name: groups.codes(_values(training, name)) for name, groups in of.items()}


def _strata(training: Dataset, made: Baseline) -> dict[str, Any]:
    if not made.conditional_on:
        return {}
    groups = Groups.of(made.features[training.signature.column_names.index(made.conditional_on)])
    return {"stratum": groups.codes(_values(training, made.conditional_on)), "strata": len(groups.names)}


def _values(training: Dataset, name: str) -> np.ndarray:
    """Rounded to 32 bits, as a window's are."""
    column = training.rows[:, training.signature.column_names.index(name)]
    return np.asarray(column.astype(np.float32).astype(np.float64))
