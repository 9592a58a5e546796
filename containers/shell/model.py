"""What the platform knows about the job's model: its names, its policy and what is in service."""

from __future__ import annotations

import time
from collections.abc import Callable

from containers.shell.clients import client
from containers.shell.errors import Absent, asking
from containers.shell.files import split
from core.contracts.environment import JobEnvironment
from core.contracts.policy import ModelPolicy
from core.contracts.policy_parts import TornPolicy, count, part_names, whole
from core.contracts.release import Release
from core.names import ModelNames, TeamNames

ATTEMPTS, PAUSE_S = 6, 5.0
"""A deployment replaces the parts of a policy within seconds."""
AT_ONCE = 10
"""Parameters that GetParameters gives."""


def names(job: JobEnvironment) -> ModelNames:
    return TeamNames(job.team, job.environment).model(job.model)


def uri(job: JobEnvironment, bucket: str, key: str) -> str:
    """S3 URI of a key or prefix in one of the team's buckets; `bucket` is one of `core.names.BUCKETS`."""
    return f"s3://{names(job).of.bucket(bucket, job.account, job.region)}/{key}"


def read_policy(job: JobEnvironment, pause: Callable[[float], None] = time.sleep) -> ModelPolicy:
    """The policy that infra keeps in SSM. While a deployment replaces it part by part, it is read again.

    Raises Absent for a model that was never deployed, TornPolicy where the parts stay at odds.
    """
    parameter = names(job).policy_parameter
    for _ in range(ATTEMPTS - 1):
        try:
            return ModelPolicy.from_json(_text(parameter))
        except TornPolicy:
            pause(PAUSE_S)
    return ModelPolicy.from_json(_text(parameter))


def _text(parameter: str) -> str:
    with asking(f"read the parameter {parameter}"):
        values = {parameter: str(client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"])}
        others = part_names(parameter, count(values[parameter]))[1:]
        for start in range(0, len(others), AT_ONCE):
            answer = client("ssm").get_parameters(Names=list(others[start : start + AT_ONCE]))
            values |= {found["Name"]: found["Value"] for found in answer["Parameters"]}
    return whole(values, parameter)


def read_release(job: JobEnvironment) -> Release | None:
    """What is in service; None while nothing was released.

    Needs ListBucket as well as GetObject: without it S3 answers AccessDenied for an object that does not exist, and
    "nothing released" could not be told from "not allowed to look".
    """
    bucket, key = split(uri(job, "models", names(job).release_key))
    try:
        with asking(f"read s3://{bucket}/{key}"):
            return Release.from_json(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    except Absent:
        return None
