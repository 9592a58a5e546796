"""CodeBuild on the running embedded AWS: projects, and builds that fail where nothing can run them."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow, make_role

pytestmark = pytest.mark.slow

BUILDSPEC = """
version: 0.2
phases:
  pre_build:
    commands: ["cd inner", "export COLOUR=blue"]
  build:
    commands: ["cat told.txt", "echo $COLOUR $WORD", "test $COLOUR = $WORD"]
    finally: ["echo finally"]
  post_build:
    commands: ["echo afterwards"]
"""
DOCKER = """\
#!{python}
import os, subprocess, sys
told = sys.argv[1:]
if told[0] == "version":
    print("1.0")
elif told[0] == "run":
    [place] = [each for each in told if each.endswith(":/codebuild")]
    folder = place.partition(":")[0]
    passed = [told[i + 1] for i, each in enumerate(told) if each == "--env"]
    kept = {{name: os.environ[name].replace("/codebuild", folder) for name in passed}}
    kept["PATH"] = os.environ["PATH"]
    work = told[told.index("--workdir") + 1].replace("/codebuild", folder)
    sys.exit(subprocess.run(["bash", folder + "/build.sh"], cwd=work, env=kept).returncode)
"""


class Project:
    """One project, whose source is an archive in S3."""

    def __init__(self, aws: EmbeddedAws, name: str, role: str, **more: Any) -> None:
        self.aws, self.name, self.codebuild = aws, name, aws.client("codebuild")
        aws.client("s3").create_bucket(Bucket=name)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("inner/told.txt", "from the archive\n")
        aws.client("s3").put_object(Bucket=name, Key="source.zip", Body=packed.getvalue())
        self.codebuild.create_project(
            name=name,
            source={"type": "S3", "location": f"{name}/source.zip", "buildspec": BUILDSPEC},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "WORD", "value": "blue"}],
            },
            serviceRole=role,
            **more,
        )

    def build(self, **more: Any) -> dict[str, Any]:
        id = self.codebuild.start_build(projectName=self.name, **more)["build"]["id"]
        for _ in eventually():
            [found] = self.codebuild.batch_get_builds(ids=[id])["builds"]
            if found["buildComplete"]:
                break
        return dict(found)

    def log(self, build: dict[str, Any]) -> list[str]:
        place = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        return [event["message"] for event in self.aws.client("logs").get_log_events(**place)["events"]]


def test_without_a_container_engine_a_build_fails_and_says_so(
    aws: EmbeddedAws,
    unique: Callable[[str], str],
    role: Callable[..., str],
    queue: Callable[[], tuple[str, str]],
) -> None:
    url, arn = queue()
    sender = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [sender]})
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    pattern = {"source": ["aws.codebuild"], "detail": {"build-status": ["FAILED"]}}
    project, rule = Project(aws, unique("project"), role("codebuild", allow("s3:*"))), unique("rule")
    aws.client("events").put_rule(Name=rule, EventPattern=json.dumps(pattern))
    aws.client("events").put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    build = project.build()
    assert build["buildStatus"] == "FAILED"
    failed = [phase for phase in build["phases"] if phase["phaseStatus"] == "FAILED"]
    assert "No container engine" in failed[0]["contexts"][0]["message"]
    assert "No container engine" in project.log(build)[0]
    for _ in eventually():
        if messages := aws.client("sqs").receive_message(QueueUrl=url).get("Messages"):
            break
    assert json.loads(messages[0]["Body"])["detail"]["project-name"] == project.name
    found = aws.client("cloudwatch").list_metrics(Namespace="AWS/CodeBuild", MetricName="FailedBuilds")["Metrics"]
    assert [{"Name": "ProjectName", "Value": project.name}] in [metric["Dimensions"] for metric in found]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"source": {"type": "GITHUB", "location": "https://github.com/a/b"}}, "builds from S3 or from nothing"),
        ({"serviceRole": "arn:aws:iam::000000000000:role/nobody"}, "not authorized to perform: sts:AssumeRole"),
    ],
)
def test_a_project_that_cannot_be_built_is_refused(
    aws: EmbeddedAws, unique: Callable[[str], str], role: Callable[..., str], changed: dict[str, Any], says: str
) -> None:
    project = Project(aws, unique("project"), role("codebuild"))
    with pytest.raises(ClientError, match=says):
        project.codebuild.update_project(name=project.name, **changed)


def test_only_who_is_granted_it_starts_a_build_and_hands_a_role_over(
    aws: EmbeddedAws, unique: Callable[[str], str], role: Callable[..., str], client_as: Callable[[str, str], Any]
) -> None:
    own = role("codebuild")
    project = Project(aws, unique("project"), own)
    arn = f"arn:aws:codebuild:*:*:project/{project.name}"
    member = client_as(
        role("sagemaker", allow("codebuild:StartBuild", "codebuild:BatchGetBuilds", on=arn)), "codebuild"
    )
    build = member.start_build(projectName=project.name)["build"]
    assert member.batch_get_builds(ids=[build["id"]])["builds"]
    with pytest.raises(ClientError, match="codebuild:StartBuild"):
        member.start_build(projectName="another")
    maker = client_as(role("sagemaker", allow("codebuild:*")), "codebuild")
    with pytest.raises(ClientError, match="iam:PassRole"):
        maker.update_project(name=project.name, serviceRole=own)


@contextmanager
def container_engine(folder: Path) -> Iterator[EmbeddedAws]:
    """Launched with a container engine: a `docker` that runs what it is told on this machine."""
    docker = folder / "docker"
    docker.write_text(DOCKER.format(python=sys.executable))
    docker.chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}:{before}"
    try:
        with EmbeddedAws.start(folder / "home", engine="docker") as running:
            yield running
    finally:
        os.environ["PATH"] = before


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with container_engine(tmp_path_factory.mktemp("engine")) as running:
        yield running


def test_a_build_runs_its_phases_over_its_source(engine: EmbeddedAws, unique: Callable[[str], str]) -> None:
    project = Project(engine, unique("project"), make_role(engine, "codebuild", allow("s3:GetObject")))
    build = project.build()
    log = project.log(build)
    assert build["buildStatus"] == "SUCCEEDED", log
    words = ["from the archive", "blue blue", "finally", "afterwards"]
    assert [line for line in log if line in words] == words
    states = {phase["phaseType"]: phase["phaseStatus"] for phase in build["phases"]}
    assert states["BUILD"] == states["DOWNLOAD_SOURCE"] == states["COMPLETED"] == "SUCCEEDED"


def test_a_command_that_fails_fails_its_phase_and_the_build(engine: EmbeddedAws, unique: Callable[[str], str]) -> None:
    project = Project(engine, unique("project"), make_role(engine, "codebuild", allow("s3:GetObject")))
    build = project.build(environmentVariablesOverride=[{"name": "WORD", "value": "red"}])
    log = project.log(build)
    assert build["buildStatus"] == "FAILED"
    assert "Phase complete: BUILD State: FAILED" in log
    assert "finally" in log
    assert "afterwards" in log, "post_build follows a build that failed"


def test_a_source_that_its_role_may_not_read_fails_the_build(engine: EmbeddedAws, unique: Callable[[str], str]) -> None:
    build = Project(engine, unique("project"), make_role(engine, "codebuild")).build()
    assert build["buildStatus"] == "FAILED"
    assert any("s3:GetObject" in str(phase.get("contexts")) for phase in build["phases"])


def test_no_more_builds_run_at_once_than_the_project_lets(engine: EmbeddedAws, unique: Callable[[str], str]) -> None:
    role = make_role(engine, "codebuild", allow("s3:GetObject"))
    project = Project(engine, unique("project"), role, concurrentBuildLimit=1)
    waits = BUILDSPEC.replace("cat told.txt", "sleep 900")
    id = project.codebuild.start_build(projectName=project.name, buildspecOverride=waits)["build"]["id"]
    with pytest.raises(ClientError, match="Cannot have more than 1 builds"):
        project.codebuild.start_build(projectName=project.name)
    for _ in eventually():
        [build] = project.codebuild.batch_get_builds(ids=[id])["builds"]
        if build["currentPhase"] == "PRE_BUILD":
            break
    project.codebuild.stop_build(id=id)
    for _ in eventually():
        [build] = project.codebuild.batch_get_builds(ids=[id])["builds"]
        if build["buildComplete"]:
            break
    assert build["buildStatus"] == "STOPPED"
