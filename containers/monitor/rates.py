"""Rates of each group, and how far apart they are, as Fairlearn tells them; against the training set's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from containers.monitor.bias import FacetBias
from containers.monitor.labels import Labelled
from containers.monitor.window import Reading, Window
from core.contracts.reports import FacetRates, GroupRates
from core.fairness.fairlearn import RATES, Told, disparities, known, spread
from core.fairness.means import MAE, MEAN_PREDICTION, GroupMeans
from core.fairness.means import disparities as disparities_of_means
from core.fairness.tally import Tally


def facet_rates(found: tuple[FacetBias, ...], baselines: Mapping[str, Told], least: int) -> tuple[FacetRates, ...]:
    """Of every facet. `baselines` are the training set's disparities, by facet; groups with fewer rows than `least`
    have their rates, and are left out of the disparities."""
    return tuple(_rates(facet, facet.tally, baselines, least) for facet in found if facet.tally is not None)


def _rates(facet: FacetBias, tally: Tally, baselines: Mapping[str, Told], least: int) -> FacetRates:
    counts = tally.counts.sum(axis=0)
    spreads = {rate: spread(tally, rate) for rate in RATES}
    groups = tuple(
        GroupRates(
            group=name,
            rows=int(counts[code].sum()),
            labels=int(counts[code, :2].sum()),
            rates={rate: known(spreads[rate].by_group[code]) for rate in RATES},
        )
        for code, name in enumerate(facet.names)
        if counts[code].sum()
    )
    overall = {rate: one.overall for rate, one in spreads.items() if any(share == share for share in one.by_group)}
    return FacetRates(
        facet=facet.facet,
        overall={rate: overall.get(rate) for rate in RATES},
        groups=groups,
        disparities=disparities(tally, least),
        baseline=baselines.get(facet.facet, {}),
        recent=disparities(facet.before, least) if facet.before is not None else {},
    )


def mean_rates(
    window: Window, labelled: Labelled, reading: Reading, baselines: Mapping[str, Told], enough: bool
) -> tuple[FacetRates, ...]:
    """Of a regression: what the model says to each group, and how far off it is, by the answers that are kept for
    labels. Without enough rows nothing is told."""
    if not enough:
        return ()
    told, truth = window.answered.rows[window.answered.answered], labelled.labels.astype(np.float64)
    codes, of_labels = reading.named_codes(told), reading.named_codes(labelled.answered)
    found, least = [], reading.policy.minimum_labels
    for grouping, tally in zip(reading.groupings, window.tallies, strict=True):
        count, errors = len(grouping.groups), np.abs(labelled.answers - truth)
        means = {
            MEAN_PREDICTION: GroupMeans.of(grouping.codes(codes), told[:, 0], count),
            MAE: GroupMeans.of(grouping.codes(of_labels), errors, count),
        }
        rows, labels = tally.counts.sum(axis=(0, 2, 3)), means[MAE].counts
        groups = tuple(
            GroupRates(name, int(rows[at]), int(labels[at]), {mean: known(of.means[at]) for mean, of in means.items()})
            for at, name in enumerate(grouping.groups)
            if rows[at]
        )
        overall = {mean: known(of.overall) for mean, of in means.items()}
        apart, before = disparities_of_means(means, least), baselines.get(grouping.name, {})
        found.append(FacetRates(grouping.name, overall, groups, apart, before))
    return tuple(found)
