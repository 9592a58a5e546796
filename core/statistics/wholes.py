"""Drift of features that are several columns: a text moves with each of them, an embedding as one vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.contracts.policy import WatchPolicy
from core.contracts.reports import FeatureReport, Multivariate
from core.statistics.attributed import Attributed, Lately, attributed, moved
from core.statistics.baseline import Baseline, FeatureBaseline, WholeBaseline
from core.statistics.column import Column
from core.statistics.comparison import (
    Distribution,
    compare,
    distances,
    distribution_of,
    drift,
    feature_report,
)
from core.statistics.distances import Floats

AUC = "domain_classifier_auc"


@dataclass(frozen=True, slots=True)
class Now:
    """A window."""

    columns: Mapping[str, Column]
    recent: Mapping[str, Distribution] = field(default_factory=dict)
    """The same columns in the windows before; empty without any, and never of an embedding."""
    vectors: Mapping[str, Multivariate | None] = field(default_factory=dict)
    """What a classifier makes of each embedding alone; None where there were too few rows."""
    lately: Lately = field(default_factory=dict)
    """What the model made of the features, and of groups of them, in the windows before."""


def compare_all(baseline: Baseline, now: Now, attributions: Floats, policy: WatchPolicy) -> tuple[FeatureReport, ...]:
    """One report for each feature as a request gives it, in the baseline's order; `attributions` is [rows, features]
    (`core.statistics.comparison.compare`)."""
    if not baseline.wholes:
        return compare(baseline, now.columns, attributions, policy, now.recent, now.lately)
    before = {feature.name: feature for feature in baseline.features}
    return tuple(
        _report(unit, before, now, found, policy)
        if isinstance(unit, WholeBaseline)
        else feature_report(
            unit, now.columns[unit.name], found, policy, now.recent.get(unit.name), now.lately.get(unit.name)
        )
        for unit, found in zip(baseline.units, attributed(attributions), strict=True)
    )


def _report(
    whole: WholeBaseline, before: Mapping[str, FeatureBaseline], now: Now, attributed: Attributed, policy: WatchPolicy
) -> FeatureReport:
    columns, grounds = now.columns, moved(whole, attributed, now.lately.get(whole.name))
    text = whole.kind == "text"
    went = _text(whole, before, now, policy) if text else _vector(now.vectors.get(whole.name), policy)
    return FeatureReport(
        name=whole.name,
        completeness=min(columns[name].completeness for name in whole.columns),
        baseline_completeness=min(before[name].completeness for name in whole.columns),
        drift=went.drift,
        attribution_share=attributed.share,
        baseline_share=whole.share,
        attribution_drift=grounds.drift,
        threshold=policy.threshold(whole.name),
        recent_drift=went.recent,
        distances=went.distances,
        attribution_mean=attributed.mean,
        baseline_attribution_mean=whole.attribution_mean,
        parts=went.parts,
        recent_attribution_drift=grounds.recent,
        attribution_distances=grounds.distances,
    )


@dataclass(frozen=True, slots=True)
class _Moved:
    drift: float
    recent: float | None
    distances: Mapping[str, float]
    parts: Mapping[str, float]


def _text(whole: WholeBaseline, before: Mapping[str, FeatureBaseline], now: Now, policy: WatchPolicy) -> _Moved:
    """A text moved as far as the column of it that moved most."""
    held = {name: distribution_of(now.columns[name]) for name in whole.columns}

    def far(name: str, from_where: Distribution) -> float:
        return drift(from_where, held[name], before[name].deviation, policy)

    parts = {name: far(name, before[name].distribution) for name in whole.columns}
    lately = [far(name, now.recent[name]) for name in whole.columns if name in now.recent]
    most = max(parts, key=lambda name: parts[name])
    return _Moved(parts[most], max(lately, default=None), distances(before[most], held[most]), parts)


def _vector(found: Multivariate | None, policy: WatchPolicy) -> _Moved:
    if found is None:
        return _Moved(0.0, None, {}, {})
    return _Moved(somers_d(found.low if policy.robust else found.auc), None, {AUC: found.auc}, {})


def somers_d(auc: float) -> float:
    """How well a classifier tells two samples apart, beyond chance: 2 AUC - 1, at least 0; 1 where it never errs.

    One number for a vector of any length, between 0 and 1 as the other distances, in place of one alarm for each of
    its dimensions. Where it is to be robust, the lower bound of the AUC's interval is taken: what chance gives samples
    of this size is 0 then.

    >>> somers_d(0.75), somers_d(0.48)
    (0.5, 0.0)

    Sources: Lopez-Paz & Oquab, Revisiting classifier two-sample tests (arXiv 1610.06545); Somers, A new asymmetric
    measure of association for ordinal variables (1962).
    """
    return max(0.0, 2 * auc - 1)


def complete(rows: Floats) -> Floats:
    """The rows in which no number is missing: only vectors that are there are compared."""
    return rows[~np.isnan(rows).any(axis=1)]
