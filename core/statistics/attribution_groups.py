"""Groups of features: what a model makes of several of them together, as of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.attribution.summary import grouped
from core.contracts.reports import GroupReport
from core.statistics.attributed import NEVER, Attributed, Lately, moved
from core.statistics.baseline import Baseline
from core.statistics.distances import Floats


def compare_groups(baseline: Baseline, attributions: Floats, lately: Lately = NEVER) -> tuple[GroupReport, ...]:
    """One report for each group of the baseline; `attributions` is [rows, features], in the order of its units."""
    if not baseline.groups:
        return ()
    members = {group.name: group.features for group in baseline.groups}
    found = attributed_groups(attributions, [unit.name for unit in baseline.units], members)
    reports = []
    for group in baseline.groups:
        now = found[group.name]
        grounds = moved(group, now, lately.get(group.name))
        reports.append(
            GroupReport(
                name=group.name,
                features=group.features,
                share=now.share,
                baseline_share=group.share,
                drift=grounds.drift,
                mean=now.mean,
                baseline_mean=group.attribution_mean,
                recent_drift=grounds.recent,
                distances=grounds.distances,
            )
        )
    return tuple(reports)


def attributed_groups(
    attributions: Floats, features: Sequence[str], groups: Mapping[str, Sequence[str]]
) -> dict[str, Attributed]:
    """Each group's sums of a matrix [rows, features]; of no row, nothing.

    The share of a group is mean_i |sum_{j in G} phi_ij| / sum_j mean_i |phi_ij|, over the total of all features, each
    for itself: so it can be held against a feature's, and is at most the sum of its members' shares.

    >>> groups = {"money": ["salary", "bonus"]}
    >>> found = attributed_groups(np.array([[1.0, -1.0, 2.0]]), ["salary", "bonus", "age"], groups)
    >>> found["money"].share, found["money"].values.tolist()
    (0.0, [0.0])

    Raises ValueError for a feature that is unknown or in two groups.
    """
    if not len(attributions) or not groups:
        return {name: Attributed(np.empty(0), 0.0, 0.0) for name in groups}
    sums, names = grouped(attributions, features, groups)
    total = float(np.abs(attributions).mean(axis=0).sum())
    return {
        name: Attributed(sums[:, at], float(np.abs(sums[:, at]).mean()) / (total or 1.0), float(sums[:, at].mean()))
        for at, name in enumerate(names[: len(groups)])
    }
