"""The policies of a role that stands in a template: what it grants, and how it is written anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from infra.acknowledged import ACKNOWLEDGED
from infra.policy_size import laid_out
from infra.statements import Statement, document
from infra.template import Template
from infra.tenant import Tenant
from infra.wildcards import RULE, acknowledged


@dataclass(frozen=True)
class RolePolicies:
    """`role` and `beside` are resources of a template: the role, and managed policies that only this role carries."""

    template: Template
    role: dict[str, Any]
    beside: dict[str, dict[str, Any]]
    """By logical id."""

    @property
    def name(self) -> str:
        return str(self.role["Properties"]["RoleName"])

    def statements(self) -> list[Statement]:
        inline = [policy["PolicyDocument"] for policy in self.role["Properties"]["Policies"]]
        own = [*inline, *(policy["Properties"]["PolicyDocument"] for policy in self.beside.values())]
        return [statement for each in own for statement in each["Statement"]]

    def rewrite(self, tenant: Tenant, statements: Sequence[Statement], carried: Sequence[str]) -> None:
        """These statements instead, laid out over as few of the role's policies as they need. `carried`: more ARNs."""
        own, beside = laid_out(statements)
        properties = self.role["Properties"]
        attached = {tenant.arns.policy(each["Properties"]["ManagedPolicyName"]): id for id, each in self.beside.items()}
        for (arn, id), part in zip(attached.items(), [*beside, *([] for _ in attached)], strict=False):
            self._fill(tenant, id, part)
            if not part:
                properties["ManagedPolicyArns"].remove(arn)
        (policy,) = properties["Policies"]
        properties["Policies"] = [{**policy, "PolicyDocument": document(own)}] if own else []
        if arns := [*properties.get("ManagedPolicyArns", ()), *carried]:
            properties["ManagedPolicyArns"] = arns
        else:
            properties.pop("ManagedPolicyArns", None)
        _acknowledge(tenant, self.role, own)

    def _fill(self, tenant: Tenant, id: str, statements: list[Statement]) -> None:
        if statements:
            self.beside[id]["Properties"]["PolicyDocument"] = document(statements)
            _acknowledge(tenant, self.beside[id], statements)
            return
        del self.template.resources[id]
        if left := [each for each in self.role["DependsOn"] if each != id]:
            self.role["DependsOn"] = left
        else:
            del self.role["DependsOn"]


def roles_of(template: Template) -> Iterator[RolePolicies]:
    """Every role of a template."""
    policies = {id: each for id, each in template.resources.items() if each["Type"] == "AWS::IAM::ManagedPolicy"}
    for role in [each for each in template.resources.values() if each["Type"] == "AWS::IAM::Role"]:
        beside = {id: policies[id] for id in role.get("DependsOn", ()) if id in policies}
        yield RolePolicies(template, role, dict(sorted(beside.items())))


def _acknowledge(tenant: Tenant, resource: dict[str, Any], statements: Sequence[Statement]) -> None:
    """What was acknowledged of other rules stays."""
    section, key = ACKNOWLEDGED
    said = resource.get("Metadata", {}).get(section, {}).get(key, {})
    others = {rule: reason for rule, reason in said.items() if not rule.startswith(f"{RULE}[")}
    if found := {**others, **acknowledged(tenant, statements)}:
        resource["Metadata"] = {section: {key: found}}
    else:
        resource.pop("Metadata", None)
