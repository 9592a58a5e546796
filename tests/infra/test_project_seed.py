"""The seed code of a model's repository, on its own as a member has it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.contracts.projects import MODEL_VARIABLE, RepositorySettings, build_of, source_key
from infra.projects import SEED

pytestmark = pytest.mark.slow

SETTINGS = RepositorySettings(
    "churn", "left", {"age": "numeric", "region": "categorical"}, "eu-west-1", "data-1", "churn/labelled/",
    "risk-dev-churn-training", "projects-1",
)  # fmt: skip
BOTO3 = """
import json, os, pathlib
calls = pathlib.Path(os.environ["CALLS"])
ANSWERS = json.loads(os.environ["ANSWERS"])
class Client:
    def __getattr__(self, operation):
        def call(**request):
            body = request.pop("Body", b"")
            if body:
                (calls.parent / "body").write_bytes(body)
            with calls.open("a") as file:
                file.write(json.dumps([operation, request]) + "\\n")
            return ANSWERS.get(operation, {})
        return call
def client(service, region_name):
    assert region_name == "eu-west-1"
    return Client()
"""


class Repository:
    """A member's copy, with a boto3 that answers what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "code", folder
        self.folder.mkdir()
        for path in SEED.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                target = self.folder / path.relative_to(SEED)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        (self.folder / "homeostat.json").write_text(SETTINGS.to_json())
        (folder / "boto3.py").write_text(BOTO3)

    def run(self, command: str, **answers: object) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.home), "HOMEOSTAT_PAUSE_S": "0"}
        environment |= {"CALLS": str(self.home / "calls"), "ANSWERS": json.dumps(answers)}
        return subprocess.run(
            f"{sys.executable} {command}",
            shell=True,
            cwd=self.folder,
            env=environment,
            text=True,
            capture_output=True,
            check=False,
        )

    @property
    def calls(self) -> list[tuple[str, dict[str, object]]]:
        return [tuple(json.loads(line)) for line in (self.home / "calls").read_text().splitlines()]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def execution(status: str, **more: str) -> dict[str, object]:
    step = {"StepName": "Train", "StepStatus": status, **more}
    return {
        "start_pipeline_execution": {"PipelineExecutionArn": "arn:x"},
        "describe_pipeline_execution": {"PipelineExecutionStatus": status, **more},
        "list_pipeline_execution_steps": {"PipelineExecutionSteps": [step]},
    }


def test_it_passes_its_own_tests(repository: Repository) -> None:
    done = repository.run("-m unittest discover tests")
    assert done.returncode == 0, done.stderr
    assert "Ran 4 tests" in done.stderr


def test_rows_are_handed_over_with_the_label_first_and_the_pipeline_is_started(repository: Repository) -> None:
    assert repository.run("example.py > raw/example.csv").returncode == 0
    done = repository.run("release.py", **execution("Succeeded"))
    assert done.returncode == 0, done.stderr
    (put, request), (start, pipeline), *_ = repository.calls
    assert (put, start) == ("put_object", "start_pipeline_execution")
    assert request["Bucket"] == SETTINGS.data_bucket
    assert str(request["Key"]).startswith(SETTINGS.labelled_prefix)
    assert pipeline == {"PipelineName": SETTINGS.pipeline}
    rows = list(csv.DictReader((repository.home / "body").read_text().splitlines()))
    assert list(rows[0]) == ["left", "age", "region"]
    assert {row["left"] for row in rows} == {"0", "1"}
    assert len(rows) >= 200, "as many as the platform needs for a first model"


def test_a_pipeline_that_fails_is_a_release_that_fails(repository: Repository) -> None:
    repository.run("example.py > raw/example.csv")
    done = repository.run("release.py", **execution("Failed", FailureReason="not better than what is in service"))
    assert done.returncode == 1
    assert "not better than what is in service" in done.stdout


def test_nothing_is_released_without_rows(repository: Repository) -> None:
    done = repository.run("release.py")
    assert done.returncode != 0
    assert "gives no labelled rows" in done.stderr
    assert not (repository.home / "calls").exists()


def test_pushing_sends_what_git_knows_and_starts_the_projects_build(repository: Repository) -> None:
    subprocess.run(["git", "init", "-q"], cwd=repository.folder, check=True)
    (repository.folder / ".gitignore").write_text("secret\n")
    (repository.folder / "secret").write_text("mine")
    logs = {"groupName": "g"}
    build = {"id": "b:1", "buildComplete": True, "buildStatus": "SUCCEEDED", "phases": [], "logs": logs}
    done = repository.run("push.py risk-dev-code", start_build={"build": build})
    assert done.returncode == 0, done.stderr
    (_, put), (_, start) = repository.calls
    assert put == {"Bucket": SETTINGS.projects_bucket, "Key": source_key("risk-dev-code")}
    assert start == {"projectName": build_of("risk-dev-code")}
    names = zipfile.ZipFile(repository.home / "body").namelist()
    assert {"features.py", "buildspec.yml", "homeostat.json", ".gitignore"} <= set(names)
    assert "secret" not in names
    assert not [name for name in names if name.startswith(".git/")]


def test_the_project_is_for_the_model_of_the_code(repository: Repository) -> None:
    repository.run("example.py > raw/example.csv")
    done = repository.run(f"-c \"import os, release; os.environ['{MODEL_VARIABLE}'] = 'fraud'; release.main()\"")
    assert "the project is for model fraud, and homeostat.json is of model churn" in done.stderr
