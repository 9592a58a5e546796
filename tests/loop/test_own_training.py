"""A team whose model is trained by an image of its own, on the embedded AWS: from `cdk deploy` to a judged window."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from core.config.load import load_teams
from core.contracts.evaluation import Evaluation
from core.contracts.release import Release
from core.contracts.reports import LATEST, MonitorReport
from core.contracts.signature import Signature
from core.names import ModelNames
from demo.patients import Region, labelled_csv
from demo.toolchain import ROOT, Toolchain
from local.settings import ACCOUNT, REGION
from local.start import EmbeddedAws, eventually

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "examples" / "own-training"
OVER = ("Succeeded", "Failed", "Stopped")
ROWS_A_TIME = 40
PATIENCE_S = 1500.0
"""A pipeline is five jobs, one after the other."""


@dataclass
class Lab:
    """The example's team, deployed, with labelled patients."""

    aws: EmbeddedAws
    names: ModelNames
    signature: Signature
    patients: Region

    def start(self) -> dict[str, Any]:
        """An execution of the pipeline at its end, and its steps by their names."""
        sagemaker = self.aws.client("sagemaker")
        arn = sagemaker.start_pipeline_execution(PipelineName=self.names.pipeline)["PipelineExecutionArn"]
        about = {"PipelineExecutionArn": arn}
        until(lambda: sagemaker.describe_pipeline_execution(**about)["PipelineExecutionStatus"] in OVER)
        steps = sagemaker.list_pipeline_execution_steps(**about)["PipelineExecutionSteps"]
        return {step["StepName"]: step for step in steps}

    def get(self, purpose: str, key: str) -> bytes | None:
        s3 = self.aws.client("s3")
        try:
            body: bytes = s3.get_object(Bucket=self.names.of.bucket(purpose, ACCOUNT, REGION), Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return body

    def at(self, uri: str) -> bytes:
        """What lies under an S3 URI of the models bucket."""
        found = self.get("models", uri.removeprefix(f"s3://{self.names.of.bucket('models', ACCOUNT, REGION)}/"))
        assert found is not None, uri
        return found

    def in_service(self) -> bool:
        try:
            found = self.aws.client("sagemaker").describe_endpoint(EndpointName=self.names.endpoint)
        except ClientError:
            return False
        return bool(found["EndpointStatus"] == "InService")

    def ask(self) -> list[list[str]]:
        """Some patients' answers."""
        body = "\n".join(self.patients.next(ROWS_A_TIME, drifted=False).csv_rows())
        answer = self.aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.names.endpoint, ContentType="text/csv", Accept="text/csv", Body=body
        )
        return [line.split(",") for line in answer["Body"].read().decode().split()]

    def judged(self) -> MonitorReport | None:
        """The newest report, if it is of a window with enough rows."""
        self.ask()
        found = self.get("reports", f"{self.names.report_prefix}{LATEST}")
        report = MonitorReport.from_json(found) if found else None
        return report if report and report.rows >= 2 * ROWS_A_TIME and report.features else None


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("own")
    shutil.copytree(EXAMPLE, folder / "teams", ignore=shutil.ignore_patterns("__pycache__"))
    (team,) = load_teams(folder / "teams")
    (model,) = team.models
    with EmbeddedAws.start(folder / "home", hour_seconds=30) as aws:
        tools = Toolchain(folder / "logs", folder / "cdk.out")
        tools.synth(ACCOUNT, {"teams": str(folder / "teams"), "destroy-data": "true"})
        tools.bootstrap(aws.environment(), ACCOUNT, REGION)
        tools.deploy(aws.environment())
        patients = Region(model.signature.names, seed=7)
        made = Lab(aws, team.names(team.environments[0]).model(model.name), model.signature, patients)
        aws.client("s3").put_object(
            Bucket=made.names.of.bucket("data", ACCOUNT, REGION),
            Key=f"{made.names.data_prefix}patients.csv",
            Body=labelled_csv(patients.labelled(), model.signature.names).encode(),
        )
        yield made


def test_its_model_is_trained_judged_released_and_watched(lab: Lab) -> None:
    steps = lab.start()
    assert {name: step.get("FailureReason") for name, step in steps.items() if step["StepStatus"] != "Succeeded"} == {}
    sagemaker = lab.aws.client("sagemaker")
    job = sagemaker.describe_training_job(
        TrainingJobName=steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    )
    assert f"/{lab.names.of.repository('boosting')}:" in job["AlgorithmSpecification"]["TrainingImage"]
    model_uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    with tarfile.open(fileobj=io.BytesIO(lab.at(model_uri))) as archive:
        assert {name for name in archive.getnames() if "." in Path(name).name} == {"model.txt", "signature.json"}

    until(lab.in_service)
    release = until(lambda: lab.get("models", lab.names.release_key))
    released = Release.from_json(release)
    assert released.model_uri == model_uri
    evaluation = Evaluation.from_json(lab.at(released.evaluation_uri))
    assert evaluation.verdict == "BETTER"
    assert all(label in ("0", "1") and 0 <= float(probability) <= 1 for label, probability in lab.ask())

    report: MonitorReport = until(lab.judged)
    assert {feature.name for feature in report.features} == set(lab.signature.names)
    assert sum(feature.attribution_share for feature in report.features) == pytest.approx(1, abs=0.01)


def until(seen: Callable[[], Any]) -> Any:
    """What is seen once it is there."""
    for _ in eventually(PATIENCE_S, pause=0.5):
        if found := seen():
            return found
    raise AssertionError
