"""What a single value cannot say: each impossible combination is told where it stands, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.config import rules
from core.config.load import load_teams
from core.config.team import Team
from tests.core.teams import faults, told, write
from tests.core.wrong_teams import EXISTING, WRONG


@pytest.fixture
def teams(tmp_path: Path) -> Path:
    folder = tmp_path / "teams"
    folder.mkdir()
    return folder


def test_distances_without_a_largest_value_take_any_threshold(teams):
    thresholds = {"numeric_distance": "wasserstein", "drift_threshold": 2, "thresholds": {"age": 3, "region": 1}}
    write(teams, models__0__monitoring=thresholds)
    load_teams(teams)


def test_a_model_may_have_three_hundred_features(teams):
    features = {f"a_rather_long_name_of_a_feature_{index}": "numeric" for index in range(300)}
    thresholds = dict.fromkeys(features, 0.1)
    write(teams, models__0__features=features, models__0__monitoring={"thresholds": thresholds})
    load_teams(teams)


@pytest.mark.parametrize(
    "changes", [{"models__0__name": "canvas"}, {"models__0__name": "canvas-2", "studio__canvas": {}}]
)
def test_a_model_may_be_called_as_canvas_where_that_is_in_nobodys_way(teams, changes):
    write(teams, **changes)
    load_teams(teams)


def test_the_complete_file_is_valid(teams):
    write(teams)
    assert load_teams(teams)[0].team == "risk"


@pytest.mark.parametrize(("changes", "path", "says"), WRONG, ids=[f"{path}: {says}" for _, path, says in WRONG])
def test_an_impossible_combination_is_told_where_it_stands(teams, changes, path, says):
    write(teams, **changes)
    found = told(teams)
    assert list(found) == [path]
    assert says in found[path]


def test_with_sso_every_member_has_one_user(teams):
    write(teams, studio__auth="SSO", members__0__sso_user="ada@x.org")
    assert told(teams) == {
        "members.1.sso_user": "is missing for grace; accepted: the user's name in IAM Identity Center, "
        "because studio.auth is SSO"
    }
    write(teams, studio__auth="SSO", members__0__sso_user="ada@x.org", members__1__sso_user="ADA@x.org")
    assert "which is also ada's" in told(teams)["members.1.sso_user"]


def test_a_link_does_not_lead_an_image_out_of_the_folder(teams, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "Dockerfile").write_text("FROM scratch\n")
    (teams / "inside").symlink_to(tmp_path / "outside")
    (teams / "round").symlink_to(teams / "round")
    write(teams, images__0__folder="inside")
    assert "leads out of it" in told(teams)["images.0.folder"]
    write(teams, images__0__folder="round")
    assert "accepted: a folder inside teams/" in told(teams)["images.0.folder"]


def test_two_environments_may_share_a_vpc_and_its_subnets(teams):
    write(teams, environments__0__network={"existing": EXISTING}, environments__1__network={"existing": EXISTING})
    load_teams(teams)


@pytest.mark.parametrize(
    ("more", "path", "says"),
    [
        ({"endpoints": True}, "existing.endpoints", "makes the endpoints in the same VPC already"),
        ({"route_tables": ["rtb-01234567"]}, "existing.route_tables.0", "gives to its S3 endpoint already"),
    ],
)
def test_what_aws_takes_once_in_a_vpc_is_asked_for_once(teams, more, path, says):
    network = {"existing": {**EXISTING, **more}}
    write(teams, environments__0__network=network, environments__1__network=network)
    found = told(teams)
    assert list(found) == [f"environments.1.network.{path}"]
    assert says in found[f"environments.1.network.{path}"]
    assert "risk-dev in teams/risk.yaml" in found[f"environments.1.network.{path}"]


def test_one_vpc_is_in_one_region(teams):
    network = {"existing": EXISTING}
    write(
        teams,
        environments__0__network=network,
        environments__1__network=network,
        environments__1__region="us-east-1",
    )
    assert "which is in eu-west-1 for risk-dev" in told(teams)["environments.1.network.existing.vpc"]


def test_a_vpc_of_somebody_else_has_no_range_that_could_overlap(teams):
    write(teams, environments__0__network={"existing": EXISTING})
    write(teams, "other", team="other", environments__0__network__cidr="10.30.0.0/16", environments__1=None)
    load_teams(teams)


def test_the_rest_of_a_file_is_judged_although_one_section_cannot_be_read(teams):
    """Whoever mends a file hears everything at once."""
    write(teams, colour="red", spaces__0__owner="alan", models__0__label="age", studio__idle_minutes=5)
    assert set(told(teams)) == {"colour", "spaces.0.owner", "models.0.label", "studio.idle_minutes"}


def test_what_follows_from_a_section_that_cannot_be_read_is_not_told(teams):
    write(teams, members__0__role="boss")
    assert set(told(teams)) == {"members.0.role"}, "the space's owner is a member, whatever the role"
    write(teams, instances__training="ml.m5.large")
    assert set(told(teams)) == {"instances.training"}
    write(teams, environments="dev")
    assert set(told(teams)) == {"environments"}


def test_overlaps_are_told_although_another_section_cannot_be_read(teams):
    write(teams)
    write(teams, "second", team="second", colour="red")
    assert {fault.path for fault in faults(teams) if fault.file == "teams/second.yaml"} == {
        "colour",
        "environments.0.network.cidr",
        "environments.1.network.cidr",
    }


class Watched:
    """A team that notes which sections a rule reads."""

    def __init__(self, team: Team) -> None:
        self._team, self.read = team, set[str]()

    def __getattr__(self, name: str) -> Any:
        if name == "names":  # made of the team's and an environment's name
            self.read |= {"team", "environments"}
        elif name in Team.model_fields:
            self.read.add(name)
        return getattr(self._team, name)


def test_a_rule_reads_the_sections_that_it_says_it_reads(teams):
    """Otherwise it would judge what stands for a section that could not be read."""
    write(teams)
    [team] = load_teams(teams)
    for reading in rules.within_rules(teams):
        watched = Watched(team)
        list(reading.rule(watched))
        assert watched.read <= reading.sections, f"{reading.rule} reads {watched.read - reading.sections} as well"
        assert watched.read, f"{reading.rule} reads nothing"
