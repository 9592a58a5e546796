"""What several roles are granted by the same wildcard: managed policies that these roles carry.

Roles say by themselves what they may do. Where the same wildcard stands in the grants of several, it is written once
for the whole environment, beside the roles for which each of its grants holds: so every wildcard can be read, and
judged, in one place. What a role may do stays what it was.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from infra.part import Part
from infra.policy_size import MANAGED, length
from infra.references import MARK
from infra.role_policies import RolePolicies, roles_of
from infra.statements import Statement, allow, document
from infra.template_stack import TemplateStack
from infra.tenant import Tenant
from infra.wildcards import acknowledged

PRINCIPAL = "aws:PrincipalArn"
TOPICS = {"*": "everything", "s3": "s3", "sagemaker": "sagemaker"}
"""What a policy is about, by the service in its wildcards; all others are of `OTHERS`. They depend on no team's file:
IAM deletes no policy that a role still carries, so a policy must not come and go with a member."""
OTHERS = "services"


@dataclass(frozen=True)
class Grant:
    """What some roles may do to one wildcard."""

    wildcard: str
    condition: str
    """As JSON."""
    actions: tuple[str, ...]
    roles: tuple[str, ...]


class SharedGrants(Part):
    """Takes out of the roles in `stacks` what they share. `scope`: the stack that is deployed before all of them."""

    def __init__(self, scope: TemplateStack, id: str, tenant: Tenant, stacks: Iterable[TemplateStack]) -> None:
        super().__init__(scope, id, tenant)
        roles = [role for stack in stacks for role in roles_of(stack.template)]
        by_topic: dict[str, list[Grant]] = defaultdict(list)
        for grant in (grants := shared(roles, known=scope.template.stack)):
            by_topic[TOPICS.get(_service(grant.wildcard), OTHERS)].append(grant)
        carriers = {arn: names for topic, each in by_topic.items() for arn, names in self._policies(topic, each)}
        wildcards = {grant.wildcard for grant in grants}
        for role in roles:
            left = [rest for each in role.statements() if (rest := _without(each, wildcards, scope.template.stack))]
            role.rewrite(tenant, left, [arn for arn, names in carriers.items() if role.name in names])

    def _policies(self, topic: str, grants: Sequence[Grant]) -> Iterator[tuple[str, set[str]]]:
        """ARN of each policy, and the names of the roles that are to carry it."""
        for number, part in enumerate(self._laid_out(grants), 1):
            name = f"{self.names.prefix}-shared-{topic}" + (f"-{number}" if number > 1 else "")
            statements = self._statements(part)
            self.add(
                f"{topic.capitalize()}{number}",
                "AWS::IAM::ManagedPolicy",
                {
                    "ManagedPolicyName": name,
                    "Description": f"What several roles of {self.names.prefix} may do, each where it is named",
                    "PolicyDocument": document(statements),
                },
                acknowledges=acknowledged(self.tenant, statements),
            )
            yield self.arns.policy(name), {role for grant in part for role in grant.roles}

    def _laid_out(self, grants: Sequence[Grant]) -> list[list[Grant]]:
        """Over as many policies as they need; all of one wildcard together where there is room."""
        parts: list[list[Grant]] = [[]]
        for _, each in groupby(grants, key=lambda grant: grant.wildcard):
            whole = list(each)
            for some in [whole] if self._fits(whole) else [[grant] for grant in whole]:
                if parts[-1] and not self._fits([*parts[-1], *some]):
                    parts.append([])
                parts[-1] += some
        return parts

    def _fits(self, grants: Sequence[Grant]) -> bool:
        return length(document(self._statements(grants))) <= MANAGED

    def _statements(self, grants: Iterable[Grant]) -> list[Statement]:
        """One for what the same roles may do in the same conditions, whatever the wildcard."""
        resources: dict[tuple[tuple[str, ...], str, tuple[str, ...]], list[str]] = defaultdict(list)
        for grant in grants:
            resources[grant.actions, grant.condition, grant.roles].append(grant.wildcard)
        found = []
        for (actions, condition, roles), wildcards in resources.items():
            asked: dict[str, dict[str, Any]] = json.loads(condition)
            named = {**asked.get("ArnEquals", {}), PRINCIPAL: [self.arns.role(role) for role in roles]}
            found.append(allow(actions, wildcards, {**asked, "ArnEquals": named}))
        return found


def shared(roles: Iterable[RolePolicies], known: str) -> list[Grant]:
    """What stands in the grants of more than one role, ordered by wildcard. `known`: the stack whose references can be
    written where the policies are."""
    asking: dict[str, dict[tuple[str, tuple[str, ...]], list[str]]] = defaultdict(lambda: defaultdict(list))
    for role in roles:
        for statement in role.statements():
            for wildcard in _wildcards(statement, known):
                names = asking[wildcard][_condition(statement), tuple(statement["Action"])]
                if role.name not in names:
                    names.append(role.name)
    return [
        Grant(wildcard, condition, tuple(actions), names)
        for wildcard, each in sorted(asking.items())
        if len({name for names in each.values() for name in names}) > 1
        for (condition, names), actions in _by_roles(each).items()
    ]


def _by_roles(asking: Mapping[tuple[str, tuple[str, ...]], list[str]]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """Condition and roles -> all that these roles may do."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (condition, actions), names in asking.items():
        known = found[condition, tuple(sorted(names))]
        known += [action for action in actions if action not in known]
    return found


def _without(statement: Statement, wildcards: Collection[str], known: str) -> Statement | None:
    """What is left of a statement once these wildcards are granted elsewhere."""
    taken = {each for each in _wildcards(statement, known) if each in wildcards}
    left = [each for each in statement["Resource"] if each not in taken]
    return {**statement, "Resource": left} if left else None


def _wildcards(statement: Statement, known: str) -> list[str]:
    """Those of an Allow statement that can be written in another stack: nothing in them comes from a later one."""
    if statement["Effect"] != "Allow" or _unknown(_condition(statement), known):
        return []
    return [each for each in statement["Resource"] if "*" in each and not _unknown(each, known)]


def _unknown(text: str, known: str) -> bool:
    return any(mark[1] != known for mark in MARK.finditer(text))


def _condition(statement: Statement) -> str:
    return json.dumps(statement.get("Condition", {}), sort_keys=True)


def _service(wildcard: str) -> str:
    return wildcard.split(":")[2] if ":" in wildcard else wildcard
