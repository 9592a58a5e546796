"""Which constraints a window breaks, and whether the order of importance is another one."""

from __future__ import annotations

import numpy as np

from containers.monitor.constraints import applied
from containers.monitor.watched import Watched
from containers.monitor.window import Window
from core.attribution.summary import ndcg
from core.contracts.reports import ATTRIBUTION_DRIFT, LEAST_NDCG, FeatureReport, Violation
from core.statistics.checks import feature_violations, request_violations


def violated(watched: Watched, window: Window, features: tuple[FeatureReport, ...]) -> tuple[Violation, ...]:
    """Those of the request are told on malformed rows too; those of features, on rows that could be read."""
    policy, constraints = watched.policy, applied(watched.constraints, watched.policy)
    found: tuple[Violation, ...] = ()
    if window.shape.seen >= policy.minimum_rows:
        found += request_violations(constraints, window.shape)
    if window.shape.rows >= policy.minimum_rows:
        loss = policy.completeness_threshold
        found += feature_violations(constraints, watched.baseline, window.columns, features, loss)
    return found


def order_of_importance(features: tuple[FeatureReport, ...]) -> float:
    """nDCG of today's order against the training set's."""
    before, now = [feature.baseline_share for feature in features], [feature.attribution_share for feature in features]
    return ndcg(np.array(before), np.array(now))


def reordered(label: str, order: float | None) -> tuple[Violation, ...]:
    """As the managed explainability monitor says it."""
    if order is None or order >= LEAST_NDCG:
        return ()
    text = f"Feature attribution drift {order:.2f} exceeds threshold {LEAST_NDCG}"
    return (Violation(label, ATTRIBUTION_DRIFT, text),)
