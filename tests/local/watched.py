"""What a monitor on the embedded AWS finds: a released model whose endpoint captures its requests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from core.contracts.batch import answers_prefix, job_name
from core.contracts.capture import GroundTruth, hour_folder
from core.names import BUCKETS, VARIANT
from local.start import EmbeddedAws, eventually
from tests.containers.world import JOB, NAMES, Memory, captured, draw, labels, released
from tests.local.hosting import Hosting

ACCOUNT = "000000000000"
ENDED = ("Completed", "CompletedWithViolations")


def bucket(purpose: str) -> str:
    return NAMES.of.bucket(purpose, ACCOUNT, JOB.region)


class World:
    """A released model whose endpoint captures its requests, as the rest of the platform leaves it."""

    def __init__(self, aws: EmbeddedAws, host: Hosting) -> None:
        self.aws, self.host, self.s3 = aws, host, host.s3
        memory, self.model = released()
        for purpose in BUCKETS:
            self.s3.create_bucket(Bucket=bucket(purpose))
        for uri, content in memory.objects.items():
            place, _, key = uri.removeprefix("s3://").partition("/")
            self.s3.put_object(Bucket=place.replace(JOB.account, ACCOUNT), Key=key, Body=content)
        assert memory.release is not None
        release = memory.release.to_json().replace(JOB.account, ACCOUNT)
        self.s3.put_object(Bucket=bucket("models"), Key=NAMES.release_key, Body=release.encode())
        policy = Memory().policy.to_json()
        aws.client("ssm").put_parameter(Name=NAMES.policy_parameter, Value=policy, Type="String", Overwrite=True)

    def serve(self) -> None:
        config = self.host.config(
            "yes",
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": f"s3://{bucket('capture')}/{NAMES.capture_prefix}",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            },
        )
        self.host.sagemaker.create_endpoint(EndpointName=NAMES.endpoint, EndpointConfigName=config)
        self.host.until(NAMES.endpoint, "InService")

    def capture_an_hour(self) -> datetime:
        """Requests of an hour that has not come yet, and their labels; returns its end."""
        start = self.aws.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
        rows = draw(400, 40)
        requests = captured(self.model, rows, start)
        hour = hour_folder(start)
        lines = {
            (bucket("capture"), f"{NAMES.capture_prefix}{NAMES.endpoint}/{VARIANT}/{hour}/a.jsonl"): requests,
            (bucket("data"), f"{NAMES.ground_truth_prefix}{hour}/a.jsonl"): labels(requests, rows),
        }
        for (place, key), each in lines.items():
            self.s3.put_object(Bucket=place, Key=key, Body="\n".join(one.line() for one in each).encode())
        return start + timedelta(hours=1)

    def score_a_batch(self) -> tuple[datetime, datetime]:
        """What a transform job leaves of rows in an hour that has not come yet, and their labels; returns when it was
        due, and the end of the hour."""
        start = self.aws.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
        due, rows = start + timedelta(minutes=17), draw(400, 40)
        requests = captured(self.model, rows, due)
        answers = answers_prefix(NAMES, job_name(NAMES, due))
        began = f"{due + timedelta(minutes=3):%Y-%m-%dT%H:%M:%SZ}"  # of the job, as all of its lines tell
        lines = [f"{one.request.data},{one.response.data},{one.event_id},{began}" for one in requests]
        manifest = [{"prefix": f"s3://{bucket('data')}/{answers}"}, "a.csv.out"]
        for place, key, content in (
            ("data", f"{answers}a.csv.out", "\n".join(lines)),
            ("data", f"{NAMES.ground_truth_prefix}{hour_folder(start)}/a.jsonl", _joined(labels(requests, rows))),
            ("capture", f"{NAMES.batch_prefix}output/{hour_folder(start)}/a.jsonl", json.dumps(manifest)),
        ):
            self.s3.put_object(Bucket=bucket(place), Key=key, Body=content.encode())
        return due, start + timedelta(hours=1)

    def run_of(self, name: str, due: datetime) -> dict[str, Any]:
        """The execution of a schedule that was due then, once it is over."""
        for _ in eventually():
            found = self.host.sagemaker.list_monitoring_executions(MonitoringScheduleName=name, MaxResults=100)
            for run in found["MonitoringExecutionSummaries"]:
                if run["ScheduledTime"] == due and run["MonitoringExecutionStatus"] in (*ENDED, "Failed", "Stopped"):
                    ended: dict[str, Any] = run
                    return ended
        raise AssertionError

    def keys(self, prefix: str) -> set[str]:
        found = self.s3.list_objects_v2(Bucket=bucket("reports"), Prefix=prefix).get("Contents", ())
        return {each["Key"] for each in found}


def _joined(lines: Iterable[GroundTruth]) -> str:
    return "\n".join(line.line() for line in lines)


def make_monitor_role(aws: EmbeddedAws) -> str:
    """Its name; it may do everything."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam, role = aws.client("iam"), NAMES.of.role("monitor")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with suppress(iam.exceptions.EntityAlreadyExistsException):  # by an earlier test
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=document)
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [everything]}
    iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=json.dumps(policy))
    return role
