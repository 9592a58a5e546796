"""Both engines run the same work in the same way: as a process, and, where there is a container engine, in one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import engine, settings
from local.images import NoSuchImage
from local.start import EmbeddedAws, NotStarted, eventually
from tests.local.conftest import allow
from tests.local.hosting import SERVER, Hosting

PROGRAM = """
import os, pathlib, signal, sys, time
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
(base / "seen").write_text(" ".join(sys.argv[1:]) + "|" + os.environ["COLOUR"])
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in sys.argv else lambda *_: sys.exit(7))
print("working", flush=True)
time.sleep(0 if "quick" in sys.argv else 600)
"""
BASE = "homeostat/serve"
NAME = f"engine-test-{os.getpid()}"


def _images() -> bool:
    """Whether a container engine is here, with the images of `make images` in it."""
    command = ["docker", "image", "inspect", BASE]
    return shutil.which("docker") is not None and subprocess.run(command, capture_output=True).returncode == 0


with_containers = pytest.mark.skipif(not _images(), reason="no container engine with the built images is here")


@pytest.fixture(params=["process", pytest.param("docker", marks=[with_containers, pytest.mark.slow])])
def launched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The engine in use, with an image NAME that runs PROGRAM."""
    settings.use(settings.Settings(home=tmp_path, port=1, engine=request.param))
    (tmp_path / "program.py").write_text(PROGRAM)
    if request.param == "docker":
        _build(tmp_path, "program.py", NAME)
    else:
        entry = {"entrypoint": [sys.executable, str(tmp_path / "program.py")], "folder": str(tmp_path)}
        (tmp_path / "images.json").write_text(json.dumps({NAME: entry}))
    engine.install()
    yield request.param
    engine.stop()
    if request.param == "docker":
        subprocess.run(["docker", "image", "rm", f"homeostat/{NAME}"], check=True, capture_output=True)


def work(tmp_path: Path, *arguments: str, image: str = NAME) -> engine.Work:
    root = tmp_path / "ml"
    root.mkdir(exist_ok=True)
    return engine.Work(f"1.dkr.ecr.r.amazonaws.com/team/{image}:1", root, {"COLOUR": "blue"}, arguments=arguments)


def test_a_program_sees_its_folder_its_arguments_and_its_variables(launched: str, tmp_path: Path) -> None:
    lines: list[str] = []
    running = engine.run(work(tmp_path, "train", "quick"), lines.append)
    assert running.wait(300) == 0
    assert (tmp_path / "ml" / "seen").read_text() == "train quick|blue"
    assert lines == ["working"]


def test_a_program_that_is_asked_to_end_may_say_how(launched: str, tmp_path: Path) -> None:
    lines: list[str] = []
    running = engine.run(work(tmp_path, "train"), lines.append)
    _until(lines)
    assert running.exit_code is None
    running.stop(30)
    assert running.exit_code == 7


def test_a_program_that_does_not_listen_is_killed(launched: str, tmp_path: Path) -> None:
    lines: list[str] = []
    running = engine.run(work(tmp_path, "stubborn"), lines.append)
    _until(lines)
    running.stop(0.5)
    assert running.exit_code == 137


def test_an_image_that_is_not_there_cannot_be_pulled(launched: str, tmp_path: Path) -> None:
    with pytest.raises(NoSuchImage, match="Cannot pull algorithm container"):
        engine.run(work(tmp_path, image="nowhere"), print)


@with_containers
@pytest.mark.slow
def test_an_entrypoint_takes_the_place_of_the_images_own(tmp_path: Path) -> None:
    settings.use(settings.Settings(home=tmp_path, port=1, engine="docker"))
    lines: list[str] = []
    command = ("python", "-c", "import os; print(os.environ['SAGEMAKER_BASE_DIR'])")
    root = tmp_path / "ml"
    root.mkdir()
    assert engine.run(engine.Work("r/serve:1", root, {}, entrypoint=command), lines.append).wait(300) == 0
    assert lines == ["/opt/ml"]


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[None]:
    """The image of that name, which `Hosting` serves."""
    shutil.copy(SERVER, tmp_path / "program.py")
    _build(tmp_path, "program.py", "tiny")
    yield
    subprocess.run(["docker", "image", "rm", "homeostat/tiny"], check=True, capture_output=True)


@with_containers
@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_a_model_is_served_from_a_container_that_ends_with_the_launch(tmp_path: Path) -> None:
    with EmbeddedAws.start(tmp_path / "home", hour_seconds=20, engine="docker") as aws:
        statement = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
        service = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
        iam = aws.client("iam")
        role = iam.create_role(RoleName="serving", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName="serving", PolicyName="s3", PolicyDocument=statement)
        host = Hosting(aws, role)
        assert host.ask(host.endpoint("from a container")) == "from a container"
        assert _containers(aws.home)
    assert not _containers(aws.home)


@pytest.mark.slow
def test_an_engine_that_is_not_there_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))  # no docker on it
    with pytest.raises(NotStarted, match="No container engine answers"):
        EmbeddedAws.start(tmp_path, engine="docker")


def _build(folder: Path, program: str, name: str) -> None:
    """An image that runs a program of the folder."""
    (folder / "Dockerfile").write_text(
        f'FROM {BASE}\nCOPY {program} /opt/program.py\nENTRYPOINT ["python", "/opt/program.py"]\n'
    )
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", f"homeostat/{name}", str(folder)], check=True, capture_output=True
    )


def _containers(home: Path) -> list[str]:
    command = ["docker", "ps", "--quiet", "--filter", f"label=homeostat.home={home}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def _until(lines: list[str]) -> None:
    for _ in eventually():
        if lines:
            return
