"""The checks that follow an allowed action.

Every further resource, `sagemaker:AddTags` where something is created with
tags, and `iam:PassRole` for every role that is handed over.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from local.iam.resources import arns, members

Handler = Callable[..., Awaitable[tuple[int, dict[str, str], bytes]]]

ROLE_MEMBERS = ("RoleArn", "ExecutionRoleArn", "ExecutionRole", "Role", "roleArn", "serviceRole")


def guarded(service: str, principal: str, handler: Handler) -> Handler:
    """ministack's handler of a service behind those checks; `principal` is who will use the roles."""

    async def guard(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> tuple[int, dict[str, str], bytes]:
        refused = _refusal(service, principal, path, headers, body, query)
        return refused or await handler(method, path, headers, body, query)

    return guard


def passed_roles(request: Any) -> Iterator[str]:
    """ARNs of all roles in a request, however deep."""
    if isinstance(request, dict):
        for member, value in request.items():
            if member in ROLE_MEMBERS and isinstance(value, str) and value.startswith("arn:aws:iam::"):
                yield value
            elif member not in ("Environment", "HyperParameters"):
                yield from passed_roles(value)
    elif isinstance(request, list):
        for item in request:
            yield from passed_roles(item)


def _refusal(
    service: str, principal: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
) -> tuple[int, dict[str, str], bytes] | None:
    from ministack.core.iam_actions import access_denied_response, request_tag_context
    from ministack.core.iam_evaluator import AuthError, enforce
    from ministack.core.responses import get_account_id
    from ministack.core.router import extract_access_key_id, extract_region

    key, region = extract_access_key_id(headers, query), extract_region(headers)
    target = headers.get("x-amz-target", "")
    operation, request = target.rpartition(".")[2], members(body)
    resources = arns(service, path, target, body, query, region, get_account_id())
    action = f"{service}:{operation}"
    asked = request_tag_context(service, action, body, query) if target else {}
    checks: list[tuple[str, str, dict[str, Any]]] = [(action, arn, asked) for arn in resources[1:]]
    if service == "sagemaker" and operation.startswith("Create") and request.get("Tags"):
        tags = {
            key: value for key, value in asked.items() if key.lower().startswith(("aws:requesttag/", "aws:tagkeys"))
        }
        checks.append(("sagemaker:AddTags", resources[0], {**tags, "sagemaker:TaggingAction": operation}))
    passing = {"iam:PassedToService": principal}
    checks += [("iam:PassRole", role, passing) for role in dict.fromkeys(passed_roles(request))]
    for checked, arn, context in checks:
        denied = enforce(key, checked, service, region, resource_arn=arn, service_context=context)
        if denied is not None and not isinstance(denied, AuthError):
            refused: tuple[int, dict[str, str], bytes] = access_denied_response(
                service,
                checked,
                denied.principal_arn,
                str(uuid.uuid4()),
                headers=headers,
                resource_arn=arn,
                explicit_deny=denied.decision == "Deny",
            )
            return refused
    return None
