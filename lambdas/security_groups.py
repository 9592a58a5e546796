"""Rules of security groups in EC2."""

from __future__ import annotations

from typing import Any

from lambdas.calls import Calls
from lambdas.failures import NotThere
from lambdas.listing import listed


def revoke_all(calls: Calls, client: Any, group: str) -> int:
    """Revoke all rules of a group, both ways; how many there were. Rules, or a group, that are gone are revoked."""
    wanted = [{"Name": "group-id", "Values": [group]}]
    rules = list(listed(calls, client.describe_security_group_rules, "SecurityGroupRules", Filters=wanted))
    ways = ((False, client.revoke_security_group_ingress), (True, client.revoke_security_group_egress))
    for is_egress, revoke in ways:
        ids = [each["SecurityGroupRuleId"] for each in rules if each["IsEgress"] is is_egress]
        if ids:
            try:
                calls.ask(revoke, GroupId=group, SecurityGroupRuleIds=ids)
            except NotThere:
                continue
    return len(rules)
