"""Rates of each group, and how far apart they are, as Fairlearn tells them; against the training set's."""

from __future__ import annotations

from collections.abc import Mapping

from containers.monitor.bias import FacetBias
from core.contracts.reports import FacetRates, GroupRates
from core.fairness.fairlearn import RATES, Told, disparities, known, spread
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
