"""How a team may have its models explained, and what it hears where that cannot be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from core.contracts.explaining import Explaining
from core.contracts.policy import ModelPolicy
from tests.core.teams import told, write

SECTION = "models__0__monitoring"
AT = "models.0.monitoring.explaining"
THREE = {"models__0__problem": "multiclass", "models__0__classes": 3}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({SECTION: {"explaining": {"of_class": 1}}}, f"{AT}.of_class", "found 1 with the problem binary; accepted: none"),
    (
        {**THREE, SECTION: {"explaining": {"of_class": 3}}},
        f"{AT}.of_class",
        "found 3, which is no class; accepted: 0 to 2",
    ),
    ({SECTION: {"explaining": {"by": "guess"}}}, f"{AT}.by", "permutation"),
    ({SECTION: {"explaining": {"rows": 99}}}, f"{AT}.rows", "100"),
    ({SECTION: {"explaining": {"groups": {"both": ["age"]}}}}, f"{AT}.groups.both", "2"),
    (
        {SECTION: {"explaining": {"groups": {"age": ["age", "region"]}}}},
        f"{AT}.groups.age",
        "'age', which is a feature",
    ),
    (
        {SECTION: {"explaining": {"groups": {"both": ["age", "size"]}}}},
        f"{AT}.groups.both.1",
        "found 'size', which is no feature; accepted: age, region",
    ),
    (
        {SECTION: {"explaining": {"groups": {"one": ["age", "region"], "two": ["region", "age"]}}}},
        f"{AT}.groups.two.0",
        "found 'region', which is in one already; accepted: each feature once",
    ),
]


@pytest.mark.parametrize(("changes", "at", "said"), WRONG, ids=[f"{at}: {said[:20]}" for _, at, said in WRONG])
def test_what_cannot_be_explained_is_told_where_it_stands(
    tmp_path: Path, changes: dict[str, Any], at: str, said: str
) -> None:
    write(tmp_path, **changes)
    assert said in told(tmp_path)[at]


def test_what_a_team_asks_for_reaches_the_jobs(tmp_path: Path) -> None:
    asked = {"rows": 500, "by": "lime", "of_class": 2, "groups": {"both": ["age", "region"]}}
    write(tmp_path, **THREE, **{SECTION: {"explaining": asked}})
    team = load_teams(tmp_path)[0]
    policy = team.models[0].policy(team.names(team.environments[0]).model("churn"), run_cost_usd=1)
    read = ModelPolicy.from_json(policy.to_json())
    assert read.watch.explained_rows == 500
    assert read.watch.explaining == Explaining("lime", 2, {"both": ("age", "region")})
