"""What docs/attributions.md says of attributions in the simulated incidents: by feature, and of a pair as a group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.incidents.catalogue import INCIDENTS
from bench.incidents.world import WORLD, released
from core.attribution.tree_shap import tree_shap
from core.statistics.attributed import Moved, attributed, moved
from core.statistics.attribution_groups import attributed_groups, compare_groups
from core.statistics.baseline import Baseline, GroupBaseline
from core.statistics.histogram import Histogram, quantile_edges

pytestmark = pytest.mark.slow  # trains a model of 200 trees

PAIRS = {"product": ("left", "right"), "sum": ("first", "second")}
ROWS = 2000


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    groups = []
    for name, found in attributed_groups(explained(WORLD.rows(ROWS, 1).values), WORLD.signature.names, PAIRS).items():
        counts = Histogram.of(quantile_edges(found.values), found.values)
        groups.append(GroupBaseline(name, PAIRS[name], counts, found.share, found.mean, float(found.values.std())))
    return replace(released(WORLD).baseline, groups=tuple(groups))


def explained(rows: np.ndarray) -> np.ndarray:
    return tree_shap(released(WORLD).model.predictor.ensemble(), rows)[:, 0]


def measured(baseline: Baseline, incident: str) -> tuple[dict[str, Moved], dict[str, Moved]]:
    """How far each feature's attributions moved, and each pair's."""
    rows = next(one for one in INCIDENTS if one.name == incident).window(ROWS, 1000).values
    found = explained(rows)
    features = {unit.name: moved(unit, now) for unit, now in zip(baseline.units, attributed(found), strict=True)}
    pairs = {one.name: Moved(one.drift, None, one.distances) for one in compare_groups(baseline, found)}
    return features, pairs


@pytest.mark.parametrize("incident", ["none", "concept drift", "join bug", "sign bug"])
def test_what_leaves_the_inputs_as_they_are_shows_nowhere(baseline: Baseline, incident: str) -> None:
    features, pairs = measured(baseline, incident)
    assert {one.drift for one in pairs.values()} == {0.0}
    matter = [unit.name for unit in baseline.units if unit.share >= 0.05]
    assert {features[name].drift for name in matter} == {0.0}


def test_an_interaction_that_changed_shows_in_the_distribution_and_not_in_the_share(baseline: Baseline) -> None:
    features, pairs = measured(baseline, "interaction change")
    assert max(features[name].drift for name in PAIRS["product"]) > 0.15
    assert pairs["product"].drift > 0.15
    assert max(abs(features[name].distances["share_change"]) for name in PAIRS["product"]) < 0.03


def test_features_that_act_by_their_sum_show_in_the_group_alone(baseline: Baseline) -> None:
    features, pairs = measured(baseline, "additive multivariate drift")
    assert {features[name].drift for name in PAIRS["sum"]} == {0.0}
    calm = measured(baseline, "none")[1]["sum"].distances
    assert pairs["sum"].distances["kolmogorov_smirnov"] > 2 * calm["kolmogorov_smirnov"]
    assert 0 < pairs["sum"].drift < 0.2
