"""A Lambda function that CloudFormation calls where it has no resource type of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from constructs import Construct

from core.contracts.functions import TIMEOUT_S
from infra.function import add_dead_letters, add_function, write_own_log
from infra.grants import use_key
from infra.handler_alarms import HandlerAlarms
from infra.part import Part
from infra.roles import Role
from infra.statements import Statement, allow, deny_plain_http, document
from infra.template import Resource
from infra.tenant import Tenant

LONGEST_WAIT_S = 3600
"""CloudFormation waits no longer for a custom resource."""
ATTEMPTS = 3
"""Lambda delivers an asynchronous event again where the function failed: after one minute, and after two more."""
BETWEEN_ATTEMPTS_S = 180


class CustomResourceFunction(Part):
    """`lambdas/<name>` with its role, log group, dead letters and alarms, and the resources that it answers for.

    It stands in a stack after network and artifacts: the role needs the boundary, the function needs the key. With
    `goes_on` it may invoke itself where a request outlasts its time (`lambdas.custom_resource.NotYet`).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        tenant: Tenant,
        *,
        name: str,
        key_arn: str,
        variables: Mapping[str, str],
        grants: Sequence[Statement],
        timeout_s: int = TIMEOUT_S,
        goes_on: bool = False,
    ) -> None:
        super().__init__(scope, id, tenant)
        self.name = name
        self.arn = self.arns.of("lambda", f"function:{self.names.function(name)}")
        self._wait_s = LONGEST_WAIT_S if goes_on else min(LONGEST_WAIT_S, ATTEMPTS * timeout_s + BETWEEN_ATTEMPTS_S)
        dead = add_dead_letters(self, name, key_arn)
        self._only_by_tls(dead)
        dead_arn = self.arns.of("sqs", self.names.dead_letters(name))
        again = [allow(["lambda:InvokeFunction"], [self.arn])] if goes_on else []
        own = [*write_own_log(tenant), allow(["sqs:SendMessage"], [dead_arn]), *use_key(key_arn), *again]
        self.role = Role(self, "Role", tenant, kind=name, service="lambda.amazonaws.com", grants=[*own, *grants])
        self.function = add_function(
            self,
            name=name,
            key_arn=key_arn,
            role=self.role,
            variables=variables,
            timeout_s=timeout_s,
            properties={"DeadLetterConfig": {"TargetArn": dead_arn}},
            after=[dead],
        )
        HandlerAlarms(self, "Alarms", tenant, name=name)

    def resource(
        self, id: str, type: str, properties: Mapping[str, Any], *, after: Iterable[Resource] = ()
    ) -> Resource:
        """A resource of a type such as "Custom::HomeostatQuotas". It is removed before the function is."""
        return add_custom_resource(
            self, id, type, properties, name=self.name, wait_s=self._wait_s, after=[self.function, *after]
        )

    def _only_by_tls(self, queue: Resource) -> None:
        arn = self.arns.of("sqs", self.names.dead_letters(self.name))
        policy = document([deny_plain_http(["sqs:*"], [arn])])
        self.add("Senders", "AWS::SQS::QueuePolicy", {"Queues": [queue.ref], "PolicyDocument": policy})


def add_custom_resource(
    part: Part,
    id: str,
    type: str,
    properties: Mapping[str, Any],
    *,
    name: str,
    wait_s: int,
    after: Iterable[Resource] = (),
) -> Resource:
    """A resource of the part that `lambdas/<name>` answers for, whose function stands in an earlier stack."""
    function = part.arns.of("lambda", f"function:{part.names.function(name)}")
    return part.add(id, type, {"ServiceToken": function, "ServiceTimeout": wait_s, **properties}, after=after)
