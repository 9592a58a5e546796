"""From where a request comes: which access keys are used inside which VPC.

An extension as `local.extensions` describes it. Every request here comes over loopback, and a policy may ask for
`aws:SourceVpc`. A job or model whose request names subnets runs in their VPC, so the keys that it is given are used
there. For others, tests and demonstrations say so: POST /_homeostat/place {"AccessKeyId": ..., "VpcId": ...}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import ec2

from local.control import Route
from local.service import ApiError

HOOKS = (
    "ministack.core.iam_evaluator:_principal_keys _resolve_condition_key",
    "ministack.services.ec2:_subnets",
)

SOURCE_VPC, PRINCIPAL_ARN = "aws:sourcevpc", "aws:principalarn"
_ASSUMED = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.*")

_vpcs: dict[str, str] = {}


def install() -> None:
    iam_evaluator._principal_keys = _with_place(iam_evaluator._principal_keys)
    iam_evaluator._resolve_condition_key = _with_role(iam_evaluator._resolve_condition_key)


def put(access_key: str, vpc: str | None) -> None:
    """From now on requests with this key come from the VPC; None: from outside of any."""
    if vpc is None:
        _vpcs.pop(access_key, None)
    else:
        _vpcs[access_key] = vpc


def vpc_of(request: Mapping[str, Any]) -> str | None:
    """The VPC of the subnets that a request for a job or a model names; None where it names none that exist."""
    network = request.get("VpcConfig") or (request.get("NetworkConfig") or {}).get("VpcConfig") or {}
    found = (ec2._subnets.get(subnet) for subnet in network.get("Subnets", ()))
    return next((str(subnet["VpcId"]) for subnet in found if subnet), None)


def principal(arn: str) -> str:
    """Value of aws:PrincipalArn: of a session, the role that was assumed.

    >>> principal("arn:aws:sts::111122223333:assumed-role/risk-dev-training/SageMaker")
    'arn:aws:iam::111122223333:role/risk-dev-training'
    """
    return _ASSUMED.sub(r"arn:\1:iam::\2:role/\3", arn)


def _with_place(native: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def keys(credential: Any) -> dict[str, Any]:
        vpc = _vpcs.get(credential.access_key_id)
        return {**native(credential), **({SOURCE_VPC: vpc} if vpc else {})}

    return keys


def _with_role(native: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """ministack gives the ARN of the session, which no policy can know beforehand."""

    def resolve(key: str, context: Any) -> Any:
        value = native(key, context)
        return principal(value) if key.lower() == PRINCIPAL_ARN and isinstance(value, str) else value

    return resolve


def _page(method: str, body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
        put(told["AccessKeyId"], told["VpcId"])
    except (ValueError, KeyError, TypeError) as fault:
        raise ApiError("ValidationException", f"The place cannot be set: {fault}") from None
    return {}


ROUTES: dict[str, Route] = {"place": _page}
