"""What ministack leaves out of the IAM types: the permissions boundary of a role or user, and how long policies may be.

The limits count characters without white space (IAM quotas): 10,240 for all inline policies of a role, 6,144 for a
managed policy.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import iam
from ministack.services.cloudformation import provisioners

HOOKS = ("ministack.services.iam:_roles _users _policy_exists",)
INLINE, MANAGED = 10_240, 6_144

Properties = dict[str, Any]
Handler = Callable[..., tuple[str, Properties]]


def install() -> None:
    handlers = provisioners._RESOURCE_HANDLERS
    for name, records in (("AWS::IAM::Role", iam._roles), ("AWS::IAM::User", iam._users)):
        native = handlers[name]
        bounded = {
            "create": _checked(_bounded(native["create"], records, given=1), _identity, given=1),
            "update": _checked(_bounded(native["update"], records, given=2), _identity, given=2),
        }
        handlers[name] = {**native, **bounded}
    native = handlers["AWS::IAM::ManagedPolicy"]
    handlers["AWS::IAM::ManagedPolicy"] = {
        **native,
        "create": _checked(native["create"], _policy, given=1),
        "update": _checked(native["update"], _policy, given=2),
    }


def _bounded(native: Handler, records: Any, given: int) -> Handler:
    """`given` is the position of the new properties among the handler's arguments."""

    def handle(*arguments: Any, **more: Any) -> tuple[str, Properties]:
        name, attributes = native(*arguments, **more)
        records[name]["PermissionsBoundary"] = arguments[given].get("PermissionsBoundary")
        return name, attributes

    return handle


def _checked(native: Handler, fault: Callable[[Properties], str | None], given: int) -> Handler:
    def handle(*arguments: Any, **more: Any) -> tuple[str, Properties]:
        if problem := fault(arguments[given]):
            raise ValueError(problem)
        return native(*arguments, **more)

    return handle


def _identity(properties: Properties) -> str | None:
    boundary = properties.get("PermissionsBoundary")
    if boundary and not iam._policy_exists(boundary):
        return f"Scope ARN: {boundary} does not exist or is not attachable. (NoSuchEntity)"
    for arn in properties.get("ManagedPolicyArns") or ():
        if arn and ":aws:policy/" not in arn and not iam._policy_exists(arn):
            return f"Policy {arn} does not exist or is not attachable. (NoSuchEntity)"
    documents = [policy.get("PolicyDocument") for policy in properties.get("Policies") or ()]
    if sum(_length(document) for document in documents) > INLINE:
        owner = properties.get("RoleName") or properties.get("UserName") or "the role"
        return f"Maximum policy size of {INLINE} bytes exceeded for role {owner} (LimitExceeded)"
    return None


def _policy(properties: Properties) -> str | None:
    too_long = _length(properties.get("PolicyDocument")) > MANAGED
    return f"Cannot exceed quota for PolicySize: {MANAGED} (LimitExceeded)" if too_long else None


def _length(document: Any) -> int:
    parsed = json.loads(document) if isinstance(document, str) else document
    return len(json.dumps(parsed, separators=(",", ":")))
