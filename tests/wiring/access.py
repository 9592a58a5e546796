"""What a role may do: its policies within its boundary, judged by the evaluator that the embedded AWS enforces with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from tests.wiring.deployed import Deployed


def may(deployed: Deployed, role: str, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Whether the role may do the action to the resource."""
    properties = deployed.one("AWS::IAM::Role", RoleName=role)
    policies = [parse_policy_document(policy["PolicyDocument"]) for policy in properties["Policies"]]
    boundary_name = properties["PermissionsBoundary"].rpartition("/")[2]
    boundary = deployed.one("AWS::IAM::ManagedPolicy", ManagedPolicyName=boundary_name)
    request = EvalContext(
        principal_arn=f"arn:aws:sts::{deployed.account}:assumed-role/{role}/session",
        principal_type="AssumedRole",
        principal_account=deployed.account,
        action=action,
        resource_arn=resource,
        region=deployed.region,
        source_ip="10.20.0.1",
        secure_transport=True,
        service_context={key.lower(): value for key, value in (context or {}).items()} | dict(context or {}),
    )
    decision: Any = evaluate(request, policies, [parse_policy_document(boundary["PolicyDocument"])])
    return bool(decision.decision == "Allow")
