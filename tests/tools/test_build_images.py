"""`make build` against the embedded AWS: what it starts, follows and says."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.contracts.builds import PublishedImage, digests_to_json
from core.names import TeamNames
from local.settings import ACCOUNT, REGION
from local.start import EmbeddedAws
from tests.local.conftest import allow, make_role
from tests.local.test_codebuild import container_engine
from tools import build_images

pytestmark = pytest.mark.slow

NAMES = TeamNames("risk", "dev")
FILE = """
team: risk
owners: [o@example.com]
environments: [{name: dev}]
"""
BUILDSPEC = "version: 0.2\nphases: {build: {commands: ['echo building']}}\n"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with container_engine(tmp_path_factory.mktemp("engine")) as running:
        yield running


@pytest.fixture(autouse=True)
def told(aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments of the command, in the environment of the embedded AWS."""
    for name, value in {**aws.environment(), "CDK_DEFAULT_ACCOUNT": ACCOUNT}.items():
        monkeypatch.setenv(name, value)
    teams = tmp_path / "teams"
    teams.mkdir()
    (teams / "risk.yaml").write_text(FILE)
    return ["risk", "--teams", str(teams), "--pause", "0.1"]


def project(aws: EmbeddedAws, buildspec: str) -> None:
    """What the artifacts stack has: the project, its source, the bucket of the digests."""
    s3, codebuild = aws.client("s3"), aws.client("codebuild")
    models = NAMES.bucket("models", ACCOUNT, REGION)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Dockerfile", "FROM scratch\n")
    s3.create_bucket(Bucket=models)
    s3.put_object(Bucket=models, Key="source.zip", Body=packed.getvalue())
    codebuild.delete_project(name=NAMES.image_build)
    codebuild.create_project(
        name=NAMES.image_build,
        source={"type": "S3", "location": f"{models}/source.zip", "buildspec": buildspec},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/any:1", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=make_role(aws, "codebuild", allow("s3:*")),
    )
    images = {"train": PublishedImage("1.ecr/risk-dev/train:0a1b", "sha256:77", "COMPLETE", {})}
    s3.put_object(Bucket=models, Key=NAMES.digests_key, Body=digests_to_json(images).encode())


def test_before_the_first_deployment_it_says_what_to_deploy(
    aws: EmbeddedAws, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    aws.client("codebuild").delete_project(name=NAMES.image_build)
    assert build_images.main(told) == 1
    assert "deploy risk-dev/artifacts first" in capsys.readouterr().err


def test_it_shows_the_builds_log_and_the_digests(
    aws: EmbeddedAws, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    project(aws, BUILDSPEC)
    assert build_images.main(told) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "building" in printed
    assert printed[-1] == "1.ecr/risk-dev/train:0a1b is sha256:77"


def test_a_build_that_fails_ends_with_an_error(
    aws: EmbeddedAws, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    project(aws, BUILDSPEC.replace("echo building", "false"))
    assert build_images.main(told) == 1
    assert "is FAILED" in capsys.readouterr().err


def test_a_wrong_name_is_told_with_the_right_ones(told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert build_images.main(["nobody", *told[1:]]) == 1
    assert "there are risk" in capsys.readouterr().err
