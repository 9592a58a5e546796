"""What a window is held against, where a team edits what its training set suggests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from containers.monitor.constraints import applied
from core.contracts import reports
from core.contracts.constraints import Edit
from core.contracts.policy import WatchPolicy
from core.contracts.reports import FeatureReport
from core.statistics import managed
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.checks import feature_violations
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.histogram import Histogram, quantile_edges

AGES = np.random.default_rng(3).normal(50, 5, 2000)
REGIONS = np.random.default_rng(4).integers(1, 4, 2000).astype(float)
NOTHING = Histogram.of([], [])
POLICY = WatchPolicy()


def columns(ages: np.ndarray, regions: np.ndarray) -> dict[str, Column]:
    return {
        "age": NumericColumn.of(ages, [], quantile_edges(AGES)),
        "region": CategoricalColumn.of(regions, []),
    }


TRAINED = columns(AGES, REGIONS)
SUGGESTED = managed.constraints(TRAINED)
BASELINE = Baseline(
    2000,
    (
        FeatureBaseline("age", "numeric", 1.0, TRAINED["age"].histogram, AGES.min(), AGES.max(), 0.001, NOTHING, 0.5),  # type: ignore[union-attr]
        FeatureBaseline("region", "categorical", 1.0, TRAINED["region"].categories, None, None, 1.0, NOTHING, 0.5),  # type: ignore[union-attr]
    ),
    NOTHING,
)


def broken(policy: WatchPolicy, ages: np.ndarray = AGES, regions: np.ndarray = REGIONS) -> set[tuple[str, str]]:
    window = columns(ages, regions)
    features = tuple(FeatureReport(name, 1, 1, 0, 0.5, 0.5, 0) for name in window)
    found = feature_violations(applied(SUGGESTED, policy), BASELINE, window, features, policy.completeness_threshold)
    return {(violation.feature, violation.check) for violation in found}


def holes(values: np.ndarray, share: float) -> np.ndarray:
    return np.where(np.arange(len(values)) < share * len(values), np.nan, values)


CASES: list[tuple[dict[str, Any], Edit, tuple[str, str]]] = [
    ({"ages": AGES - 60}, Edit(is_non_negative=False), ("age", reports.NON_NEGATIVE)),
    ({"ages": holes(AGES, 0.3)}, Edit(completeness=0.7), ("age", reports.COMPLETENESS)),
    ({"regions": np.where(REGIONS == 3, 9.0, REGIONS)}, Edit(domains=("9",)), ("region", reports.CATEGORICAL_VALUES)),
    (
        {"regions": np.where(REGIONS == 3, 9.0, REGIONS)},
        Edit(domain_content_threshold=0.5),
        ("region", reports.CATEGORICAL_VALUES),
    ),
    ({"ages": holes(AGES, 0.3)}, Edit(evaluate_constraints=False), ("age", reports.COMPLETENESS)),
]


@pytest.mark.parametrize(("window", "edit", "violation"), CASES, ids=[str(edit) for _, edit, _ in CASES])
def test_an_edit_counts_in_place_of_what_the_training_set_suggests(
    window: dict[str, Any], edit: Edit, violation: tuple[str, str]
) -> None:
    assert violation in broken(POLICY, **window)
    assert violation not in broken(replace(POLICY, constraints={violation[0]: edit}), **window)


def test_an_edit_can_ask_for_more_than_the_training_set_suggests() -> None:
    loose = {"regions": np.where(np.arange(2000) < 100, 9.0, REGIONS)}
    assert broken(POLICY, **loose) == set()
    strict = replace(POLICY, constraints={"region": Edit(domain_content_threshold=0.01)})
    assert broken(strict, **loose) == {("region", reports.CATEGORICAL_VALUES)}


def test_what_was_applied_is_written_and_what_was_suggested_is_left_as_it_was() -> None:
    before = managed.constraints(TRAINED)
    edited = applied(SUGGESTED, replace(POLICY, constraints={"region": Edit(domains=("9",))}, thresholds={"age": 0.4}))
    age, region = edited["features"]
    assert region["string_constraints"]["domains"] == ["1", "2", "3", "9"]
    assert age["monitoringConfigOverrides"]["distribution_constraints"]["comparison_threshold"] == 0.4
    assert before == SUGGESTED
