"""The six checks: what each reports, and that healthy windows break none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.contracts import reports
from core.contracts.reports import FeatureReport, Violation
from core.statistics import managed
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.categories import Categories
from core.statistics.checks import REQUEST, Shape, feature_violations, request_violations
from core.statistics.column import CategoricalColumn, Column, NumericColumn, Presence
from core.statistics.histogram import Histogram, quantile_edges

RANDOM = np.random.default_rng(11)
AGES = RANDOM.integers(20, 80, 2000).astype(float)
BMIS = RANDOM.normal(26, 4, 2000)
SEXES = RANDOM.integers(1, 3, 2000).astype(float)


def numeric(values: np.ndarray, texts: list[str] | None = None, edges: Any = None) -> NumericColumn:
    return NumericColumn.of(values, texts or [], quantile_edges(values) if edges is None else edges)


TRAINED: dict[str, Column] = {"age": numeric(AGES), "bmi": numeric(BMIS), "sex": CategoricalColumn.of(SEXES, [])}
CONSTRAINTS = managed.constraints(TRAINED)
NOTHING = Histogram.of([], [])
BASELINE = Baseline(
    2000,
    (
        FeatureBaseline("age", "numeric", 1.0, TRAINED["age"].histogram, 20, 79, 0.03, NOTHING, 0.3),  # type: ignore[union-attr]
        FeatureBaseline(
            "bmi",
            "numeric",
            1.0,
            TRAINED["bmi"].histogram,
            BMIS.min(),
            BMIS.max(),
            0.001,
            NOTHING,
            0.3,  # type: ignore[union-attr]
        ),
        FeatureBaseline("sex", "categorical", 1.0, TRAINED["sex"].categories, None, None, 1.0, NOTHING, 0.4),  # type: ignore[union-attr]
    ),
    NOTHING,
)


def expecting(**completeness: float) -> dict[str, Any]:
    """The constraints, with other shares of values by feature."""
    told = CONSTRAINTS["features"]
    edited = [{**each, "completeness": completeness.get(each["name"], each["completeness"])} for each in told]
    return {**CONSTRAINTS, "features": edited}


def broken(
    constraints: dict[str, Any] = CONSTRAINTS,
    baseline: Baseline = BASELINE,
    loss: float = 0.05,
    drift: float = 0.0,
    **columns: Column,
) -> list[tuple[str, str]]:
    window = {name: columns.get(name, column) for name, column in TRAINED.items()}
    calm = FeatureReport("", 1.0, 1.0, drift, 0.3, 0.3, 0.0)
    features = tuple(replace(calm, name=feature.name) for feature in baseline.features)
    found = feature_violations(constraints, baseline, window, features, loss)
    return [(violation.feature, violation.check) for violation in found]


def test_the_training_set_itself_breaks_nothing() -> None:
    assert broken() == []


def test_texts_in_a_column_of_numbers_are_of_another_type_and_missing_to_the_model() -> None:
    values = AGES[:500].copy()
    values[:100] = np.nan
    assert broken(age=numeric(values, ["unknown"] * 100)) == [
        ("age", reports.DATA_TYPE),
        ("age", reports.COMPLETENESS),
    ]


def test_fractions_in_a_column_of_integers_are_of_another_type_but_not_the_reverse() -> None:
    assert broken(age=numeric(AGES[:500] + 0.5)) == [("age", reports.DATA_TYPE)]
    assert broken(bmi=numeric(np.round(BMIS[:500]))) == []


def test_half_a_column_missing_is_a_violation() -> None:
    values = BMIS[:500].copy()
    values[::2] = np.nan
    assert broken(bmi=numeric(values)) == [("bmi", reports.COMPLETENESS)]


def test_the_loss_of_completeness_that_the_team_allows_is_none() -> None:
    values = BMIS[:500].copy()
    values[::2] = np.nan
    assert broken(bmi=numeric(values), loss=0.6) == []


def test_a_column_without_any_value_is_incomplete_and_nothing_else() -> None:
    assert broken(bmi=numeric(np.full(300, np.nan))) == [("bmi", reports.COMPLETENESS)]


def test_few_rows_that_lack_a_value_by_chance_are_no_violation() -> None:
    """Where 4 of 100 are expected, 9 are more than the allowed loss and yet within three standard errors."""
    baseline = replace(BASELINE, features=(replace(BASELINE.features[1], completeness=0.96),))
    values = BMIS[:100].copy()
    values[:9] = np.nan
    known = expecting(bmi=0.96)
    assert broken(constraints=known, baseline=baseline, bmi=numeric(values), loss=0.04) == []
    values[:12] = np.nan
    told = [("bmi", reports.COMPLETENESS)]
    assert broken(constraints=known, baseline=baseline, bmi=numeric(values), loss=0.04) == told


@pytest.mark.parametrize("value", [-999.0, -1.0, 0.0, 26.0, 9999.0])
def test_one_value_in_a_third_of_the_rows_stands_in_for_missing_ones(value: float) -> None:
    values = BMIS[:500].copy()
    values[:170] = value
    assert broken(bmi=numeric(values)) == [("bmi", reports.COMPLETENESS)]


@pytest.mark.parametrize(("negative", "told"), [(0, []), (4, []), (10, [("bmi", reports.NON_NEGATIVE)])])
def test_negative_values_where_the_training_set_had_none_are_told_beyond_chance(
    negative: int, told: list[tuple[str, str]]
) -> None:
    """Of 500 values 0.01 + 3 / 2,000 may be negative: 5."""
    values = BMIS[:500].copy()
    values[:negative] *= -1
    assert broken(bmi=numeric(values)) == told


def test_a_sign_that_flips_is_told_in_every_part_of_a_window_and_not_where_negative_values_are_usual() -> None:
    flipped = numeric(BMIS[:250], edges=[26.0]) + numeric(-BMIS[250:500], edges=[26.0])
    assert broken(bmi=flipped) == [("bmi", reports.NON_NEGATIVE)]
    usual = managed.constraints({**TRAINED, "bmi": numeric(BMIS - 26)})
    assert broken(constraints=usual, bmi=flipped) == []


def test_a_frequent_value_within_the_range_of_a_column_of_few_values_is_no_stand_in() -> None:
    few = replace(BASELINE, features=(replace(BASELINE.features[1], minimum=0, maximum=3, most_common=0.5),))
    assert broken(baseline=few, bmi=numeric(np.array([1.0] * 400 + [2.0] * 100))) == []


def test_a_value_within_the_range_stands_in_only_for_what_exceeds_the_most_frequent_one_of_the_training_set() -> None:
    usual = replace(BASELINE, features=(replace(BASELINE.features[1], most_common=0.049),))
    values = np.random.default_rng(6).normal(26, 4, 20_000)
    values[:2400] = 26.0
    assert broken(baseline=usual, bmi=numeric(values)) == []
    values[:3000] = 26.0
    assert broken(baseline=usual, bmi=numeric(values)) == [("bmi", reports.COMPLETENESS)]


def test_more_categories_than_are_told_apart_are_none_of_the_training_set() -> None:
    codes = np.concatenate((SEXES[:500], np.arange(10, 3000)))
    assert broken(sex=CategoricalColumn.of(codes, [])) == [("sex", reports.CATEGORICAL_VALUES)]
    many = CategoricalColumn(Presence(integral=1000), Categories({"1": 800}, 200))
    assert broken(sex=many) == [("sex", reports.CATEGORICAL_VALUES)]


def test_categories_that_the_training_set_lacks_are_a_violation_from_a_tenth_on() -> None:
    codes = SEXES[:500].copy()
    codes[:45] = 3
    assert broken(sex=CategoricalColumn.of(codes, [])) == []
    codes[:60] = 3
    assert broken(sex=CategoricalColumn.of(codes, [])) == [("sex", reports.CATEGORICAL_VALUES)]


def test_drift_is_a_violation_from_the_threshold_on() -> None:
    assert broken(drift=0.0999) == []
    assert broken(drift=0.1) == [(name, reports.BASELINE_DRIFT) for name in TRAINED]


def test_a_feature_may_override_a_threshold_and_be_left_out_of_the_checks() -> None:
    own = [dict(entry) for entry in CONSTRAINTS["features"]]
    own[0]["monitoringConfigOverrides"] = {"evaluate_constraints": "Disabled"}
    own[1]["monitoringConfigOverrides"] = {
        "distribution_constraints": {"perform_comparison": "Enabled", "comparison_threshold": 0.5}
    }
    assert broken({**CONSTRAINTS, "features": own}, drift=0.2) == [("sex", reports.BASELINE_DRIFT)]


def test_constraints_that_are_switched_off_are_not_evaluated() -> None:
    off = {**CONSTRAINTS, "monitoring_config": {**CONSTRAINTS["monitoring_config"], "evaluate_constraints": "Disabled"}}
    assert broken(off, drift=0.9) == []
    assert request_violations(off, Shape(rows=0, short=100)) == ()


@pytest.mark.parametrize(
    ("shape", "check"),
    [
        (Shape(rows=80, short=20), reports.MISSING_COLUMN),
        (Shape(rows=80, long=20), reports.EXTRA_COLUMN),
        (Shape(rows=80, unreadable=20), reports.DATA_TYPE),
        (Shape(rows=80, unanswered=20), reports.DATA_TYPE),
        (Shape(short=100), reports.MISSING_COLUMN),
    ],
)
def test_requests_of_another_shape_are_a_violation_of_the_whole_request(shape: Shape, check: str) -> None:
    (found,) = request_violations(CONSTRAINTS, shape)
    assert isinstance(found, Violation)
    assert (found.feature, found.check) == (REQUEST, check)


def test_a_stray_request_of_another_shape_is_none() -> None:
    assert request_violations(CONSTRAINTS, Shape(rows=95, short=2, long=2, unreadable=1)) == ()


def test_of_a_thousand_healthy_windows_at_most_a_few_break_a_constraint() -> None:
    random = np.random.default_rng(2)
    gaps = replace(BASELINE, features=(BASELINE.features[0], replace(BASELINE.features[1], completeness=0.97)))
    faulty = 0
    for _ in range(1000):
        bmis = random.normal(26, 4, 150)
        bmis[random.random(150) < 0.03] = np.nan
        ages = random.integers(20, 80, 150).astype(float)
        faulty += bool(broken(constraints=expecting(bmi=0.97), baseline=gaps, bmi=numeric(bmis), age=numeric(ages)))
    assert faulty <= 5
