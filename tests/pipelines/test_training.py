"""The training pipeline: compiled without a network, the same every time, and saying what it must say."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.config.load import load_teams
from core.contracts import definition as placeholder
from core.contracts import images
from core.contracts.parameters import TrainingParameters
from pipelines import compiled

pytestmark = pytest.mark.slow  # the SDK takes seconds to import
ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "111122223333", "eu-west-1"
URIS = {image.name: f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/demo-dev/{image.name}:tag" for image in images.IMAGES}


@pytest.fixture(scope="module")
def text(tmp_path_factory) -> str:
    [team] = load_teams(ROOT / "teams")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "CACHE", tmp_path_factory.mktemp("pipelines"))
        patch.setattr(socket.socket, "connect", _refuse)
        return compiled.training_definition(team, team.environments[0], team.models[0], ACCOUNT, REGION, URIS)


@pytest.fixture(scope="module")
def steps(text) -> dict[str, dict]:
    top = {step["Name"]: step for step in json.loads(text)["Steps"]}
    condition = top["IsBetter"]["Arguments"]
    return top | {step["Name"]: step for step in condition["IfSteps"] + condition["ElseSteps"]}


def _refuse(_socket, address):
    raise AssertionError(f"compiling a pipeline opened a connection to {address}")


def test_all_parameters_of_a_run_are_declared_with_their_defaults(text):
    declared = {item["Name"]: item["DefaultValue"] for item in json.loads(text)["Parameters"]}
    assert declared == TrainingParameters.defaults()


def test_nothing_is_registered_unless_the_gate_says_better(steps):
    condition = steps["IsBetter"]["Arguments"]
    [must] = condition["Conditions"]
    assert must["Type"] == "Equals"
    assert must["RightValue"] == "BETTER"
    assert must["LeftValue"]["Std:JsonGet"]["PropertyFile"] == {"Get": "Steps.Gate.PropertyFiles.Evaluation"}
    assert [step["Type"] for step in condition["IfSteps"]] == ["RegisterModel"]
    assert [step["Type"] for step in condition["ElseSteps"]] == ["Fail"]


def test_registration_waits_for_the_baseline_that_it_carries(steps):
    assert steps["IsBetter"]["DependsOn"] == ["Baseline"]


def test_the_package_carries_what_the_release_path_reads(steps):
    package = steps["Register"]["Arguments"]
    assert package["ModelPackageGroupName"] == "demo-dev-progression"
    assert package["ModelApprovalStatus"] == "Approved"
    assert package["CustomerMetadataProperties"]["episode"] == {"Get": "Parameters.Episode"}
    statistics = package["ModelMetrics"]["ModelDataQuality"]["Statistics"]["S3Uri"]["Std:Join"]["Values"]
    assert statistics[-1] == "statistics.json"


def test_every_job_runs_in_the_team_s_network_with_encryption(steps):
    for name in ("Prepare", "Baseline", "Gate"):
        network = steps[name]["Arguments"]["NetworkConfig"]
        assert network["EnableInterContainerTrafficEncryption"] is True
        assert network["VpcConfig"]["Subnets"] == [placeholder.subnet(0), placeholder.subnet(1)]
    train = steps["Train"]["Arguments"]
    assert train["EnableNetworkIsolation"] is True
    assert train["ResourceConfig"]["VolumeKmsKeyId"] == placeholder.KEY_ARN


def test_no_ids_but_placeholders_are_left_open(text):
    assert set(re.findall(r"@[a-z0-9-]+@", text)) == {
        placeholder.subnet(0),
        placeholder.subnet(1),
        placeholder.SECURITY_GROUP,
        placeholder.KEY_ARN,
    }
    assert "${Token" not in text


def test_an_unchanged_definition_is_not_compiled_again(text, tmp_path, monkeypatch):
    """The second call answers without importing the SDK."""
    script = (
        "import sys; from pathlib import Path; from pipelines import compiled; from core.config.load import load_teams;"
        f"compiled.CACHE = Path({str(tmp_path)!r}); [team] = load_teams(Path({str(ROOT / 'teams')!r}));"
        f"print(len(compiled.training_definition(team, team.environments[0], team.models[0], {ACCOUNT!r}, {REGION!r},"
        f" {URIS!r})), 'sagemaker' in sys.modules)"
    )
    run = [
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert run == [f"{len(text)} True\n", f"{len(text)} False\n"]


def test_every_job_says_whose_it_is(steps):
    """SageMaker hands none of a pipeline's own tags to its jobs; budgets and policies go by them."""
    jobs = [step for step in steps.values() if step["Type"] in ("Training", "Processing")]
    assert len(jobs) == 4
    for job in jobs:
        tags = {tag["Key"]: tag["Value"] for tag in job["Arguments"]["Tags"]}
        assert tags == {"team": "demo", "environment": "dev", "cost-center": "demo", "homeostat": "demo-dev"}
