"""All that is kept of a window while it is read: its size does not grow with the window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.monitor.batch import Batch
from containers.monitor.joinable import Joinable
from core.contracts.policy import WatchPolicy
from core.contracts.problem import BINARY, REGRESSION, Target
from core.contracts.signature import Feature
from core.fairness.groupings import Codes, Grouping, groupings
from core.fairness.tally import UNKNOWN, Tally
from core.statistics.baseline import Baseline, Distribution, FeatureBaseline
from core.statistics.categories import classes_of, naming
from core.statistics.checks import Shape
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.distances import Floats
from core.statistics.distinct import Distinct
from core.statistics.groups import Groups
from core.statistics.histogram import Histogram
from core.statistics.keys import hashed, numbered
from core.statistics.rules import broken, late
from core.statistics.sample import Sample

JOINED = 100_000
"""Rows whose answers are kept for labels that arrive; of more, a random sample."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a window is read."""

    baseline: Baseline
    policy: WatchPolicy
    threshold: float
    """From this probability on the answer is 1."""
    facets: tuple[str, ...]
    """Sensitive features."""
    target: Target = field(default_factory=Target)
    """What the model answers, and which answers and labels are good for whom they are given to."""
    positive: tuple[int, ...] = (1,)
    given: tuple[Feature, ...] = ()
    """Features of a request, where they are more than plain numbers: the columns are made of them."""

    @property
    def columns(self) -> list[str]:
        return [feature.name for feature in self.baseline.features]

    @property
    def grouped(self) -> tuple[str, ...]:
        """Features by whose groups answers are told apart: facets, segments, what disparity is conditional on."""
        return (*self.facets, *self.policy.segments, *self.condition)

    @property
    def condition(self) -> tuple[str, ...]:
        """The feature that disparity is conditional on in the training set, or none."""
        told = self.baseline.conditional_on
        return (told,) if told and self.facets else ()

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """Whom fairness compares: the groups of each facet, then those of the training set's intersections."""
        return groupings({name: self.groups(name) for name in self.facets}, self.baseline.crossings)

    def named_codes(self, answered: Floats) -> dict[str, Codes]:
        """Codes of the groups of the features in `grouped`, of rows of `Window.answered`."""
        return {name: answered[:, 1 + at].astype(np.int64) for at, name in enumerate(self.grouped)}

    def tally(self, grouping: Grouping, codes: Mapping[str, Codes], labels: Codes, answers: Codes) -> Tally:
        """Of rows: `codes` are those of the groups of the features in `grouped`."""
        condition = next(iter(self.condition), None)
        return Tally.of(
            grouping.codes(codes),
            labels,
            answers,
            groups=len(grouping.groups),
            stratum=None if condition is None else codes[condition],
            strata=1 if condition is None else len(self.groups(condition).names),
        )

    def groups(self, feature: str) -> Groups:
        return Groups.of(self.baseline.features[self.columns.index(feature)])

    def said(self, answers: Floats) -> NDArray[Any]:
        """What the model says: whether it is 1 (compared in 32 bits, as the server does), the class, or the score."""
        if self.target.problem == BINARY:
            return answers.astype(np.float32) >= np.float32(self.threshold)
        return answers if self.target.problem == REGRESSION else answers.astype(np.int64)

    def answers(self, answers: Floats) -> NDArray[np.int64]:
        """Whether each answer is a good one: 1, 0, or UNKNOWN where there is none."""
        known = ~np.isnan(answers)
        return np.where(known, self.good(self.said(np.where(known, answers, 0.0))), UNKNOWN).astype(np.int64)

    def good(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """The same of labels, or of what the model says. A number is neither good nor bad."""
        if self.target.problem == REGRESSION:
            return np.full(len(labels), UNKNOWN, np.int64)
        found = labels if self.target.problem == BINARY else np.isin(labels, self.positive)
        return found.astype(np.int64)

    def predictions(self, answers: Floats) -> Distribution:
        """Of answers that are known: of the classes, or of numbers over the baseline's edges."""
        before = self.baseline.predictions
        return Histogram.of(before.edges, answers) if isinstance(before, Histogram) else classes_of(answers)


@dataclass(frozen=True, slots=True)
class Window:
    """Summaries of the rows read so far."""

    shape: Shape
    columns: dict[str, Column]
    predictions: Distribution
    explained: Sample
    """Rows, one column a feature."""
    answered: Joinable
    """Columns: the answer, then the codes of the row's groups (`Reading.grouped`); the keys are `join_keys`."""
    tallies: tuple[Tally, ...]
    """Of each of `Reading.groupings`; no label is known yet."""
    distinct: Distinct
    """Different rows."""
    broken: NDArray[np.int64]
    """Rows that break each rule, then those that break any."""
    late: int
    """Rows that are not fresh."""

    def __add__(self, other: Window) -> Window:
        return Window(
            self.shape + other.shape,
            {name: column + other.columns[name] for name, column in self.columns.items()},  # type: ignore[operator]
            self.predictions + other.predictions,  # type: ignore[operator]
            self.explained + other.explained,
            self.answered + other.answered,
            tuple(mine + theirs for mine, theirs in zip(self.tallies, other.tallies, strict=True)),
            self.distinct + other.distinct,
            self.broken + other.broken,
            self.late + other.late,
        )


def summarize(batches: Iterable[Batch], reading: Reading) -> Window:
    """Read all batches; there is at least one."""
    return reduce(lambda before, batch: before + batch, (_of(batch, reading) for batch in batches))


def _of(batch: Batch, reading: Reading) -> Window:
    values, given, columns = batch.cells.values, batch.answers, reading.columns
    known = ~np.isnan(given)
    codes = [_codes(batch, reading, name) for name in reading.grouped]
    named = dict(zip(reading.grouped, codes, strict=True))
    answered = np.column_stack((given, *codes))
    answers, labels = reading.answers(given), np.full(len(values), UNKNOWN)
    breaking = [broken(rule, values, columns) for rule in reading.policy.rules]
    freshness = reading.policy.freshness
    return Window(
        batch.shape,
        {
            feature.name: _column(feature, reading.policy, values[:, at], batch.cells.texts.get(at, []))
            for at, feature in enumerate(reading.baseline.features)
        },
        reading.predictions(given[known]),
        Sample.of(batch.keys, values, reading.policy.explained_rows),
        Joinable.of(batch.joins, answered, JOINED),
        tuple(reading.tally(grouping, named, labels, answers) for grouping in reading.groupings),
        Distinct.of(_row_keys(values)),
        np.array([*(int(each.sum()) for each in breaking), int(np.any(breaking, axis=0).sum()) if breaking else 0]),
        int(late(freshness, values, batch.times, columns).sum()) if freshness else 0,
    )


def _codes(batch: Batch, reading: Reading, feature: str) -> Codes:
    at = reading.columns.index(feature)
    return reading.groups(feature).codes(batch.cells.values[:, at], batch.cells.wrong_in(at))


def _column(feature: FeatureBaseline, policy: WatchPolicy, values: Floats, texts: list[str]) -> Column:
    if isinstance(feature.distribution, Histogram):
        return NumericColumn.of(values, texts, feature.distribution.edges, feature.fences)
    edit = policy.constraints.get(feature.name)
    known = frozenset((*feature.distribution.counts, *(edit.domains if edit else ())))
    return CategoricalColumn.of(values, texts, naming(feature.kind), known)


def _row_keys(values: Floats) -> NDArray[np.uint64]:
    """One key for equal rows. Missing values are equal."""
    keys = hashed(["row"]).repeat(len(values))
    bits = np.nan_to_num(values, nan=np.finfo(np.float64).max).view(np.int64)
    for column in bits.T:
        keys = numbered(keys, column)
    return keys
