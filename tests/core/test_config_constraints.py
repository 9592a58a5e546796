"""Constraints that a team edits in its file: which it may, and that they reach the monitor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from core.contracts.constraints import Edit
from core.contracts.policy import ModelPolicy
from tests.core.teams import told, write

SECTION = "models__0__monitoring"
AT = "models.0.monitoring.constraints"
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"size": {"completeness": 0.5}}, f"{AT}.size", "found 'size', which is no feature; accepted: age, region"),
    ({"age": {}}, f"{AT}.age", "found nothing of 'age'; accepted: at least one of evaluate_constraints"),
    ({"age": {"domains": ["3"]}}, f"{AT}.age.domains", "found a numeric feature"),
    ({"age": {"domain_content_threshold": 0.2}}, f"{AT}.age.domain_content_threshold", "found a numeric feature"),
    ({"region": {"is_non_negative": True}}, f"{AT}.region.is_non_negative", "found a categorical feature"),
    ({"age": {"completeness": 1.5}}, f"{AT}.age.completeness", "1"),
    ({"age": {"complete": 0.5}}, f"{AT}.age.complete", "completeness"),
]


@pytest.mark.parametrize(("edits", "at", "said"), WRONG, ids=[at for _, at, _ in WRONG])
def test_an_edit_that_could_not_count_is_refused_where_it_stands(
    tmp_path: Path, edits: dict[str, Any], at: str, said: str
) -> None:
    write(tmp_path, **{SECTION: {"constraints": edits}})
    assert said in told(tmp_path)[at]


def test_edits_reach_the_monitor(tmp_path: Path) -> None:
    edits = {"age": {"is_non_negative": False, "completeness": 0.5}, "region": {"domains": ["7"]}}
    write(tmp_path, **{SECTION: {"constraints": edits}})
    team = load_teams(tmp_path)[0]
    policy = team.models[0].policy(team.names(team.environments[0]).model("churn"), run_cost_usd=1)
    assert ModelPolicy.from_json(policy.to_json()).watch.constraints == {
        "age": Edit(is_non_negative=False, completeness=0.5),
        "region": Edit(domains=("7",)),
    }
