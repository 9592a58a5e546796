"""What has the operations stack go by the endpoints again, once they came or went."""

from __future__ import annotations

import json
from collections.abc import Sequence

from constructs import Construct

from core.config.model import Model
from core.contracts.events import DeploymentRolledBack
from core.names import OPERATIONS, REDEPLOYMENT
from infra.function import add_dead_letters
from infra.handler import Handler
from infra.part import Part
from infra.roles import Role
from infra.rule import Rule
from infra.statements import Statement, allow, deny_plain_http, document
from infra.template import Resource
from infra.tenant import Tenant

EVERY_HOURS = 1
"""Meanwhile the platform's own schedule watches; and a move that AWS refuses is rolled back no more often than this."""
UPDATE = "arn:aws:scheduler:::aws-sdk:cloudformation:updateStack"
NAMED_ROLES = "CAPABILITY_NAMED_IAM"
"""CloudFormation wants to hear that a template has roles with names, even where it is the one that stands."""
NAME = REDEPLOYMENT
A_DAY_S = 24 * 3600
IS_DEAD_LETTERS = "It holds the dead letters of a schedule, whose target names it by its ARN."
REFUSED_MOSTLY = (
    "CloudFormation refuses a deployment that changes nothing, which is what the schedule asks for almost always: an "
    "alarm would never be over. lambdas/settle reads what was said and tells people of every other reason, once."
)


def managed(tenant: Tenant) -> Sequence[Model]:
    """Models that SageMaker's own schedules monitor."""
    return [model for model in tenant.team.models if model.monitoring.engine == "managed"]


class Redeployment(Part):
    """A schedule deploys the stack's own template once more, where a model is monitored by SageMaker: CloudFormation
    then reads anew whether the endpoint stands. If nothing has changed it refuses, and that is all.

    It acts with the role that the CDK gave the stack when it was deployed. Nobody but EventBridge Scheduler can make
    this call (docs/decisions/0023), and there is no template in it. What CloudFormation says is for `lambdas/settle`.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, role: Role, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        if not managed(tenant):
            return
        queue = self._dead_letters(key_arn)
        stack = self.names.stack(OPERATIONS)
        call = {"StackName": stack, "UsePreviousTemplate": True, "Capabilities": [NAMED_ROLES]}
        self.add(
            "Schedule",
            "AWS::Scheduler::Schedule",
            {
                "Name": f"{stack}-again",
                "Description": f"Has {stack} go by which endpoints stand",
                "ScheduleExpression": f"rate({EVERY_HOURS} hour)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "State": "ENABLED",
                "Target": {
                    "Arn": UPDATE,
                    "RoleArn": role.arn,
                    "Input": json.dumps(call),
                    "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0},
                    "DeadLetterConfig": {"Arn": self._dead_letters_arn},
                },
            },
            after=[role.resource, queue],
        )

    @property
    def _dead_letters_arn(self) -> str:
        return self.arns.of("sqs", self.names.dead_letters(NAME))

    def _dead_letters(self, key_arn: str) -> Resource:
        acknowledges = {"AwsSolutions-SQS3": IS_DEAD_LETTERS, "CW-05": REFUSED_MOSTLY}
        queue = add_dead_letters(self, NAME, key_arn, keep_s=A_DAY_S, acknowledges=acknowledges)
        policy = document([deny_plain_http(["sqs:*"], [self._dead_letters_arn])])
        self.add("Senders", "AWS::SQS::QueuePolicy", {"Queues": [queue.ref], "PolicyDocument": policy})
        return queue


def hear_of_refusals(tenant: Tenant) -> list[Statement]:
    """What the function needs that reads why it was refused."""
    if not managed(tenant):
        return []
    queue = tenant.arns.of("sqs", tenant.names.dead_letters(NAME))
    return [allow([f"sqs:{verb}" for verb in ("GetQueueUrl", "ReceiveMessage", "DeleteMessage")], [queue])]


def hear_of_rollbacks(scope: Construct, tenant: Tenant, handler: Handler) -> None:
    """A deployment that CloudFormation accepts and takes back is in no queue of refusals: an event tells of it."""
    if not managed(tenant):
        return
    beginning = tenant.arns.of("cloudformation", f"stack/{tenant.names.stack(OPERATIONS)}/")
    pattern = DeploymentRolledBack.pattern(tenant.account, beginning)
    Rule(scope, "RolledBack", handler, description=f"A deployment of {OPERATIONS} was rolled back", pattern=pattern)


def redeploy(tenant: Tenant) -> list[Statement]:
    """What the scheduler's role needs for it. CloudFormation reads the parameters in the caller's name."""
    models = managed(tenant)
    if not models:
        return []
    told = [tenant.names.model(model.name).standing_parameter for model in models]
    return [
        allow(
            ["cloudformation:UpdateStack"],
            [tenant.arns.of("cloudformation", f"stack/{tenant.names.stack(OPERATIONS)}/*")],
        ),
        allow(["ssm:GetParameters"], [tenant.arns.of("ssm", f"parameter{name}") for name in told]),
        allow(["sqs:SendMessage"], [tenant.arns.of("sqs", tenant.names.dead_letters(NAME))]),
    ]
