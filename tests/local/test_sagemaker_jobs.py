"""Training and processing jobs on the embedded AWS, with programs of a few lines as images."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.images import Images, output

pytestmark = pytest.mark.slow

TRAIN = """
import json, os, pathlib
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
config = json.loads((root / "input/config/hyperparameters.json").read_text())
rows = sum(len(path.read_text().split()) for path in (root / "input/data/train").rglob("*.csv"))
print(f"rows={rows}; accuracy={config['accuracy']};", flush=True)
(root / "model/model.json").write_text(json.dumps({"rows": rows}))
"""
FAIL = """
import os, pathlib, sys
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
(root / "output").mkdir(exist_ok=True)
(root / "output/failure").write_text("the label column is missing" + "." * 2000)
sys.exit(3)
"""
WAIT = """
import os, pathlib, signal, sys, time
root = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
def leave(*_):
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
done = root / "checkpoints/rounds"
done.parent.mkdir(exist_ok=True)
rounds = int(done.read_text()) if done.exists() else 0
done.write_text(str(rounds + 1))
print(f"begins at round {rounds}", flush=True)
if not rounds:
    time.sleep(900)
(root / "model/rounds").write_text(str(rounds))
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(900)
"""


@pytest.fixture(scope="module")
def images(aws: EmbeddedAws) -> Images:
    return Images(aws.home).add(train=TRAIN, fail=FAIL, wait=WAIT, deaf=DEAF)


@pytest.fixture
def bucket(aws: EmbeddedAws, unique: Callable[[str], str]) -> str:
    name = unique("jobs")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="data/a.csv", Body=b"1\n2\n")
    s3.put_object(Bucket=name, Key="data/sub/b.csv", Body=b"3\n")
    return name


@pytest.fixture
def owner(role: Callable[..., str]) -> str:
    return role("sagemaker", allow("s3:*", "logs:*", "cloudwatch:*"))


def training(name: str, image: Images, which: str, role: str, bucket: str, **members: Any) -> dict[str, Any]:
    channel = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/data/"}
    metric = {"Name": "accuracy", "Regex": "accuracy=([0-9.]+);"}
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": image.uri(which),
            "TrainingInputMode": "File",
            "MetricDefinitions": [metric],
        },
        "RoleArn": role,
        "HyperParameters": {"accuracy": "0.75"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": channel}}],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **members,
    }


def finished(sagemaker: Any, name: str) -> dict[str, Any]:
    for _ in eventually():
        job: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job
    raise AssertionError


def phases(job: dict[str, Any]) -> list[str]:
    return [entry["Status"] for entry in job["SecondaryStatusTransitions"]]


def test_a_training_job_leaves_model_metrics_logs_and_its_history(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("train")
    sagemaker.create_training_job(**training(name, images, "train", owner, bucket))
    job = finished(sagemaker, name)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert phases(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{bucket}/models/{name}/output/model.tar.gz"
    assert [(entry["MetricName"], entry["Value"]) for entry in job["FinalMetricDataList"]] == [("accuracy", 0.75)]
    assert job["TrainingTimeInSeconds"] == job["BillableTimeInSeconds"] > 0
    assert job["TrainingStartTime"] <= job["TrainingEndTime"] <= job["LastModifiedTime"]
    body = aws.client("s3").get_object(Bucket=bucket, Key=f"models/{name}/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        member = archive.extractfile("model.json")
        assert member is not None
        assert json.loads(member.read()) == {"rows": 3}
    assert output(aws.client("logs"), "TrainingJobs", name) == ["rows=3; accuracy=0.75;"]


def test_a_program_that_fails_fails_its_job_with_the_first_kilobyte_of_what_it_said(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("fail")
    sagemaker.create_training_job(**training(name, images, "fail", owner, bucket))
    job = finished(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith("AlgorithmError: the label column is missing")
    assert len(job["FailureReason"]) == 1024


def test_names_of_jobs_stay_taken(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("train")
    request = training(name, images, "train", owner, bucket)
    sagemaker.create_training_job(**request)
    finished(sagemaker, name)
    with pytest.raises(ClientError, match=r"ResourceInUse.*Training job names must be unique"):
        sagemaker.create_training_job(**request)


def test_a_role_that_may_not_read_the_data_fails_the_job(
    aws: EmbeddedAws, images: Images, bucket: str, role: Callable[..., str], unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("denied")
    sagemaker.create_training_job(**training(name, images, "train", role("sagemaker"), bucket))
    job = finished(sagemaker, name)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed")
    assert "AccessDenied" in job["FailureReason"]


def test_a_prefix_without_objects_fails_the_job(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("empty")
    request = training(name, images, "train", owner, bucket)
    request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{bucket}/nothing/"
    sagemaker.create_training_job(**request)
    assert f'No S3 objects found under S3 URL "s3://{bucket}/nothing/"' in finished(sagemaker, name)["FailureReason"]


def test_an_unknown_image_cannot_be_pulled(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("image")
    sagemaker.create_training_job(**training(name, images, "no-such-image", owner, bucket))
    assert "Cannot pull algorithm container" in finished(sagemaker, name)["FailureReason"]


def test_a_role_that_does_not_trust_sagemaker_is_refused_at_once(
    aws: EmbeddedAws, images: Images, bucket: str, role: Callable[..., str], unique: Callable[[str], str]
) -> None:
    with pytest.raises(ClientError, match="Could not assume role"):
        aws.client("sagemaker").create_training_job(
            **training(unique("trust"), images, "train", role("lambda"), bucket)
        )


def test_a_stopped_job_gets_time_to_leave_and_keeps_what_it_had(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("stop")
    sagemaker.create_training_job(**training(name, images, "wait", owner, bucket))
    reach(sagemaker, name, "Training")
    sagemaker.stop_training_job(TrainingJobName=name)
    assert sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] in ("Stopping", "Stopped")
    job = finished(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "Stopping" in phases(job)
    assert "ModelArtifacts" in job
    with pytest.raises(ClientError, match="is in status Stopped"):
        sagemaker.stop_training_job(TrainingJobName=name)


def test_a_program_deaf_to_sigterm_is_killed_after_its_grace(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("deaf")
    sagemaker.create_training_job(**training(name, images, "deaf", owner, bucket))
    reach(sagemaker, name, "Training")
    sagemaker.stop_training_job(TrainingJobName=name)
    assert finished(sagemaker, name)["TrainingJobStatus"] == "Stopped"


def test_a_job_that_takes_too_long_is_stopped(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("long")
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    sagemaker.create_training_job(**training(name, images, "wait", owner, bucket, **limit))
    job = finished(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


@pytest.mark.fault("F25")
def test_an_interrupted_spot_job_goes_on_from_its_checkpoint(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("spot")
    sagemaker.create_training_job(**training(name, images, "wait", owner, bucket, **spot(bucket)))
    reach(sagemaker, name, "Training", output=aws)
    aws.post("sagemaker/spot-interruption", {"name": name})
    job = finished(sagemaker, name)

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    attempt = ["Starting", "Downloading", "Training"]
    assert phases(job) == [*attempt, "Interrupted", *attempt, "Uploading", "Completed"]
    assert job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"]
    first, second = [int(line.split()[-1]) for line in output(aws.client("logs"), "TrainingJobs", name)]
    assert first == 0 < second


def test_spot_capacity_that_stays_away_ends_the_job(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker, name = aws.client("sagemaker"), unique("spot")
    limits = {"StoppingCondition": {"MaxRuntimeInSeconds": 12, "MaxWaitTimeInSeconds": 12}}
    sagemaker.create_training_job(**training(name, images, "wait", owner, bucket, **{**spot(bucket), **limits}))
    reach(sagemaker, name, "Training")
    aws.post("sagemaker/spot-interruption", {"name": name, "for_s": 600})
    job = finished(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")


def test_spot_without_a_maximum_wait_is_refused(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    request = training(unique("spot"), images, "wait", owner, bucket, EnableManagedSpotTraining=True)
    with pytest.raises(ClientError, match="Invalid MaxWaitTimeInSeconds"):
        aws.client("sagemaker").create_training_job(**request)


def test_more_instances_than_the_limit_are_refused(
    aws: EmbeddedAws, images: Images, bucket: str, owner: str, unique: Callable[[str], str]
) -> None:
    aws.post("sagemaker/limit", {"instance_type": "ml.p3.2xlarge", "count": 0})
    resources = {"ResourceConfig": {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}}
    with pytest.raises(ClientError, match=r"ResourceLimitExceeded.*ml\.p3\.2xlarge for training job usage"):
        aws.client("sagemaker").create_training_job(
            **training(unique("limit"), images, "train", owner, bucket, **resources)
        )


def test_faults_of_the_request_are_told_together(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="validation error") as refused:
        aws.client("sagemaker").create_training_job(
            TrainingJobName="bad name!",
            AlgorithmSpecification={"TrainingInputMode": "Stream"},
            RoleArn="arn:aws:iam::000000000000:role/any",
            OutputDataConfig={"S3OutputPath": "s3://bucket"},
        )
    assert "2 validation errors detected" in str(refused.value)


def reach(sagemaker: Any, name: str, status: str, output: EmbeddedAws | None = None) -> None:
    """Wait until the job has a secondary status and, with `output`, its program has begun."""
    for _ in eventually():
        if sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == status:
            break
    if output:
        logs = output.client("logs")
        for _ in eventually():
            found = logs.describe_log_streams(
                logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/"
            )
            if found["logStreams"]:
                break


def spot(bucket: str) -> dict[str, Any]:
    return {
        "EnableManagedSpotTraining": True,
        "CheckpointConfig": {"S3Uri": f"s3://{bucket}/checkpoints"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200},
    }
