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
WRONG: list[tuple[list[dict[str, Any]], str, str]] = [
    (
        [{"feature": "size", "completeness": 0.5}],
        f"{AT}.0.feature",
        "'size', which is no feature; accepted: age, region",
    ),
    ([{"feature": "age"}], f"{AT}.0", "found nothing of 'age'; accepted: at least one of evaluate_constraints"),
    ([{"feature": "age", "domains": ["3"]}], f"{AT}.0.domains", "found a numeric feature"),
    ([{"feature": "age", "domain_content_threshold": 0.2}], f"{AT}.0.domain_content_threshold", "a numeric feature"),
    ([{"feature": "region", "is_non_negative": True}], f"{AT}.0.is_non_negative", "found a categorical feature"),
    ([{"feature": "age", "completeness": 1.5}], f"{AT}.0.completeness", "1"),
    ([{"feature": "age", "complete": 0.5}], f"{AT}.0.complete", "completeness"),
    ([{"feature": "age", "completeness": 0.5}, {"feature": "age", "completeness": 0.6}], f"{AT}.1", "a second time"),
]


@pytest.mark.parametrize(("edits", "at", "said"), WRONG, ids=[at for _, at, _ in WRONG])
def test_an_edit_that_could_not_count_is_refused_where_it_stands(
    tmp_path: Path, edits: list[dict[str, Any]], at: str, said: str
) -> None:
    write(tmp_path, **{SECTION: {"constraints": edits}})
    assert said in told(tmp_path)[at]


def test_edits_reach_the_monitor(tmp_path: Path) -> None:
    edits = [
        {"feature": "age", "is_non_negative": False, "completeness": 0.5},
        {"feature": "region", "domains": ["7"]},
    ]
    write(tmp_path, **{SECTION: {"constraints": edits}})
    team = load_teams(tmp_path)[0]
    policy = team.models[0].policy(team.names(team.environments[0]).model("churn"), run_cost_usd=1)
    assert ModelPolicy.from_json(policy.to_json()).watch.constraints == {
        "age": Edit(is_non_negative=False, completeness=0.5),
        "region": Edit(domains=("7",)),
    }
