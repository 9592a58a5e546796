"""What more than one handler may do."""

from __future__ import annotations

from infra.statements import Statement, allow
from infra.tenant import Tenant


def keep_ledger(tenant: Tenant) -> list[Statement]:
    """Read and append to the ledger in transactions. Nothing deletes from it."""
    table = tenant.arns.of("dynamodb", f"table/{tenant.names.ledger}")
    actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"]
    return [allow(actions, [table])]


def notify(tenant: Tenant) -> list[Statement]:
    return [allow(["sns:Publish"], [tenant.arns.of("sns", tenant.names.topic)])]


def see_alarms() -> list[Statement]:
    """DescribeAlarms takes no resource."""
    return [allow(["cloudwatch:DescribeAlarms"], ["*"])]
