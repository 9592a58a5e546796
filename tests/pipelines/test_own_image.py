"""The training pipeline of a model that an image of the team's own trains."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from core.config.team import Team
from core.contracts import definition as placeholder
from core.contracts import images
from pipelines import compiled

pytestmark = pytest.mark.slow  # the SDK takes seconds to import

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "111122223333", "eu-west-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/demo-dev"
URIS = {image.name: f"{REGISTRY}/{image.name}:tag" for image in images.IMAGES} | {"boosting": f"{REGISTRY}/boosting:0a"}
OWN = {"image": "boosting", "spot": True, "hyperparameters": {"leaves": 31, "rate": 0.05}}


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The step Train, by who trains: the platform, or the team's own image."""
    [team] = load_teams(ROOT / "teams")
    told = team.model_dump(mode="json")
    told["images"] = [{"name": "boosting", "folder": "boosting"}]
    told["models"][0]["training"] = {"spot": True}
    own = copy.deepcopy(told)
    own["models"][0]["training"] = OWN
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "CACHE", tmp_path_factory.mktemp("pipelines"))
        return {name: _train(Team.model_validate(value)) for name, value in (("platform", told), ("own", own))}


def _train(team: Team) -> dict[str, Any]:
    text = compiled.training_definition(team, team.environments[0], team.models[0], ACCOUNT, REGION, URIS)
    steps = {step["Name"]: step for step in json.loads(text)["Steps"]}
    arguments: dict[str, Any] = steps["Train"]["Arguments"]
    return arguments


def test_it_trains_with_that_image_and_tells_it_what_the_team_says(train: dict[str, dict[str, Any]]) -> None:
    assert train["own"]["AlgorithmSpecification"]["TrainingImage"] == URIS["boosting"]
    assert train["own"]["HyperParameters"] == {"leaves": "31", "rate": "0.05"}
    assert train["platform"]["AlgorithmSpecification"]["TrainingImage"] == URIS["train"]


def test_metrics_are_looked_for_where_it_is_known_what_is_printed(train: dict[str, dict[str, Any]]) -> None:
    assert train["platform"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert not train["own"]["AlgorithmSpecification"].get("MetricDefinitions")


def test_it_is_as_locked_up_as_the_platform_s(train: dict[str, dict[str, Any]]) -> None:
    """Network, keys, role, channels, limits, checkpoints: all that is not the image and what it is told."""
    own, platform = ({**train[name]} for name in ("own", "platform"))
    assert own["EnableNetworkIsolation"] is True
    assert own["EnableInterContainerTrafficEncryption"] is True
    assert own["ResourceConfig"]["VolumeKmsKeyId"] == own["OutputDataConfig"]["KmsKeyId"] == placeholder.KEY_ARN
    assert own["CheckpointConfig"]["S3Uri"]
    for arguments in (own, platform):
        del arguments["AlgorithmSpecification"]
        arguments.pop("HyperParameters", None)
    assert own == platform


def test_nothing_else_runs_in_it(train: dict[str, dict[str, Any]]) -> None:
    assert "ContainerEntrypoint" not in train["own"]["AlgorithmSpecification"]
