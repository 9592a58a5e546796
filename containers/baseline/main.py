"""Files in, files out: what the training set looked like, and what the model made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from containers.attributions import attributions, expected, means
from containers.baseline.calibrated import calibration, held_out, kept, unseen
from containers.baseline.compared import bias, condition, crossings
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.model import TrainedModel
from core.attribution.analysis import explanations
from core.contracts import reports, stages
from core.contracts.explaining import Explaining
from core.contracts.fairness import Fairness
from core.contracts.problem import MULTICLASS
from core.contracts.signature import NUMBERS, Feature
from core.contracts.signature import Column as Given
from core.statistics import managed
from core.statistics.attributed import Attributed, attributed
from core.statistics.attribution_groups import attributed_groups
from core.statistics.baseline import Baseline, Distribution, FeatureBaseline, GroupBaseline, WholeBaseline
from core.statistics.categories import classes_of, naming
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.distances import Floats
from core.statistics.fences import Fences
from core.statistics.histogram import Histogram, quantile_edges
from core.statistics.keys import hashed, numbered
from core.statistics.sample import Sample

SAMPLE = 2000
"""Rows whose attributions are kept."""
USUAL = Explaining()
ALONE = Fairness()


def main(folders: MlFolders, explaining: Explaining = USUAL, fairness: Fairness = ALONE, least: int = 1) -> str:
    """Write statistics.json, constraints.json, baseline.json and analysis.json; return the exit message. Groups with
    fewer rows than `least` are left out of what is said of how far groups are apart."""
    training = Dataset.read(folders.processing_input(stages.TRAIN))
    model = TrainedModel.load(folders.processing_input(stages.MODEL))
    if training.signature.features != model.signature.features:
        raise ValueError("the model and the training set have different features")
    if training.signature.target != model.signature.target:
        raise ValueError("the model answers something else than the labels of the training set are")
    if not len(training):
        raise ValueError("the training set has no rows")
    columns = describe(training)
    test = held_out(folders.processing_input(stages.TEST))
    explained = _explained(training, model, explaining)
    whole = baseline(training, answered(unseen(training, test), model), columns, explained)
    made = replace(
        whole,
        calibration=calibration(model, test),
        held=kept(model, test),
        crossings=crossings(training, whole.features, fairness),
        conditional_on=condition(training.signature, fairness),
    )
    output = folders.processing_output(stages.BASELINE)
    output.mkdir(parents=True, exist_ok=True)
    written = {
        reports.STATISTICS: json.dumps(
            managed.statistics(columns, len(training), made.vector_columns), allow_nan=False
        ),
        reports.CONSTRAINTS: json.dumps(managed.constraints(columns, training.signature), indent=2, allow_nan=False),
        stages.BASELINE_FILE: made.to_json(),
        reports.ANALYSIS: json.dumps(
            bias(training, model, made, least) | _analysed(model, explained), indent=2, allow_nan=False
        ),
    }
    for name, text in written.items():
        (output / name).write_text(text, encoding="utf-8")
    return f"The baseline holds {len(training)} rows of {len(training.signature.features)} features."


def describe(training: Dataset) -> dict[str, Column]:
    """Every column's summary, by name. Numbers are rounded to 32 bits, as a window's are."""
    rows = training.rows.astype(np.float32).astype(np.float64)
    alone = {"dimension": np.empty(0)}  # a number of an embedding means nothing by itself: it has no fences
    return {
        column.name: NumericColumn.of(
            rows[:, at], [], quantile_edges(rows[:, at]), Fences.of(alone.get(column.kind, rows[:, at]))
        )
        if column.kind in NUMBERS
        else CategoricalColumn.of(rows[:, at], [], naming(column.kind))
        for at, column in enumerate(training.signature.columns)
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Explained:
    """What the model makes of a sample of the training set."""

    how: Explaining
    rows: Floats
    """[sampled rows, columns]"""
    attributions: Floats
    """[sampled rows, features]"""


def _explained(training: Dataset, model: TrainedModel, how: Explaining) -> _Explained:
    keys = numbered(hashed(["row"]).repeat(len(training)), np.arange(len(training)))
    rows = Sample.of(keys, training.rows, SAMPLE).rows
    return _Explained(how, rows, attributions(model, rows, how))


def _analysed(model: TrainedModel, explained: _Explained) -> dict[str, Any]:
    """As Clarify tells of the training set."""
    signature = model.signature
    return explanations(
        signature.label,
        means(explained.attributions, signature.names),
        expected(model, explained.rows, explained.attributions, explained.how),
        model.predictor.method(explained.how.by),
    )


def answered(data: Dataset, model: TrainedModel) -> Distribution:
    """How the answers to rows are distributed: classes, or probabilities or scores."""
    answers = model.answered(data.columns_of(model.signature.column_names))
    if model.signature.problem == MULTICLASS:
        return classes_of(answers)
    return Histogram.of(quantile_edges(answers, computed=True), answers)


def baseline(
    training: Dataset, answers: Distribution, columns: Mapping[str, Column], explained: _Explained
) -> Baseline:
    """What a window is compared with."""
    explaining, found = explained.how, explained.attributions
    names = training.signature.names
    made = {name: _Made(each) for name, each in zip(names, attributed(found), strict=True)}
    groups = attributed_groups(found, names, explaining.groups)
    return Baseline(
        rows=len(training),
        features=tuple(
            _feature(column, columns[column.name], made.get(column.name, NOTHING))
            for column in training.signature.columns
        ),
        wholes=tuple(_whole(feature, made[feature.name]) for feature in training.signature.features if feature.whole),
        predictions=answers,
        sample=explained.rows,
        explaining=explaining,
        groups=tuple(_group(name, explaining.groups[name], _Made(each)) for name, each in groups.items()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """What the model made of a feature, or of a group of them, in the sampled rows."""

    of: Attributed

    @property
    def histogram(self) -> Histogram:
        return Histogram.of(quantile_edges(self.of.values, computed=True), self.of.values)

    @property
    def deviation(self) -> float:
        return float(self.of.values.std()) if len(self.of.values) else 0.0


NOTHING = _Made(Attributed(np.empty(0), 0.0, 0.0))
"""Of a column that is no feature by itself."""


def _group(name: str, features: tuple[str, ...], made: _Made) -> GroupBaseline:
    return GroupBaseline(name, features, made.histogram, made.of.share, made.of.mean, made.deviation)


def _whole(feature: Feature, made: _Made) -> WholeBaseline:
    assert feature.kind in ("text", "embedding")
    names = tuple(column.name for column in feature.columns)
    return WholeBaseline(feature.name, feature.kind, names, made.histogram, made.of.share, made.of.mean, made.deviation)


def _feature(told: Given, column: Column, made: _Made) -> FeatureBaseline:
    numbers = column if isinstance(column, NumericColumn) else None
    moments = numbers.moments if numbers and numbers.present else None
    return FeatureBaseline(
        name=told.name,
        kind=told.kind,
        completeness=column.completeness,
        distribution=column.histogram if isinstance(column, NumericColumn) else column.categories,
        minimum=moments.minimum if moments else None,
        maximum=moments.maximum if moments else None,
        most_common=_most_common(numbers) if numbers else 1.0,
        attributions=made.histogram,
        attribution_mean=made.of.mean,
        attribution_deviation=made.deviation,
        deviation=moments.standard_deviation if moments else 0.0,
        fences=numbers.beyond.fences if numbers else None,
        far_out=numbers.beyond.count if numbers else 0,
        share=made.of.share,
    )


def _most_common(column: NumericColumn) -> float:
    """Upper bound of the share of the most frequent number."""
    top = column.frequent.most_common()
    count = (top[1] if top else 0) + column.frequent.error
    return min(1.0, count / column.frequent.total) if column.frequent.total else 1.0
