"""What every Lambda function of the team has: code, log, traces, encryption, and a place for what it gave up on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk.aws_s3_assets import Asset

from core.contracts.functions import TIMEOUT_S
from infra.bundle import bundle_archive
from infra.part import Part
from infra.roles import Role
from infra.statements import Statement, allow
from infra.template import Resource
from infra.tenant import Tenant

RUNTIME = "python3.14"
MEMORY_MB = 512
FOURTEEN_DAYS_S = 14 * 24 * 3600
NOT_RESERVED = (
    "A reservation fails in an account with Lambda's first limit of 10, and takes from everybody else in others. What "
    "calls the function limits it: its queue's mapping to two at once, CloudFormation to one request a resource."
)
OUTSIDE = (
    "It calls AWS's own APIs by TLS and nothing else, and takes no connection. In the VPC it would need an endpoint "
    "for each service that it calls, and the VPC's loss would silence it."
)
UNSIGNED = (
    "CloudFormation deploys the code from the bootstrap bucket by the hash of its content. A signature would need a "
    "signing job between publishing and deploying, which the CDK does not have (docs/decisions/0011)."
)
ACKNOWLEDGES = {
    "L-02": NOT_RESERVED,
    "CKV_AWS_115": NOT_RESERVED,
    "NIST.800.53.R5-LambdaConcurrency": NOT_RESERVED,
    "L-09": UNSIGNED,
    "CKV_AWS_117": OUTSIDE,
    "NIST.800.53.R5-LambdaInsideVPC": OUTSIDE,
}


def log_group(tenant: Tenant, name: str) -> str:
    return f"/aws/lambda/{tenant.names.function(name)}"


def add_function(
    part: Part,
    *,
    name: str,
    key_arn: str,
    role: Role,
    variables: Mapping[str, str],
    timeout_s: int = TIMEOUT_S,
    properties: Mapping[str, Any] | None = None,
    after: Iterable[Resource] = (),
) -> Resource:
    """`lambdas/<name>` with its log group, as resources `Function` and `Log` of the part."""
    group = log_group(part.tenant, name)
    log = {
        "LogGroupName": group,
        "RetentionInDays": part.tenant.environment.retention.log_days,
        "KmsKeyId": key_arn,
    }
    logs = part.add("Log", "AWS::Logs::LogGroup", log)
    code = Asset(part, "Code", path=str(bundle_archive(name)))
    return part.add(
        "Function",
        "AWS::Lambda::Function",
        {
            "FunctionName": part.names.function(name),
            "Runtime": RUNTIME,
            "Architectures": ["arm64"],
            "Handler": f"lambdas.{name}.handler.handler",
            "Code": {"S3Bucket": code.s3_bucket_name, "S3Key": code.s3_object_key},
            "Role": role.arn,
            "Timeout": timeout_s,
            "MemorySize": MEMORY_MB,
            "Environment": {"Variables": dict(variables)},
            "KmsKeyArn": key_arn,
            "TracingConfig": {"Mode": "Active"},
            "LoggingConfig": {"LogGroup": group},
            **(properties or {}),
        },
        after=[role.resource, logs, *after],
        acknowledges=ACKNOWLEDGES,
    )


def add_dead_letters(
    part: Part,
    name: str,
    key_arn: str,
    *,
    keep_s: int = FOURTEEN_DAYS_S,
    acknowledges: Mapping[str, str] | None = None,
) -> Resource:
    """The queue of what the function gave up on, as resource `DeadLetters` of the part."""
    return part.add(
        "DeadLetters",
        "AWS::SQS::Queue",
        {
            "QueueName": part.names.dead_letters(name),
            "MessageRetentionPeriod": keep_s,
            **encryption(key_arn),
        },
        acknowledges=acknowledges,
    )


def encryption(key_arn: str) -> dict[str, Any]:
    """Of a queue."""
    return {"KmsMasterKeyId": key_arn, "KmsDataKeyReusePeriodSeconds": 3600}


def write_own_log(tenant: Tenant) -> list[Statement]:
    """Logs of the team's functions, and their traces."""
    streams = tenant.arns.of("logs", f"log-group:{log_group(tenant, '*')}")
    return [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [streams]),
        allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
    ]
