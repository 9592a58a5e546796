"""Closes the default security group of the team's VPC: whatever is put into it by mistake talks to nobody.

Trigger: CloudFormation, for `core.contracts.default_group.RESOURCE_TYPE`, after the VPC.
Environment: none.

Calls:
    ec2:DescribeSecurityGroups, DescribeSecurityGroupRules                 *
    ec2:RevokeSecurityGroupIngress, RevokeSecurityGroupEgress              groups of the team's VPC
"""

from __future__ import annotations

from typing import Any

from core.contracts.default_group import VPC
from lambdas.calls import Calls, client
from lambdas.custom_resource import Answer, Request, answer
from lambdas.listing import listed
from lambdas.log import say
from lambdas.security_groups import revoke_all


def handler(event: dict[str, Any], context: Any) -> None:
    calls = Calls(context.get_remaining_time_in_millis)
    answer(event, context, lambda request: close(request, calls, client("ec2")))


def close(request: Request, calls: Calls, ec2: Any) -> Answer:
    """Closed it stays when the resource is deleted: it goes with its VPC."""
    vpc = request.properties[VPC]
    if request.kind != "Delete":
        wanted = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
        groups = [
            each["GroupId"] for each in listed(calls, ec2.describe_security_groups, "SecurityGroups", Filters=wanted)
        ]
        if not groups:
            raise LookupError(f"{vpc} has no default security group: there is no such VPC in this account and region")
        for group in groups:
            say("closed", group=group, of=vpc, rules=revoke_all(calls, ec2, group))
    return Answer(request.physical_id or f"{vpc}-default-group")
