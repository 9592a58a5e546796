"""Images of the team's own that train its models: who may pull them, and which content a pipeline runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.contracts.images import EVERY
from infra.images import own_image_uris, training_uris
from infra.tenant import Tenant
from tests.infra.artifacts import ACCOUNT, MODEL, PREFIX, REGION, deployed, tenant
from tests.wiring.access import may
from tests.wiring.deployed import Deployed

REPOSITORIES = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository"
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
MEMBERS = [{"name": name, "role": name} for name in ("data-scientist", "ml-engineer", "approver", "analyst")]


def team(home: Path, **sections: Any) -> Tenant:
    """`boosting` trains the model churn; nothing trains with `desk`."""
    for name in ("boosting", "desk"):
        (home / name).mkdir(exist_ok=True)
        (home / name / "Dockerfile").write_text(f"FROM scratch\nLABEL name={name}\n")
    images = [{"name": name, "folder": name} for name in ("boosting", "desk")]
    models = [{**MODEL, "training": {"image": "boosting"}}, {**MODEL, "name": "fraud"}]
    return tenant(home=home, images=images, models=models, **sections)


@pytest.fixture(scope="module")
def risk(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return deployed(team(tmp_path_factory.mktemp("teams"), members=MEMBERS))


@pytest.mark.slow  # the CDK runs a process of its own
def test_only_training_jobs_and_the_build_reach_what_trains(risk: Deployed) -> None:
    boosting = f"{REPOSITORIES}/{PREFIX}/boosting"
    roles = [role["RoleName"] for role in risk.of("AWS::IAM::Role")]
    for action in PULL:
        assert {role for role in roles if may(risk, role, action, boosting)} == {
            f"{PREFIX}-training",
            f"{PREFIX}-images",
        }
    assert not [role for role in roles if role != f"{PREFIX}-images" and may(risk, role, "ecr:PutImage", boosting)]


@pytest.mark.slow
def test_training_jobs_reach_no_other_image_of_the_team_s(risk: Deployed) -> None:
    assert may(risk, f"{PREFIX}-training", "ecr:BatchGetImage", f"{REPOSITORIES}/{PREFIX}/train")
    for other in (f"{PREFIX}/desk", "other-dev/boosting"):
        assert not may(risk, f"{PREFIX}-training", "ecr:BatchGetImage", f"{REPOSITORIES}/{other}")


@pytest.mark.slow
def test_its_repository_is_as_safe_as_the_platform_s(risk: Deployed) -> None:
    own, platform = (
        risk.one("AWS::ECR::Repository", RepositoryName=f"{PREFIX}/{name}") for name in ("boosting", "train")
    )
    assert own == {**platform, "RepositoryName": own["RepositoryName"]}
    assert own["ImageTagMutability"] == "IMMUTABLE"
    assert own["ImageScanningConfiguration"] == {"ScanOnPush": True}


def test_a_pipeline_runs_the_content_of_the_folder_as_it_lies_there(tmp_path: Path) -> None:
    before = team(tmp_path)
    churn, fraud = before.team.models
    uris = training_uris(before, churn)
    assert uris["boosting"] == own_image_uris(before)["boosting"]
    assert set(uris) - {image.name for image in EVERY} == {"boosting"}
    assert "boosting" not in training_uris(before, fraud)
