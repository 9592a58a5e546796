"""One embedded AWS for all tests of a worker process, and what they need from IAM.

Every worker of a parallel run starts its own, on its own port and home.
"""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local import clock, settings
from local.start import EmbeddedAws
from tests.local.hosting import Hosting

HOUR_SECONDS = 5.0
Statement = dict[str, Any]


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """A running embedded AWS in which an hour lasts 5 seconds."""
    with EmbeddedAws.start(tmp_path_factory.mktemp("aws"), hour_seconds=HOUR_SECONDS) as running:
        yield running


@contextmanager
def slow_motion(aws: EmbeddedAws) -> Iterator[None]:
    """An hour lasts an hour meanwhile: what shows for minutes of simulated time only can be looked at, however slow
    the machine is."""
    aws.pace(3600)
    try:
        yield
    finally:
        aws.pace(HOUR_SECONDS)


@contextmanager
def held(aws: EmbeddedAws) -> Iterator[None]:
    """What SageMaker creates, changes or deletes meanwhile stays in its phase."""
    aws.post("sagemaker/hold", {"held": True})
    try:
        yield
    finally:
        aws.post("sagemaker/hold", {"held": False})


@pytest.fixture
def unique() -> Callable[[str], str]:
    """A name that no other test uses: `unique("queue")`."""
    return lambda stem: f"{stem}-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def role(aws: EmbeddedAws) -> Callable[..., str]:
    """`role("scheduler", *statements)` is the ARN of a new role that the service may assume and that may do those."""
    return partial(make_role, aws)


@pytest.fixture
def client_as(aws: EmbeddedAws) -> Callable[[str, str], Any]:
    """`client_as(role_arn, "sagemaker")` is a client that may do what the role may."""

    def make(role_arn: str, service: str) -> Any:
        session = aws.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
        credentials = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }
        return aws.client(service, credentials)

    return make


@pytest.fixture
def queue(aws: EmbeddedAws, unique: Callable[[str], str]) -> Callable[[], tuple[str, str]]:
    """`queue()` is the URL and the ARN of a new queue."""

    def make() -> tuple[str, str]:
        sqs = aws.client("sqs")
        url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return url, arn

    return make


@pytest.fixture
def function(aws: EmbeddedAws) -> Callable[..., tuple[str, str]]:
    """`function(source, *statements)` is name and ARN of a new function, whose module is `source`, and what it may."""
    return partial(make_function, aws)


@pytest.fixture
def in_process(tmp_path: Path) -> settings.Settings:
    """Settings and a clock for tests that call the extensions' parts in this process, without a server."""
    told = settings.Settings(home=tmp_path, port=1)
    settings.use(told)
    clock.start(3600)
    return told


@pytest.fixture
def host(aws: EmbeddedAws, role: Callable[..., str]) -> Iterator[Hosting]:
    """Models and endpoints by one line each; the endpoints are gone when the test is over."""
    hosting = Hosting(aws, role("sagemaker", allow("s3:*", "cloudwatch:DescribeAlarms")))
    yield hosting
    hosting.delete_endpoints()


def make_role(aws: EmbeddedAws, service: str, *statements: Statement) -> str:
    """ARN of a new role; the account's owner may assume it too."""
    iam, name = aws.client("iam"), f"role-{uuid.uuid4().hex[:8]}"
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    owner = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy([trust, owner]))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="granted", PolicyDocument=_policy(statements))
    return arn


def make_function(aws: EmbeddedAws, source: str, *statements: Statement, **more: Any) -> tuple[str, str]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", source)
    created = aws.client("lambda").create_function(
        FunctionName=f"function-{uuid.uuid4().hex[:8]}",
        Runtime="python3.13",
        Handler="index.handler",
        Role=make_role(aws, "lambda", allow("logs:*"), *statements),
        Code={"ZipFile": packed.getvalue()},
        # AWS's own default of 3 s is too short for who makes clients on a busy machine.
        **{"Timeout": 300, **more},
    )
    return created["FunctionName"], created["FunctionArn"]


def allow(*actions: str, on: str | Sequence[str] = "*", **condition: Any) -> Statement:
    """A policy statement; `condition` are its operators: `allow("iam:PassRole", StringEquals={...})`."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return {**statement, "Condition": condition} if condition else statement


def _policy(statements: Sequence[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
