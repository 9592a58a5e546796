"""Team files: what is accepted, and how each fault is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.load import InvalidTeams, load_teams
from core.config.source import Fault

ROOT = Path(__file__).parents[2]
GOOD = """\
team: risk
owners: [owner@example.com]
environments:
  - name: dev
models:
  - name: churn
    label: left
    features: {age: numeric}
"""


def faults_of(folder: Path, **files: str) -> tuple[Fault, ...]:
    teams = folder / "teams"
    teams.mkdir(exist_ok=True)
    for name, text in files.items():
        (teams / f"{name}.yaml").write_text(text)
    with pytest.raises(InvalidTeams) as raised:
        load_teams(teams)
    return raised.value.faults


def test_the_shipped_teams_are_valid():
    assert [team.team for team in load_teams(ROOT / "teams")] == ["demo"]


def test_a_minimal_file_is_enough(tmp_path):
    (tmp_path / "risk.yaml").write_text(GOOD)
    [team] = load_teams(tmp_path)
    assert team.models[0].signature.names == ("age",)
    assert team.environments[0].network.nat is False


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (
            ("team: risk", "team: Risk-1"),
            1,
            "found 'Risk-1'; accepted: 2 to 15 lower-case letters and digits, a letter first",
        ),
        (("owners:", "owner:"), 1, "owners: is missing"),
        (
            ("- name: dev", "- name: dev\n    retention: {log_days: true}"),
            5,
            "log_days: found true; accepted: one of the numbers 1, 7, 14, 30, 90, 180 and 365",
        ),
        (("owners:", "owner:"), 2, "did you mean 'owners'?"),
        (
            ("- name: dev", "- name: dev\n    account: 12345"),
            5,
            'account: found 12345; accepted: a text; put it in quotes: "12345"',
        ),
        (
            ("- name: dev", "- name: dev\n    network: {cidr: 8.8.0.0/16}"),
            5,
            "found 8.8.0.0/16; accepted: a private range",
        ),
        (
            ("{age: numeric}", "{age: number}"),
            8,
            "found 'number'; accepted: 'numeric', 'categorical', 'boolean' or 'text', or a mapping of embedding",
        ),
        (("{age: numeric}", "{age: {embedding: 0}}"), 8, "found 0; accepted: at least 1"),
        (("{age: numeric}", "{age: {dimensions: 3}}"), 8, "is not a key here; accepted: embedding"),
        (("label: left", "label: age"), 7, "the label must not be an input"),
        (("label: left", "label: left\n    sensitive: [sex]"), 8, "found 'sex', which is no feature; accepted: age"),
        (("label: left", "label: left\n    serving: {minimum_instances: 9}"), 8, "accepted: 1 to 2"),
        (("label: left", "label: left\n    label: right"), 8, "is given twice, first in line 7"),
        (
            ("label: left", "label: left\n    training:\n      hyperparameters:\n        eta: 7"),
            10,
            "hyperparameters.eta: eta is '7'; accepted is a number from 1e-06 to 1",
        ),
        (
            ("label: left", "label: left\n    training: {hyperparameters: {num_round: 1.5}}"),
            8,
            "num_round is '1.5'; accepted is a whole number from 1 to 100000",
        ),
        (
            ("label: left", "label: left\n    training: {hyperparameters: {depth: 3}}"),
            8,
            "depth is not one of num_round, early_stopping_rounds, eta, max_depth",
        ),
        *(
            (
                ("label: left", f"label: left\n    {section}:\n      {key}: ml.x9.huge"),
                9,
                f"{section}.{key}: found 'ml.x9.huge', which SageMaker does not offer for {purpose}",
            )
            for section, key, purpose in (
                ("training", "instance_type", "training jobs; accepted: ml.t3.medium"),
                ("training", "processing_instance_type", "processing jobs; accepted: ml.t3.medium"),
                ("serving", "instance_type", "endpoints; accepted: ml.m5.large"),
            )
        ),
        (("team: risk", "team: [risk"), 2, "is not YAML"),
    ],
)
def test_a_fault_names_file_line_what_was_found_and_what_is_accepted(tmp_path, wrong, line, says):
    faults = faults_of(tmp_path, risk=GOOD.replace(*wrong))
    assert any(fault.file == "teams/risk.yaml" and fault.line == line and says in str(fault) for fault in faults), [
        str(fault) for fault in faults
    ]


def test_all_faults_of_all_files_are_reported_at_once(tmp_path):
    faults = faults_of(tmp_path, a=GOOD.replace("label: left", "label: age"), b="team: 1\n", c="")
    assert {fault.file for fault in faults} == {"teams/a.yaml", "teams/b.yaml", "teams/c.yaml"}


def test_every_wrong_hyperparameter_is_a_fault_of_its_own_line(tmp_path):
    wrong = (
        "label: left\n    training:\n      hyperparameters:\n        eta: big\n        seed: 7\n        max_depth: 99"
    )
    faults = faults_of(tmp_path, risk=GOOD.replace("label: left", wrong))
    at = "models.0.training.hyperparameters"
    assert [(fault.line, fault.path) for fault in faults] == [(10, f"{at}.eta"), (12, f"{at}.max_depth")]


def test_two_teams_share_neither_name_nor_addresses(tmp_path):
    texts = [str(fault) for fault in faults_of(tmp_path, a=GOOD, b=GOOD)]
    assert any("team names are unique" in text for text in texts)
    assert any("overlaps 10.20.0.0/16 of risk-dev in teams/a.yaml" in text for text in texts)


def test_no_folder_and_no_file_are_told_apart(tmp_path):
    with pytest.raises(NotADirectoryError):
        load_teams(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError):
        load_teams(tmp_path)


@given(st.text())
def test_whatever_the_file_holds_it_is_a_team_or_a_list_of_faults(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("teams")
    (folder / "x.yaml").write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(InvalidTeams) as raised:
        load_teams(folder)
    assert all(fault.line >= 1 for fault in raised.value.faults)
