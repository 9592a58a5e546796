"""Credentials of a role, for what runs or is called on its behalf: jobs, endpoints, schedules, state machines.

AWS's services assume the execution role; so does the embedded AWS, through
STS's own session store. What the role is not granted is then denied.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from ministack.core import iam_evaluator
from ministack.services import iam, sts

from local import places, settings
from local.service import ApiError

HOOKS = (
    "ministack.services.iam:_roles",
    "ministack.services.sts:register_session",
    "ministack.core.iam_evaluator:_service_principal_matches _conditions_met EvalContext",
)

SAGEMAKER = "sagemaker.amazonaws.com"
_ROLE_ARN = re.compile(r"arn:aws:iam::(\d{12}):role/(?:[^:]*/)?([\w+=,.@-]+)")


def role_environment(
    role_arn: str, session_name: str, service: str = SAGEMAKER, vpc: str | None = None
) -> dict[str, str]:
    """Environment variables under which a process (or boto3) acts as the role and reaches the embedded AWS.

    `vpc` is the one that it runs in, where it runs in one. Raises the ValidationException of AWS where the role does
    not exist or does not trust `service`. The same role, session and VPC give the same credentials.
    """
    account, role = _assumable(role_arn, service)
    session = re.sub(r"[^\w+=,.@-]", "-", session_name)[:64]
    digest = hashlib.sha256(f"{role_arn} {session} {vpc or ''}".encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", f"secret-{digest}", f"token-{digest}"
    identity = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{session}",
        "UserId": f"{role['RoleId']}:{session}",
    }
    sts.register_session(key, {**identity, "SecretAccessKey": secret, "SessionToken": token})
    places.put(key, vpc)
    running = settings.current()
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
        "AWS_REGION": running.region,
        "AWS_DEFAULT_REGION": running.region,
        "AWS_ENDPOINT_URL": running.url,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def role_client(
    service: str, role_arn: str, session_name: str, principal: str = SAGEMAKER, vpc: str | None = None
) -> Any:
    """boto3 client of `service` that acts as the role; use it on worker threads, never on the event loop."""
    environment = role_environment(role_arn, session_name, principal, vpc)
    return _client(
        service,
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment["AWS_SESSION_TOKEN"],
    )


def account_client(service: str) -> Any:
    """boto3 client that may do everything, for what AWS's services do in their own name (a job's log lines)."""
    return _client(service, settings.current().account, "none", None)


@cache
def _client(service: str, key: str, secret: str, token: str | None) -> Any:
    running = settings.current()
    with _making:
        return _session().client(
            service,
            region_name=running.region,
            endpoint_url=running.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(
                s3={"addressing_style": "path"},
                retries={"mode": "standard", "max_attempts": 2},
                read_timeout=900,  # a function may take that long
            ),
        )


_making = Lock()


@cache
def _session() -> boto3.session.Session:
    """One for all clients, since each session reads the service models anew; making clients needs the lock."""
    return boto3.session.Session()


def _assumable(role_arn: str, service: str) -> tuple[str, dict[str, Any]]:
    match = _ROLE_ARN.fullmatch(role_arn)
    role = iam._roles.get(match[2]) if match else None
    if match is None or role is None or not _trusts(role, service, match[1]):
        text = f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal '{service}'"
        raise ApiError("ValidationException", f"{text} to assume the role.")
    return match[1], role


def _trusts(role: dict[str, Any], service: str, account: str) -> bool:
    """Whether an Allow statement of the trust policy names the service; Deny statements for services are not known."""
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    # Trust policies against the confused deputy ask for the account (and sometimes the resource) behind the call.
    source = {
        "aws:sourceaccount": account,
        "aws:sourcearn": f"arn:aws:{service.split('.')[0]}:{settings.current().region}:{account}:*",
    }
    context = iam_evaluator.EvalContext(
        service, "Service", account, "sts:AssumeRole", role["Arn"], settings.current().region, service_context=source
    )
    return any(
        statement.get("Effect") == "Allow"
        and iam_evaluator._service_principal_matches(statement.get("Principal"), service)
        and iam_evaluator._conditions_met(statement.get("Condition", {}), context)
        for statement in (statements if isinstance(statements, list) else [statements])
    )
