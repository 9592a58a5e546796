"""What the platform knows about the job's model: its names, its policy and what is in service."""

from __future__ import annotations

from containers.shell.clients import client
from containers.shell.errors import Absent, asking
from containers.shell.files import split
from core.contracts.environment import JobEnvironment
from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.names import ModelNames, TeamNames


def names(job: JobEnvironment) -> ModelNames:
    return TeamNames(job.team, job.environment).model(job.model)


def uri(job: JobEnvironment, bucket: str, key: str) -> str:
    """S3 URI of a key or prefix in one of the team's buckets; `bucket` is one of `core.names.BUCKETS`."""
    return f"s3://{names(job).of.bucket(bucket, job.account, job.region)}/{key}"


def read_policy(job: JobEnvironment) -> ModelPolicy:
    """The policy that infra keeps in SSM. Raises Absent for a model that was never deployed."""
    parameter = names(job).policy_parameter
    with asking(f"read the parameter {parameter}"):
        value: str = client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    return ModelPolicy.from_json(value)


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
