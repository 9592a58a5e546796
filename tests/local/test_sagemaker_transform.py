"""Batch transform on the embedded AWS, with a server of a few lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.images import Images, output

pytestmark = pytest.mark.slow

DOUBLE = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if "bad" in body:
            self.send_response(415); self.end_headers(); self.wfile.write(b"no number"); return
        answer = "\\n".join(str(2 * int(line)) for line in body.split())
        self.send_response(200); self.end_headers(); self.wfile.write(answer.encode())
    def log_message(self, *_): pass
host, port = os.environ.get("HOMEOSTAT_BIND_HOST", "0.0.0.0"), int(os.environ["SAGEMAKER_BIND_TO_PORT"])
print("listening on", host, flush=True)
HTTPServer((host, port), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def images(aws: EmbeddedAws) -> Images:
    return Images(aws.home).add(double=DOUBLE)


@pytest.fixture
def bucket(aws: EmbeddedAws, unique: Callable[[str], str]) -> str:
    name = unique("transform")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="in/a.csv", Body=b"1\n2\n3\n")
    s3.put_object(Bucket=name, Key="in/deep/b.csv", Body=b"4\n")
    s3.put_object(Bucket=name, Key="wrong/c.csv", Body=b"bad\n")
    return name


@pytest.fixture
def transform(
    aws: EmbeddedAws, images: Images, bucket: str, role: Callable[..., str], unique: Callable[[str], str]
) -> Callable[..., dict[str, Any]]:
    """Run a transform job of a model that doubles numbers; `source` is the prefix of its input."""
    sagemaker, model = aws.client("sagemaker"), unique("double")
    owner = role("sagemaker", allow("s3:*", "logs:*"))
    sagemaker.create_model(ModelName=model, PrimaryContainer={"Image": images.uri("double")}, ExecutionRoleArn=owner)

    def run(source: str = "in/", **members: Any) -> dict[str, Any]:
        name = unique("transform")
        place = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{source}"}}
        sagemaker.create_transform_job(
            **{
                "TransformJobName": name,
                "ModelName": model,
                "TransformInput": {"DataSource": place, "ContentType": "text/csv", "SplitType": "Line"},
                "TransformOutput": {"S3OutputPath": f"s3://{bucket}/out", "AssembleWith": "Line"},
                "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
                **members,
            }
        )
        for _ in eventually():
            found: dict[str, Any] = sagemaker.describe_transform_job(TransformJobName=name)
            if found["TransformJobStatus"] in ("Completed", "Failed", "Stopped"):
                return found
        raise AssertionError

    return run


def read(aws: EmbeddedAws, bucket: str, key: str) -> bytes:
    body: bytes = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_each_object_gets_an_out_object(
    aws: EmbeddedAws, transform: Callable[..., dict[str, Any]], bucket: str, strategy: str
) -> None:
    found = transform(BatchStrategy=strategy)
    assert found["TransformJobStatus"] == "Completed", found.get("FailureReason")
    assert read(aws, bucket, "out/a.csv.out") == b"2\n4\n6\n"
    assert read(aws, bucket, "out/deep/b.csv.out") == b"8\n"


def test_the_server_listens_on_loopback_alone(aws: EmbeddedAws, transform: Callable[..., dict[str, Any]]) -> None:
    name = transform()["TransformJobName"]
    assert output(aws.client("logs"), "TransformJobs", name)[0] == "listening on 127.0.0.1"


def test_answers_are_joined_to_their_records(
    aws: EmbeddedAws, transform: Callable[..., dict[str, Any]], bucket: str
) -> None:
    assert transform(DataProcessing={"JoinSource": "Input"})["TransformJobStatus"] == "Completed"
    assert read(aws, bucket, "out/a.csv.out") == b"1,2\n2,4\n3,6\n"


def test_a_model_that_refuses_a_record_fails_the_job(transform: Callable[..., dict[str, Any]]) -> None:
    found = transform("wrong/")
    assert found["TransformJobStatus"] == "Failed"
    assert "415" in found["FailureReason"]
    assert "no number" in found["FailureReason"]


def test_filters_that_would_do_nothing_are_refused(transform: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(ClientError, match="InputFilter"):
        transform(DataProcessing={"InputFilter": "$[1:]"})


def captured(aws: EmbeddedAws, bucket: str, side: str, at: Any) -> list[Any]:
    """The one manifest of the hour in which a job started."""
    prefix = f"captured/{side}/{at:%Y/%m/%d/%H}/"
    (found,) = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    manifest: list[Any] = json.loads(read(aws, bucket, found["Key"]))
    return manifest


def test_capture_leaves_manifests_and_an_id_behind_every_answer(
    aws: EmbeddedAws, transform: Callable[..., dict[str, Any]], bucket: str
) -> None:
    capture = {"DestinationS3Uri": f"s3://{bucket}/captured", "GenerateInferenceId": True}
    found = transform(DataCaptureConfig=capture, DataProcessing={"JoinSource": "Input"})
    assert found["TransformJobStatus"] == "Completed", found.get("FailureReason")
    at = found["TransformStartTime"].astimezone(UTC)
    assert captured(aws, bucket, "input", at) == [{"prefix": f"s3://{bucket}/in/"}, "a.csv", "deep/b.csv"]
    assert captured(aws, bucket, "output", at) == [{"prefix": f"s3://{bucket}/out/"}, "a.csv.out", "deep/b.csv.out"]
    lines = [line.split(",") for line in read(aws, bucket, "out/a.csv.out").decode().splitlines()]
    assert [line[:2] for line in lines] == [["1", "2"], ["2", "4"], ["3", "6"]]
    assert len({line[2] for line in lines}) == 3
    assert {line[3] for line in lines} == {f"{at:%Y-%m-%dT%H:%M:%SZ}"}
