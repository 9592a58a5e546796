"""Roles made by CloudFormation are bound by their boundary, and policies no longer than IAM takes them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from local.start import EmbeddedAws
from tests.local.cloudformation import Stack, ref, resource

pytestmark = pytest.mark.slow
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}


def policy(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(boundary: Any = None, **more: Any) -> dict[str, Any]:
    inline = [{"PolicyName": "own", "PolicyDocument": policy("s3:*", "sqs:*")}]
    bound = {} if boundary is None else {"PermissionsBoundary": boundary}
    return resource("IAM::Role", {"AssumeRolePolicyDocument": TRUST, "Policies": inline, **bound, **more})


def limit(*actions: str) -> dict[str, Any]:
    return resource("IAM::ManagedPolicy", {"PolicyDocument": policy(*actions)})


@pytest.fixture
def stack(aws: EmbeddedAws, unique: Callable[[str], str]) -> Stack:
    return Stack(aws, unique("identity"))


def arn(stack: Stack) -> str:
    return f"arn:aws:iam::000000000000:role/{stack.physical_id('Role')}"


def test_a_boundary_binds_from_the_first_moment_and_follows_the_template(
    stack: Stack, client_as: Callable[[str, str], Any]
) -> None:
    stack.create({"Limit": limit("sqs:*"), "Role": role(ref("Limit"))})
    client_as(arn(stack), "sqs").list_queues()
    with pytest.raises(ClientError, match="s3:ListAllMyBuckets"):
        client_as(arn(stack), "s3").list_buckets()
    stack.update({"Limit": limit("sqs:*"), "Other": limit("s3:*"), "Role": role(ref("Other"))})
    client_as(arn(stack), "s3").list_buckets()
    with pytest.raises(ClientError, match="sqs:ListQueues"):
        client_as(arn(stack), "sqs").list_queues()
    stack.update({"Role": role()})
    client_as(arn(stack), "sqs").list_queues()


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ({"Role": role("arn:aws:iam::000000000000:policy/absent")}, "does not exist or is not attachable"),
        (
            {"Role": role(ManagedPolicyArns=["arn:aws:iam::000000000000:policy/absent"])},
            "does not exist or is not attachable",
        ),
        (
            {"Role": role(Policies=[{"PolicyName": "long", "PolicyDocument": policy("s3:" + "x" * 10_240)}])},
            "Maximum policy size of 10240 bytes exceeded",
        ),
        ({"Policy": limit("s3:" + "x" * 6_144)}, "Cannot exceed quota for PolicySize: 6144"),
    ],
)
def test_what_iam_refuses_fails_the_stack(stack: Stack, resources: dict[str, Any], reason: str) -> None:
    with suppress(WaiterError):
        stack.create(resources)
    assert any(reason in text for text in stack.reasons("CREATE_FAILED"))
