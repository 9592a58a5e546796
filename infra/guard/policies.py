"""IAM statements as they stand in templates: who is granted what, and what limits everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.guard.control import Subject
from infra.guard.stage import Resource, Stage, listed

Statement = Mapping[str, Any]


def statements(document: Any) -> list[Statement]:
    return listed(document.get("Statement")) if isinstance(document, Mapping) else []


def grants(stage: Stage) -> Iterator[Subject]:
    """Every Allow statement that gives a role something: inline, attached, or in a policy that names roles.

    A managed policy that is only the boundary of roles gives nothing: it is a limit.
    """
    attached = {arn for role in stage.of("AWS::IAM::Role") for arn in listed(role.properties.get("ManagedPolicyArns"))}
    for role in stage.of("AWS::IAM::Role"):
        for policy in listed(role.properties.get("Policies")):
            yield from _allowed(role, policy.get("PolicyDocument"))
    for policy in stage.of("AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
        yield from _allowed(policy, policy.properties.get("PolicyDocument"))
    for policy in stage.of("AWS::IAM::ManagedPolicy"):
        if policy.arn in attached or policy.properties.get("Roles"):
            yield from _allowed(policy, policy.properties.get("PolicyDocument"))


def _allowed(resource: Resource, document: Any) -> Iterator[Subject]:
    for index, statement in enumerate(statements(document)):
        if statement.get("Effect") == "Allow":
            yield Subject(resource, statement, f"statement {index}")


def role_grants(stage: Stage, role: Resource) -> list[Statement]:
    """All Allow statements of one role."""
    own = [each for policy in listed(role.properties.get("Policies")) for each in statements(policy["PolicyDocument"])]
    arns = listed(role.properties.get("ManagedPolicyArns"))
    for policy in stage.of("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
        names = [*listed(policy.properties.get("Roles")), policy.properties.get("RoleName")]
        if policy.arn in arns or role.name in names:
            own += statements(policy.properties.get("PolicyDocument"))
    return [each for each in own if each.get("Effect") == "Allow" and _is_for(each, role)]


def _is_for(statement: Statement, role: Resource) -> bool:
    """A policy that several roles carry may say of a statement for which of them it holds."""
    named = conditions(statement).get("ArnEquals", {}).get("aws:principalarn")
    return named is None or role.arn in listed(named)


def role_denials(stage: Stage, role: Resource) -> list[Statement]:
    """All Deny statements that hold for one role: of its boundary, of what is attached to it, of its own."""
    limits = [*listed(role.properties.get("ManagedPolicyArns")), role.properties.get("PermissionsBoundary")]
    documents = [policy["PolicyDocument"] for policy in listed(role.properties.get("Policies"))]
    documents += [
        policy.properties["PolicyDocument"] for policy in stage.of("AWS::IAM::ManagedPolicy") if policy.arn in limits
    ]
    return [each for document in documents for each in statements(document) if each.get("Effect") == "Deny"]


def allows(statement: Statement, action: str) -> bool:
    """Whether an Allow statement's actions cover this one, whatever its resources and conditions say.

    >>> allows({"Effect": "Allow", "Action": "sagemaker:Create*"}, "sagemaker:CreateModel")
    True
    """
    if "NotAction" in statement:
        return not any(matches(pattern, action) for pattern in listed(statement["NotAction"]))
    return any(matches(pattern, action) for pattern in listed(statement.get("Action")))


def matches(pattern: str, text: str, ignore_case: bool = True) -> bool:
    """IAM's `*` and `?`; actions ignore case, resources do not."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text, re.IGNORECASE if ignore_case else 0) is not None


def conditions(statement: Statement) -> dict[str, dict[str, Any]]:
    """Operator -> condition key in lower case -> values. Keys ignore case in IAM."""
    found: Mapping[str, Mapping[str, Any]] = statement.get("Condition") or {}
    return {operator: {key.lower(): value for key, value in keys.items()} for operator, keys in found.items()}


def condition_keys(statement: Statement) -> set[str]:
    return {key for keys in conditions(statement).values() for key in keys}


def services(statement: Statement) -> list[str]:
    """Service principals of a resource policy's statement."""
    principal = statement.get("Principal")
    return listed(principal.get("Service")) if isinstance(principal, Mapping) else []


def everybody(statement: Statement) -> bool:
    """Whether the principal is anyone."""
    principal = statement.get("Principal")
    if isinstance(principal, Mapping):
        return "*" in listed(principal.get("AWS"))
    return principal == "*"
