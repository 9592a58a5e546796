"""What is pushed is what the stacks refer to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from containers import build
from core.config.load import load_teams
from core.contracts.content import content_tag
from infra.images import image_uris, training_uris
from infra.tenant import Tenant
from tools import push_images

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tenant() -> Tenant:
    [team] = load_teams(ROOT / "teams")
    return Tenant(team, team.environments[0], "111122223333")


def test_every_built_image_goes_where_the_stacks_look_for_it(tenant):
    built = {
        word for command in build.commands(content_tag(ROOT), []) for word in command if word.startswith("homeostat/")
    }
    tagged = [command for command in push_images.commands(tenant) if command[1] == "tag"]
    pushed = [command[-1] for command in push_images.commands(tenant) if command[1] == "push"]
    assert {source for *_, source, _ in tagged} <= built
    assert [uri for *_, uri in tagged] == pushed == list(image_uris(tenant).values())


def test_a_team_s_own_image_is_built_of_its_folder_and_goes_where_the_pipeline_looks_for_it():
    [team] = load_teams(ROOT / "examples" / "own-training")
    tenant = Tenant(team, team.environments[0], "111122223333", home=ROOT / "examples" / "own-training")
    uri = training_uris(tenant, team.models[0])["boosting"]
    commands = push_images.commands(tenant)
    assert commands[-2:] == [
        ["docker", "build", "--tag", uri, str(ROOT / "examples" / "own-training" / "boosting")],
        ["docker", "push", uri],
    ]
    assert [command[-1] for command in commands if command[1] == "push"] == [*image_uris(tenant).values(), uri]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "there is no team 'nobody' in teams/; there are demo"),
        (["demo", "--environment", "prod"], "team 'demo' has no environment 'prod'; it has dev"),
    ],
)
def test_a_wrong_name_is_told_with_the_right_ones(monkeypatch, capsys, arguments, says):
    monkeypatch.setattr(sys, "argv", ["push", *arguments])
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/docker")
    assert push_images.main() == 1
    assert says in capsys.readouterr().err
