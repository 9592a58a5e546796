"""The table of responses, as a team's file can choose from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.config.load import InvalidTeams, load_teams
from core.config.remediation import VerdictName
from core.contracts.policy import ModelPolicy, Response, RetrainPolicy
from core.diagnosis import Verdict
from core.remediation.responses import MEANING, TABLE, reason, response_to

RESPONSES: tuple[Response, ...] = get_args(Response)
STARTS = {"retrain", "ask"}


def team(**retraining: Any) -> dict[str, Any]:
    model = {"name": "churn", "label": "left", "features": {"age": "numeric"}, "retraining": retraining}
    return {"team": "risk", "owners": ["o@example.com"], "environments": [{"name": "dev"}], "models": [model]}


def load(folder: Path, **retraining: Any) -> ModelPolicy:
    (folder / "risk.yaml").write_text(yaml.safe_dump(team(**retraining)))
    (found,) = load_teams(folder)
    (model,) = found.models
    return model.policy(found.names(found.environments[0]).model("churn"), 1.0)


def refused(folder: Path, **retraining: Any) -> str:
    with pytest.raises(InvalidTeams) as refusal:
        load(folder, **retraining)
    (fault,) = refusal.value.faults
    assert fault.line > 0
    return str(fault)


def test_every_verdict_has_a_row_and_every_response_a_meaning() -> None:
    assert set(TABLE) == set(Verdict) == {Verdict(name) for name in get_args(VerdictName)}
    assert set(MEANING) == set(RESPONSES)
    for row in TABLE.values():
        assert row.usual in row.accepted
        assert row.because


def test_only_real_drift_can_start_a_run_and_an_estimate_where_the_team_s_file_says_so() -> None:
    assert {verdict for verdict, row in TABLE.items() if row.usual in STARTS} == {Verdict.REAL_DRIFT}
    starting = {verdict for verdict, row in TABLE.items() if STARTS & set(row.accepted)}
    assert starting == {Verdict.REAL_DRIFT, Verdict.ESTIMATED_LOSS}


def test_what_a_person_must_repair_cannot_be_merely_watched() -> None:
    for verdict in (Verdict.UPSTREAM_FAULT, Verdict.LABELS_NEEDED, Verdict.REAL_DRIFT):
        assert "watch" not in TABLE[verdict].accepted


CHOICES = st.dictionaries(st.sampled_from([verdict.value for verdict in Verdict]), st.sampled_from(RESPONSES))


@given(st.sampled_from(Verdict), CHOICES)
def test_the_team_s_choice_counts_where_it_is_accepted(verdict: Verdict, chosen: dict[str, Response]) -> None:
    policy, row = RetrainPolicy(responses=chosen), TABLE[verdict]
    response = response_to(verdict, policy)
    wanted = chosen.get(verdict.value)
    assert response == (wanted if wanted in row.accepted else row.usual)
    assert (reason(verdict, policy) == "") == (response == row.usual)


@pytest.mark.parametrize("response", RESPONSES)
@pytest.mark.parametrize("verdict", [verdict.value for verdict in Verdict])
def test_a_team_s_file_takes_what_the_table_accepts_and_refuses_the_rest(
    tmp_path: Path, verdict: str, response: Response
) -> None:
    more = {"fallback_version": 3} if response == "fallback" else {}
    if response in TABLE[Verdict(verdict)].accepted:
        policy = load(tmp_path, responses={verdict: response}, **more)
        assert policy.retrain.responses == {verdict: response}
        assert ModelPolicy.from_json(policy.to_json()) == policy
    else:
        told = refused(tmp_path, responses={verdict: response}, **more)
        assert f"models.0.retraining.responses.{verdict}: found {response!r}; accepted: " in told
        assert TABLE[Verdict(verdict)].because in told


@pytest.mark.parametrize(
    ("retraining", "told"),
    [
        ({"responses": {"REAL_DRIFT": "fallback"}}, "fallback_version names no version"),
        ({"fallback_version": 3}, "no response is 'fallback'"),
        ({"approval_hours": 2}, "no response is 'ask'"),
        ({"every_days": 1, "cooldown_hours": 48}, "less than the cooldown"),
        ({"responses": {"DRIFT": "ask"}}, "DRIFT"),
        ({"responses": {"REAL_DRIFT": "pray"}}, "'pray'"),
        ({"fallback_version": 0, "responses": {"REAL_DRIFT": "fallback"}}, "at least 1"),
        ({"every_days": 0}, "at least 1"),
    ],
)
def test_what_contradicts_itself_is_refused_in_its_line(tmp_path: Path, retraining: dict[str, Any], told: str) -> None:
    assert told in refused(tmp_path, **retraining)


def test_without_a_choice_all_is_as_the_table_says(tmp_path: Path) -> None:
    retrain = load(tmp_path).retrain
    assert (retrain.responses, retrain.fallback_version, retrain.every_days) == ({}, 0, 0)
    assert [response_to(verdict, retrain) for verdict in Verdict] == [
        "watch",
        "watch",
        "watch",
        "notify",
        "notify",
        "retrain",
        "notify",
    ]


def test_what_a_team_chooses_reaches_the_policy(tmp_path: Path) -> None:
    retrain = load(
        tmp_path,
        responses={"REAL_DRIFT": "ask", "UPSTREAM_FAULT": "fallback"},
        approval_hours=2,
        fallback_version=3,
        every_days=30,
        grace_minutes=15,
    ).retrain
    assert (retrain.approval_s, retrain.fallback_version, retrain.every_days, retrain.grace_s) == (7200, 3, 30, 900)
