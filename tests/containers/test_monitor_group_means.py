"""A model that answers numbers has no good and bad ones: its groups are compared by what it says, and how far off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.contracts import metrics
from core.contracts.policy import WatchPolicy
from core.contracts.reports import BIAS_DRIFT
from core.contracts.signature import Feature, Signature
from core.fairness.means import DISPARITIES
from tests.containers.asked import Asked, asked
from tests.containers.world import Rows

WAGES = Signature(
    (Feature("years", "numeric"), Feature("sex", "categorical"), Feature("city", "categorical")),
    "wage",
    ("sex", "city"),
    problem="regression",
    classes=0,
    positive=(),
)


def drawn(count: int, seed: int) -> Rows:
    """Sex 2 earns less, and in city 2 it is not known how much."""
    random = np.random.default_rng(seed)
    years, sex, city = random.uniform(0, 30, count).round(2), random.integers(1, 3, count), random.integers(1, 3, count)
    noise = random.normal(0, np.where((sex == 2) & (city == 2), 8, 1), count)
    return Rows(np.column_stack((years, sex, city)).astype(float), (20 + years - 5 * (sex == 2) + noise).round(3))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    policy = WatchPolicy(minimum_rows=100, minimum_labels=50, quality_metric="mae", quality_drop=0.5)
    settings = {"num_round": "60", "max_depth": "3", "eta": "0.2", "seed": "0"}
    home: Path = tmp_path_factory.mktemp("wages")
    return asked(WAGES, drawn(1500, 1), policy, home, settings)


def test_each_group_s_mean_answer_and_mean_error_are_told(model: Asked) -> None:
    rows = drawn(800, 2)
    report, _ = model.monitored(rows, labelled=True)
    said = model.model.probabilities(rows.values).astype(float)
    told = {each.facet: each for each in report.rates}
    assert set(told) == {"sex", "city"}
    wanted_mean, wanted_error = {}, {}
    for sex in (1, 2):
        own = rows.values[:, 1] == sex
        wanted_mean[str(sex)], wanted_error[str(sex)] = said[own].mean(), np.abs(said - rows.labels)[own].mean()
    groups = {each.group: each for each in told["sex"].groups}
    assert {group: each.rows for group, each in groups.items()} == {
        str(sex): int((rows.values[:, 1] == sex).sum()) for sex in (1, 2)
    }
    for group in wanted_mean:
        assert groups[group].rates["mean_prediction"] == pytest.approx(wanted_mean[group], rel=1e-5)
        assert groups[group].rates["mae"] == pytest.approx(wanted_error[group], rel=1e-4)
    apart = told["sex"].disparities
    assert set(apart) == set(DISPARITIES) == set(told["sex"].baseline)
    assert apart["mean_prediction_difference"]["between_groups"] == pytest.approx(
        abs(wanted_mean["1"] - wanted_mean["2"]), rel=1e-4
    )
    assert apart["mae_ratio"]["between_groups"] == pytest.approx(wanted_error["1"] / wanted_error["2"], rel=1e-4)
    assert told["sex"].overall["mean_prediction"] == pytest.approx(said.mean(), rel=1e-5)


def test_without_labels_answers_alone_are_told(model: Asked) -> None:
    report, _ = model.monitored(drawn(300, 3), labelled=False)
    (sex,) = (each for each in report.rates if each.facet == "sex")
    assert sex.overall["mae"] is None
    assert set(sex.disparities["mae_difference"].values()) == {None}
    assert sex.disparities["mean_prediction_difference"]["between_groups"] == pytest.approx(5, abs=1.5)


def test_it_has_no_metric_of_bias_no_violation_and_no_alarm_to_wake(model: Asked) -> None:
    report, _ = model.monitored(drawn(300, 4), labelled=True)
    assert report.bias == ()
    assert BIAS_DRIFT not in {one.check for one in report.violations}
    assert model.memory.metric(metrics.BIAS_DRIFT.name) is None
    analysis = next(text for key, text in model.memory.objects.items() if key.endswith("09-00-00/analysis.json"))
    assert set(json.loads(analysis)["fairlearn"]) == {"sex", "city"}


def test_the_page_shows_numbers_not_shares(model: Asked) -> None:
    model.monitored(drawn(300, 5), labelled=True)
    page = next(text for key, text in model.memory.objects.items() if key.endswith("09-00-00/report.html")).decode()
    told = page[page.index("<h2>Bias</h2>") :]
    assert "mean answer" in told
    assert "good answers" not in told


def test_a_window_with_too_few_rows_proves_nothing(model: Asked) -> None:
    report, _ = replace(model).monitored(drawn(40, 6), labelled=True)
    assert report.rates == ()
