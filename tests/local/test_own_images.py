"""Images of a team's own on the embedded AWS: what was deployed runs as a process, or it is said why it cannot."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.contracts.builds import BuildEnvironment, ImageOrder, orders_to_json
from core.contracts.content import content_tag
from local import codebuild, settings
from local.dockerfile import entrypoint
from local.engine import docker
from local.engine.work import Work
from local.images import NoSuchImage
from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.images import output

REGISTRY = "000000000000.dkr.ecr.us-east-1.amazonaws.com"
DOCKERFILE = 'FROM python:3.13\nCOPY . .\nENTRYPOINT ["python", "train.py"]\n'
TRAIN = """
import os, pathlib, sys, words
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
print(words.SAID, *sys.argv[1:], flush=True)
(root / "model/model.txt").write_text("trained")
"""
SOURCES = {"Dockerfile": DOCKERFILE, "train.py": TRAIN, "words.py": "SAID = 'by the team'\n"}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (DOCKERFILE, ("python", "train.py")),
        ('# ENTRYPOINT ["a"]\nFROM x\nentrypoint ["python", \\\n "-m", \\\n "own"]\n', ("python", "-m", "own")),
        ('FROM x AS one\nENTRYPOINT ["one"]\nFROM y\nCMD ["two"]\n', ()),
        ('FROM --platform=linux/amd64 x AS one\nENTRYPOINT ["one"]\nFROM ONE AS two\nFROM two\n', ("one",)),
        ('FROM x\nENTRYPOINT ["one"]\nENTRYPOINT ["two"]\n', ("two",)),
        ("FROM x\nENTRYPOINT python train.py\n", ()),
        ('FROM x\nENTRYPOINT ["python", 3]\n', ()),
        ("FROM\n", ()),
    ],
)
def test_the_last_entry_point_of_the_last_stage_counts(text: str, command: tuple[str, ...]) -> None:
    assert entrypoint(text) == command


class Team:
    """A team whose one image `boosting` is deployed: repository, tag, and a build that would make it."""

    def __init__(self, aws: EmbeddedAws, name: str, role: Callable[..., str], folder: Path) -> None:
        self.aws, self.name, self.role, self.folder = aws, name, role, folder
        aws.client("s3").create_bucket(Bucket=name)
        aws.client("s3").put_object(Bucket=name, Key="data/data.csv", Body=b"y,x\n1,2\n")

    def deploy(self, sources: Mapping[str, str], packed: Mapping[str, str] | None = None) -> str:
        """The image's URI. `packed` is what really lies in S3."""
        for name, content in sources.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(content)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            for name, content in (packed or sources).items():
                zipped.writestr(name, content)
        self.aws.client("s3").put_object(Bucket=self.name, Key="own.zip", Body=archive.getvalue())
        order = ImageOrder("boosting", f"{self.name}/boosting", content_tag(self.folder, (".",)), "Dockerfile")
        own = ImageOrder(order.name, order.repository, order.tag, order.dockerfile, source="boosting")
        told = BuildEnvironment(REGISTRY, orders_to_json([own]), f"s3://{self.name}/digests.json").variables()
        self.aws.client("codebuild").create_project(
            name=f"{self.name}-images",
            source={"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases: {}\n"},
            secondarySources=[{"type": "S3", "location": f"{self.name}/own.zip", "sourceIdentifier": "boosting"}],
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": name, "value": value} for name, value in told.items()],
            },
            serviceRole=self.role("codebuild", allow("s3:*")),
        )
        return f"{REGISTRY}/{order.repository}:{order.tag}"

    def train(self, uri: str) -> dict[str, Any]:
        """A training job at its end."""
        sagemaker = self.aws.client("sagemaker")
        channel = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.name}/data/"}
        sagemaker.create_training_job(
            TrainingJobName=self.name,
            AlgorithmSpecification={"TrainingImage": uri, "TrainingInputMode": "File"},
            RoleArn=self.role("sagemaker", allow("s3:*", "logs:*", "cloudwatch:*")),
            InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": channel}}],
            OutputDataConfig={"S3OutputPath": f"s3://{self.name}/models"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
        for _ in eventually():
            job: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=self.name)
            if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
                return job
        raise AssertionError


@pytest.fixture
def team(aws: EmbeddedAws, unique: Callable[[str], str], role: Callable[..., str], tmp_path: Path) -> Team:
    return Team(aws, unique("own"), role, tmp_path)


@pytest.mark.slow
def test_what_was_deployed_is_what_trains(team: Team) -> None:
    job = team.train(team.deploy(SOURCES))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert output(team.aws.client("logs"), "TrainingJobs", team.name) == ["by the team train"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('ENTRYPOINT ["java", "-jar", "train.jar"]', "runs java -jar train.jar."),
        ('ENTRYPOINT ["python", "/opt/own/train.py"]', "runs python /opt/own/train.py."),
        ('ENTRYPOINT ["python", "other.py"]', "runs python other.py."),
        ('ENTRYPOINT ["python", "-m", "containers.train"]', "runs python -m containers.train."),
        ("ENTRYPOINT python train.py", "runs no ENTRYPOINT in exec form."),
    ],
)
def test_what_only_a_container_can_run_is_refused_and_says_how_to_run_it(team: Team, entry: str, says: str) -> None:
    """Never the platform's own program in its place, wherever that would be found."""
    job = team.train(team.deploy({**SOURCES, "Dockerfile": f"FROM python:3.13\n{entry}\n"}))
    assert job["TrainingJobStatus"] == "Failed"
    assert says in job["FailureReason"]
    assert "ENGINE=docker" in job["FailureReason"]


@pytest.mark.slow
def test_sources_that_are_not_what_the_tag_names_do_not_run(team: Team) -> None:
    uri = team.deploy(SOURCES, packed={**SOURCES, "words.py": "SAID = 'by somebody else'\n"})
    assert "have the tag" in team.train(uri)["FailureReason"]


@pytest.mark.slow
def test_another_tag_is_another_image(team: Team) -> None:
    uri = team.deploy(SOURCES)
    assert "Cannot pull algorithm container" in team.train(f"{uri[:-4]}0000")["FailureReason"]


DOCKER = """\
#!{python}
import sys
built = {built!r}
sys.exit(built not in sys.argv if sys.argv[1] == "image" else print(*sys.argv))
"""


@pytest.fixture
def known(in_process: settings.Settings) -> Iterator[str]:
    """The URI of an image that is deployed in this process, without a server: its sources were fetched before."""
    told = BuildEnvironment(
        REGISTRY,
        orders_to_json([ImageOrder("boosting", "risk/boosting", "0a", "Dockerfile", source="boosting")]),
        "s3://b/k",
    )
    variables = [{"name": name, "value": value} for name, value in told.variables().items()]
    projects = codebuild.running().projects
    projects._projects["risk-images"] = {"environment": {"environmentVariables": variables}}
    (in_process.temporary / "images" / "risk" / "boosting" / "0a").mkdir(parents=True)
    yield f"{REGISTRY}/risk/boosting:0a"
    projects.reset()


@pytest.mark.parametrize("built", ["", "homeostat/boosting"])
def test_a_container_engine_without_that_very_image_is_told_how_to_build_it(
    known: str, built: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _docker(tmp_path, monkeypatch, built)
    with pytest.raises(NoSuchImage, match=f"docker build --tag {known} {tmp_path}.*/images/risk/boosting/0a`"):
        docker.start(Work(known, tmp_path, {}), print, lambda: None)


def test_a_container_engine_runs_it_by_its_uri(known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _docker(tmp_path, monkeypatch, known)
    lines: list[str] = []
    assert docker.start(Work(known, tmp_path, {}, arguments=("train",)), lines.append, lambda: None).wait(300) == 0
    assert lines[0].endswith(f" {known} train")


def _docker(folder: Path, monkeypatch: pytest.MonkeyPatch, built: str) -> None:
    """A container engine that has one image, and says what it was told to run."""
    program = folder / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(DOCKER.format(python=sys.executable, built=built))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
