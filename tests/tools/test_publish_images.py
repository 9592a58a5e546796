"""The build of images as CodeBuild runs it, with programs in place of `docker` and `aws` that keep what they hear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.contracts.builds import BuildEnvironment, ImageOrder, digests_from_json, orders_to_json
from infra.image_build import BUILDSPEC, platform_sources
from local.codebuild.buildspec import script

pytestmark = pytest.mark.slow

REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
TRAIN = ImageOrder("train", "risk-dev/train", "0a1b", "containers/Dockerfile", target="train")
OWN = ImageOrder("own-tool", "risk-dev/own-tool", "9f8e", "Dockerfile", source="own_tool")

FAKE = """\
#!{python}
import json, os, pathlib, sys
world = pathlib.Path(os.environ["WORLD"])
state = json.loads((world / "state.json").read_text())
name, told = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
line = " ".join([name, *told])
read = sys.stdin.read() if "--password-stdin" in told or "-" in told else ""
with (world / "calls").open("a") as calls:
    calls.write(json.dumps({{"line": line, "stdin": read}}) + "\\n")
for fault in state["faults"]:
    if fault in line:
        sys.exit(fault + " did not work")
if name == "docker" and told[0] == "push":
    state["there"].append(told[1].partition("/")[2])
    (world / "state.json").write_text(json.dumps(state))
if name == "aws" and "get-login-password" in told:
    print("secret")
if name == "aws" and "describe-images" in told:
    repository, tag = told[told.index("--repository-name") + 1], told[-1].partition("=")[2]
    if repository + ":" + tag not in state["there"]:
        sys.exit("An error occurred (ImageNotFoundException) when calling DescribeImages")
    print(json.dumps({{"imageDetails": [{{"imageDigest": "sha256:" + tag}}]}}))
if name == "aws" and "describe-image-scan-findings" in told:
    print(json.dumps(state["scan"]))
"""


@dataclass
class World:
    """A build machine: where `docker` and `aws` are, what they know, and what they were told."""

    folder: Path

    def tell(self, **state: Any) -> None:
        known = {"there": [], "faults": [], "scan": {"imageScanStatus": {"status": "COMPLETE"}}}
        (self.folder / "state.json").write_text(json.dumps({**known, **state}))

    def build(self, *orders: ImageOrder) -> subprocess.CompletedProcess[str]:
        """The project's buildspec, run over the sources that the templates name."""
        (self.folder / "build.sh").write_text(script(BUILDSPEC))
        told = BuildEnvironment(REGISTRY, orders_to_json(orders), "s3://models/digests.json").variables()
        places = {"CODEBUILD_SRC_DIR": str(platform_sources()), "CODEBUILD_SRC_DIR_own_tool": str(self.folder)}
        path = f"{self.folder / 'bin'}:{os.path.dirname(sys.executable)}:/usr/bin:/bin"
        environment = {"PATH": path, "WORLD": str(self.folder), **told, **places}
        command = ["bash", str(self.folder / "build.sh")]
        return subprocess.run(
            command, cwd=platform_sources(), env=environment, text=True, capture_output=True, check=False
        )

    @property
    def calls(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]

    def told(self, start: str) -> list[str]:
        return [call["line"] for call in self.calls if call["line"].startswith(start)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "bin").mkdir()
    for name in ("docker", "aws"):
        program = tmp_path / "bin" / name
        program.write_text(FAKE.format(python=sys.executable))
        program.chmod(0o755)
    made = World(tmp_path)
    made.tell()
    return made


def test_images_are_built_from_their_own_sources_and_pushed(world: World) -> None:
    done = world.build(TRAIN, OWN)
    assert done.returncode == 0, done.stderr
    train, own = world.told("docker build")
    assert f"--file {platform_sources()}/containers/Dockerfile --tag {REGISTRY}/risk-dev/train:0a1b" in train
    assert train.endswith(f"--target train {platform_sources()}")
    assert f"--file {world.folder}/Dockerfile" in own
    assert "--target" not in own
    assert world.told("docker push") == [
        f"docker push {REGISTRY}/risk-dev/train:0a1b",
        f"docker push {REGISTRY}/risk-dev/own-tool:9f8e",
    ]


def test_the_password_stands_in_no_command_line(world: World) -> None:
    world.build(TRAIN)
    (login,) = [call for call in world.calls if call["line"].startswith("docker login")]
    assert login["stdin"].strip() == "secret"
    assert not [call for call in world.calls if "secret" in call["line"]]


def test_what_is_in_its_repository_is_not_built_again(world: World) -> None:
    world.tell(there=["risk-dev/train:0a1b"])
    done = world.build(TRAIN, OWN)
    assert done.returncode == 0, done.stderr
    assert len(world.told("docker build")) == len(world.told("docker push")) == 1
    assert "risk-dev/train:0a1b is there already" in done.stdout


def test_the_digests_are_written_down(world: World) -> None:
    world.tell(
        scan={"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": {"findingSeverityCounts": {"LOW": 3}}}
    )
    assert world.build(TRAIN).returncode == 0
    (written,) = [call for call in world.calls if call["line"].endswith("s3://models/digests.json")]
    image = digests_from_json(written["stdin"])["train"]
    assert (image.uri, image.digest) == (f"{REGISTRY}/risk-dev/train:0a1b", "sha256:0a1b")
    assert (image.scan, image.findings) == ("COMPLETE", {"LOW": 3})


@pytest.mark.parametrize("fault", ["docker login", "docker build", "docker push", "aws s3 cp", "get-login-password"])
def test_a_step_that_fails_fails_the_build_and_nothing_follows(world: World, fault: str) -> None:
    world.tell(faults=[fault])
    done = world.build(TRAIN, OWN)
    assert done.returncode != 0
    assert "State: FAILED" in done.stdout
    assert fault in world.calls[-1]["line"]


def test_an_answer_that_is_no_answer_is_not_taken_for_an_absent_image(world: World) -> None:
    world.tell(faults=["describe-images"])
    done = world.build(TRAIN)
    assert done.returncode != 0
    assert "ECR does not say whether risk-dev/train has 0a1b" in done.stderr
    assert not world.told("docker build")


def test_critical_vulnerabilities_are_written_down_and_fail_the_build(world: World) -> None:
    found = {"findingSeverityCounts": {"CRITICAL": 2}}
    world.tell(scan={"imageScanStatus": {"status": "COMPLETE"}, "imageScanFindings": found})
    done = world.build(TRAIN)
    assert done.returncode != 0
    assert "critical vulnerabilities: train (2)" in done.stderr
    assert world.told("aws s3 cp")


def test_a_scan_that_never_ends_is_said_and_fails_nothing(world: World) -> None:
    world.tell(scan={"imageScanStatus": {"status": "IN_PROGRESS"}})
    done = world.build(TRAIN)
    assert done.returncode == 0, done.stderr
    assert world.told("aws ecr wait image-scan-complete")
    assert "scan IN_PROGRESS" in done.stdout


def test_a_build_that_is_told_nothing_says_what_it_needs(world: World) -> None:
    done = subprocess.run([sys.executable, "-m", "tools.publish_images"], env={}, text=True, capture_output=True)
    assert done.returncode == 1
    assert "BuildEnvironment needs REGISTRY, IMAGES, DIGESTS_URI" in done.stderr
