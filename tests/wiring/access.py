"""What a role may do: its policies within its boundary, judged by the evaluator that the embedded AWS enforces with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ministack.core.iam_actions import request_tag_context
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from local.iam import conditions, variables
from tests.wiring.deployed import Deployed

EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def may(deployed: Deployed, role: str, action: str, resource: str, context: Mapping[str, Any] | None = None) -> bool:
    """Whether the role may do the action to the resource. A key is known by the team's alias, the role by its ARN."""
    properties = deployed.one("AWS::IAM::Role", RoleName=role)
    carried = [_policy(deployed, arn) for arn in properties.get("ManagedPolicyArns", ())]
    documents = [*(policy["PolicyDocument"] for policy in properties["Policies"]), *carried]
    boundary = _policy(deployed, properties["PermissionsBoundary"])
    return _allowed(deployed, role, (action, resource), context, documents, boundary)


def granted(
    deployed: Deployed, role: str, action: str, resource: str, context: Mapping[str, Any] | None = None
) -> bool:
    """Whether the role's own policies give it that, had it neither boundary nor guard rails."""
    properties = deployed.one("AWS::IAM::Role", RoleName=role)
    carried = [_policy(deployed, arn) for arn in properties.get("ManagedPolicyArns", ())]
    documents = [*(policy["PolicyDocument"] for policy in properties["Policies"]), *carried]
    allowing = [{"Statement": [each for each in one["Statement"] if each["Effect"] == "Allow"]} for one in documents]
    return _allowed(deployed, role, (action, resource), context, allowing, EVERYTHING)


def let_through(deployed: Deployed, role: str, action: str, resource: str, context: Mapping[str, Any]) -> bool:
    """Whether boundary and guard rails would let that happen, were the role granted everything."""
    properties = deployed.one("AWS::IAM::Role", RoleName=role)
    rails = [_policy(deployed, arn) for arn in properties.get("ManagedPolicyArns", ())]
    boundary = _policy(deployed, properties["PermissionsBoundary"])
    return _allowed(deployed, role, (action, resource), context, [EVERYTHING, *rails], boundary)


def _allowed(
    deployed: Deployed,
    role: str,
    asked: tuple[str, str],
    context: Mapping[str, Any] | None,
    documents: list[Any],
    boundary: Any,
) -> bool:
    action, resource = asked
    given = {**_of_the_key(deployed, action), **(context or {})}
    request = EvalContext(
        principal_arn=f"arn:aws:iam::{deployed.account}:role/{role}",
        principal_type="AssumedRole",
        principal_account=deployed.account,
        action=action,
        resource_arn=resource,
        region=deployed.region,
        source_ip="10.20.0.1",
        secure_transport=True,
        service_context={key.lower(): value for key, value in given.items()} | given,
    )
    policies, limit = (
        [[variables.statement(each, request) for each in parse_policy_document(document)] for document in layer]
        for layer in (documents, [boundary])
    )
    decision: Any = evaluate(request, policies, limit)
    return bool(decision.decision == "Allow")


def keys_of(action: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Condition keys that SageMaker makes of a request."""
    body = json.dumps(request).encode()
    tags = request_tag_context("sagemaker", action, body, {})
    return {**tags, **conditions.keys("sagemaker", action, body)}


def _policy(deployed: Deployed, arn: str) -> Any:
    return deployed.one("AWS::IAM::ManagedPolicy", ManagedPolicyName=arn.rpartition("/")[2])["PolicyDocument"]


def _of_the_key(deployed: Deployed, action: str) -> dict[str, list[str]]:
    if not action.startswith("kms:"):
        return {}
    return {"kms:ResourceAliases": [alias["AliasName"] for alias in deployed.of("AWS::KMS::Alias")]}
