"""A team may train with an image of its own: which one is checked, what it is told is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from core.config.model import Training
from core.config.rules import training
from tests.core.teams import told, write

OWN = {"image": "research"}


@pytest.fixture
def teams(tmp_path: Path) -> Path:
    return tmp_path


def loaded(teams: Path, **changes: Any) -> Training:
    write(teams, **changes)
    return load_teams(teams)[0].models[0].training


def test_left_out_the_platform_trains(teams: Path) -> None:
    assert loaded(teams).image is None


def test_an_image_of_the_team_s_is_told_whatever_it_reads(teams: Path) -> None:
    settings = {"eta": 7, "layers": "64,64", "dropout": 0.1, "scale_pos_weight": 2}
    of_numbers = {"models__0__problem": "regression"}
    trained = loaded(teams, models__0__training={**OWN, "hyperparameters": settings}, **of_numbers)
    assert (trained.image, trained.hyperparameters) == ("research", settings)


def test_without_it_the_same_settings_are_the_platform_s(teams: Path) -> None:
    write(teams, models__0__training={"hyperparameters": {"layers": "64,64"}})
    assert "layers is not one of num_round" in told(teams)["models.0.training.hyperparameters.layers"]


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"models__0__training": {"image": "other"}}, "image", "is no image of the team; accepted: research"),
        ({"models__0__training": {"image": "train"}}, "image", "is no image of the team; accepted: research"),
        (
            {"models__0__training": OWN, "images": None, "studio__images": []},
            "image",
            "accepted: none, because `images` is empty",
        ),
        (
            {"models__0__training": {**OWN, "spot": True, "instance_count": 2}},
            "instance_count",
            "accepted with spot: 1",
        ),
        (
            {"models__0__training": {**OWN, "hyperparameters": {f"h{index}": 1 for index in range(training.MOST + 1)}}},
            "hyperparameters",
            "found 101; accepted: 100 at most",
        ),
        ({"models__0__training": {**OWN, "hyperparameters": {"": 1}}}, "hyperparameters.", "has a name of 0"),
        (
            {"models__0__training": {**OWN, "hyperparameters": {"text": "a" * (training.LONGEST_VALUE + 1)}}},
            "hyperparameters.text",
            "has 2501 characters; accepted: one line of 2500 at most",
        ),
        (
            {"models__0__training": {**OWN, "hyperparameters": {"text": "a\nb"}}},
            "hyperparameters.text",
            "accepted: one line",
        ),
    ],
)
def test_what_could_never_train_is_told_where_it_stands(
    teams: Path, changes: dict[str, Any], path: str, says: str
) -> None:
    write(teams, **changes)
    found = told(teams)
    assert list(found) == [f"models.0.training.{path}"]
    assert says in found[f"models.0.training.{path}"]
