"""Whom a team may have compared, and what it hears where that makes no groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from core.contracts.alarms import BIAS
from core.contracts.fairness import Fairness
from core.contracts.policy import ModelPolicy
from infra.model_alarms import troubles
from tests.core.teams import told, write

AT = "models.0.monitoring.fairness"
FEATURES = {"age": "numeric", "sex": "categorical", "region": "categorical", "unit": "categorical", "note": "text"}


def asked(intersections: list[list[str]] | None = None, on: str | None = None, *sensitive: str) -> dict[str, Any]:
    fairness = {"intersections": intersections or []} | ({"conditional_on": on} if on else {})
    return {
        "models__0__features": FEATURES,
        "models__0__sensitive": list(sensitive or ("sex", "region", "age")),
        "models__0__monitoring": {"fairness": fairness},
    }


WRONG: list[tuple[dict[str, Any], str, str]] = [
    (asked([["sex"]]), f"{AT}.intersections.0", "2"),
    (asked([["sex", "region", "age", "unit"]]), f"{AT}.intersections.0", "3"),
    (asked([["sex", "age"]] * 6), f"{AT}.intersections", "5"),
    (
        asked([["sex", "unit"]]),
        f"{AT}.intersections.0.1",
        "found 'unit', which is no sensitive feature; accepted: sex, region, age",
    ),
    (asked([["sex", "sex"]]), f"{AT}.intersections.0.1", "found 'sex' a second time; accepted: each feature once"),
    (
        asked([["sex", "region"], ["region", "sex"]]),
        f"{AT}.intersections.1",
        "found region, sex a second time; accepted: each intersection once, in any order",
    ),
    (asked(on="sex"), f"{AT}.conditional_on", "found 'sex', which is sensitive itself; accepted: unit"),
    (asked(on="note"), f"{AT}.conditional_on", "found 'note', which is no feature with single values; accepted: unit"),
    (asked(on="size"), f"{AT}.conditional_on", "accepted: unit"),
    (
        {**asked(on="unit"), "models__0__sensitive": []},
        f"{AT}.conditional_on",
        "found 'unit' without sensitive features",
    ),
]


@pytest.mark.parametrize(("changes", "at", "said"), WRONG, ids=[f"{at}: {said[:30]}" for _, at, said in WRONG])
def test_what_makes_no_groups_is_told_where_it_stands(
    tmp_path: Path, changes: dict[str, Any], at: str, said: str
) -> None:
    write(tmp_path, **changes)
    assert said in told(tmp_path)[at]


def test_what_a_team_asks_for_reaches_the_jobs(tmp_path: Path) -> None:
    write(tmp_path, **asked([["sex", "region"], ["sex", "region", "age"]], "unit"))
    team = load_teams(tmp_path)[0]
    policy = team.models[0].policy(team.names(team.environments[0]).model("churn"), run_cost_usd=1)
    read = ModelPolicy.from_json(policy.to_json())
    assert read == policy
    assert read.watch.fairness == Fairness((("sex", "region"), ("sex", "region", "age")), "unit")


def test_a_policy_of_before_asks_for_nothing_of_that(tmp_path: Path) -> None:
    write(tmp_path)
    team = load_teams(tmp_path)[0]
    policy = team.models[0].policy(team.names(team.environments[0]).model("churn"), run_cost_usd=1)
    written = '"fairness":{"intersections":[],"conditional_on":""},'
    assert written in policy.to_json()
    assert ModelPolicy.from_json(policy.to_json().replace(written, "")).watch.fairness == Fairness()


def test_a_regression_s_groups_are_compared_but_no_alarm_waits_for_their_bias(tmp_path: Path) -> None:
    write(tmp_path, **asked([["sex", "region"]]), models__0__problem="regression")
    (model,) = load_teams(tmp_path)[0].models
    assert model.signature.sensitive == ("sex", "region", "age")
    assert not model.shows_bias
    assert BIAS not in troubles(model)
    write(tmp_path, **asked([["sex", "region"]]))
    (model,) = load_teams(tmp_path)[0].models
    assert BIAS in troubles(model)
