"""IAM policy documents as plain values, in IAM's own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]


def allow(actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None) -> Statement:
    """One statement of a role's policy."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": conditions} if conditions else statement


def allow_service(
    service: str | Sequence[str], actions: Sequence[str], resources: Sequence[str], conditions: Conditions
) -> Statement:
    """One statement of a resource's policy. A service acts for anybody: the conditions say for whom it may act here."""
    return {"Principal": {"Service": service}, **allow(actions, resources, conditions)}


def deny(
    actions: Sequence[str],
    conditions: Conditions | None = None,
    *,
    on: Sequence[str] = ("*",),
    elsewhere_than: Sequence[str] = (),
) -> Statement:
    """A guard rail: denied whatever else is allowed. `elsewhere_than`: the only resources that it leaves alone."""
    return _denied("Action", actions, conditions, on, elsewhere_than)


def deny_but(
    actions: Sequence[str],
    conditions: Conditions | None = None,
    *,
    on: Sequence[str] = ("*",),
    elsewhere_than: Sequence[str] = (),
) -> Statement:
    """Every action is denied but these."""
    return _denied("NotAction", actions, conditions, on, elsewhere_than)


def _denied(
    element: str,
    actions: Sequence[str],
    conditions: Conditions | None,
    on: Sequence[str],
    elsewhere_than: Sequence[str],
) -> Statement:
    resources = "*" if tuple(on) == ("*",) else list(on)
    where = {"NotResource": list(elsewhere_than)} if elsewhere_than else {"Resource": resources}
    statement: Statement = {"Effect": "Deny", element: list(actions), **where}
    return {**statement, "Condition": conditions} if conditions else statement


def deny_plain_http(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    """Nobody reaches the resource without TLS."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def pass_role(role_arns: Sequence[str], service: str) -> Statement:
    """Hand exactly these roles to exactly this service."""
    return allow(["iam:PassRole"], role_arns, {"StringEquals": {"iam:PassedToService": service}})


def document(statements: Iterable[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
