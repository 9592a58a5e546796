"""Processing jobs on the embedded AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.images import Images, output

pytestmark = pytest.mark.slow

SHOW = """
import json, os, pathlib, sys
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
config = json.loads((root / "config/processingjobconfig.json").read_text())
resources = json.loads((root / "config/resourceconfig.json").read_text())
inputs = sorted(str(path.relative_to(root)) for path in root.glob("processing/input/**/*") if path.is_file())
out = root / "processing/output/out"
(out / f"{resources['current_host']}.json").write_text(json.dumps({
    "arguments": sys.argv[1:],
    "inputs": inputs,
    "name": config["ProcessingJobName"],
    "variable": os.environ["VARIABLE"],
    "credentials": "AWS_ACCESS_KEY_ID" in os.environ,
    "hosts": resources["hosts"],
}))
(root / "output/message").write_text("CompletedWithViolations: 2" + "!" * 2000)
"""
NOT_TEXT = """
import os, pathlib
(pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"]) / "output/message").write_bytes(b"\\xff\\xfe")
"""


@pytest.fixture(scope="module")
def images(aws: EmbeddedAws) -> Images:
    return Images(aws.home).add(show=SHOW, not_text=NOT_TEXT)


@pytest.fixture
def owner(role: Callable[..., str]) -> str:
    return role("sagemaker", allow("s3:*", "logs:*"))


@pytest.fixture
def bucket(aws: EmbeddedAws, unique: Callable[[str], str]) -> str:
    name = unique("processing")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    for key in ("data/a.csv", "data/b.csv", "data/deep/c.csv", "data-other/d.csv"):
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    manifest = json.dumps([{"prefix": f"s3://{name}/data/"}, "b.csv", "deep/c.csv"])
    s3.put_object(Bucket=name, Key="manifest.json", Body=manifest.encode())
    return name


class Job:
    """One processing job of a test."""

    def __init__(self, aws: EmbeddedAws, name: str, role: str, bucket: str, image: str = "show") -> None:
        self.aws, self.name, self.bucket = aws, name, bucket
        self.sagemaker = aws.client("sagemaker")
        place = {"LocalPath": "/opt/ml/processing/output/out", "S3UploadMode": "EndOfJob"}
        output = {"OutputName": "out", "S3Output": {"S3Uri": f"s3://{bucket}/{name}", **place}}
        cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        self.request: dict[str, Any] = {
            "ProcessingJobName": name,
            "ProcessingResources": {"ClusterConfig": cluster},
            "AppSpecification": {"ImageUri": Images.uri(image)},
            "RoleArn": role,
            "Environment": {"VARIABLE": "value"},
            "ProcessingOutputConfig": {"Outputs": [output]},
        }

    def read(self, key: str, **source: str) -> Job:
        """Give it an input."""
        where = {"S3Uri": f"s3://{self.bucket}/{key}", "LocalPath": "/opt/ml/processing/input/data"}
        s3_input = {"S3DataType": "S3Prefix", "S3InputMode": "File", **where, **source}
        self.request["ProcessingInputs"] = [{"InputName": "data", "S3Input": s3_input}]
        return self

    def run(self) -> dict[str, Any]:
        self.sagemaker.create_processing_job(**self.request)
        for _ in eventually():
            found: dict[str, Any] = self.sagemaker.describe_processing_job(ProcessingJobName=self.name)
            if found["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped"):
                return found
        raise AssertionError

    def written(self, host: str = "algo-1") -> dict[str, Any]:
        body = self.aws.client("s3").get_object(Bucket=self.bucket, Key=f"{self.name}/{host}.json")["Body"]
        document: dict[str, Any] = json.loads(body.read())
        return document


@pytest.fixture
def job(aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]) -> Job:
    return Job(aws, unique("show"), owner, bucket)


def test_inputs_are_folders_and_so_are_outputs(job: Job) -> None:
    job.request["AppSpecification"]["ContainerArguments"] = ["--day", "monday"]
    found = job.read("data/").run()
    assert found["ProcessingJobStatus"] == "Completed", found.get("FailureReason")
    written = job.written()
    assert written["inputs"] == [f"processing/input/data/{name}" for name in ("a.csv", "b.csv", "deep/c.csv")]
    assert written["arguments"] == ["--day", "monday"]
    assert (written["name"], written["variable"], written["credentials"]) == (job.name, "value", True)


def test_the_message_is_the_first_kilobyte_of_what_the_program_left(job: Job) -> None:
    message = job.run()["ExitMessage"]
    assert message.startswith("CompletedWithViolations: 2!!")
    assert len(message) == 1024


def test_a_message_that_is_no_text_fails_the_job(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    found = Job(aws, unique("text"), owner, bucket, "not-text").run()
    assert found["ProcessingJobStatus"] == "Failed"
    assert "UTF-8" in found["FailureReason"]


@pytest.mark.parametrize(
    ("key", "source", "files"),
    [
        ("data/deep/c.csv", {}, ["c.csv"]),
        ("data", {}, ["-other/d.csv", "a.csv", "b.csv", "deep/c.csv"]),
        ("manifest.json", {"S3DataType": "ManifestFile"}, ["b.csv", "deep/c.csv"]),
    ],
)
def test_an_input_is_an_object_a_prefix_or_a_manifest(
    job: Job, key: str, source: dict[str, str], files: list[str]
) -> None:
    job.read(key, **source).run()
    expected = {"-other/d.csv": "data-other/d.csv"}
    assert job.written()["inputs"] == sorted(f"processing/input/data/{expected.get(name, name)}" for name in files)


def test_several_instances_share_the_data_and_know_of_each_other(job: Job) -> None:
    job.request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    job.read("data/", S3DataDistributionType="ShardedByS3Key").run()
    first, second = job.written("algo-1"), job.written("algo-2")
    assert first["hosts"] == second["hosts"] == ["algo-1", "algo-2"]
    assert len(first["inputs"]) == 2
    assert len(second["inputs"]) == 1
    assert not set(first["inputs"]) & set(second["inputs"])


def test_a_job_isolated_from_the_network_has_no_credentials(job: Job) -> None:
    job.request["NetworkConfig"] = {"EnableNetworkIsolation": True}
    job.run()
    assert job.written()["credentials"] is False


def test_an_entry_point_replaces_the_images_own(job: Job) -> None:
    job.request["AppSpecification"]["ContainerEntrypoint"] = ["python3", "-c", "print('instead')"]
    assert job.run()["ProcessingJobStatus"] == "Completed"
    assert output(job.aws.client("logs"), "ProcessingJobs", job.name) == ["instead"]


def test_an_entry_point_that_is_no_program_fails_the_job(job: Job) -> None:
    job.request["AppSpecification"]["ContainerEntrypoint"] = ["/no/such/program"]
    assert "/no/such/program" in job.run()["FailureReason"]


def test_paths_outside_of_the_processing_folder_are_refused(job: Job) -> None:
    with pytest.raises(ClientError, match="must lie under /opt/ml/processing"):
        job.read("data/", LocalPath="/home/data").run()


def test_jobs_are_listed_by_name_status_and_page(job: Job) -> None:
    job.run()
    found = job.sagemaker.list_processing_jobs(NameContains=job.name, StatusEquals="Completed")
    assert [summary["ProcessingJobName"] for summary in found["ProcessingJobSummaries"]] == [job.name]
    assert not job.sagemaker.list_processing_jobs(NameContains=job.name, StatusEquals="Failed")[
        "ProcessingJobSummaries"
    ]
    pages = job.sagemaker.get_paginator("list_processing_jobs").paginate(PaginationConfig={"PageSize": 1})
    names = [summary["ProcessingJobName"] for page in pages for summary in page["ProcessingJobSummaries"]]
    assert job.name in names
    assert len(names) == len(set(names))


def test_a_job_that_is_not_there_is_told_in_aws_words(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*Could not find requested job with name: nobody"):
        aws.client("sagemaker").describe_processing_job(ProcessingJobName="nobody")
