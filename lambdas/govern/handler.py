"""The budget is spent, a monitor failed, or it is time to look: freeze what costs, publish how things stand, say so.

Trigger: the queue `TeamNames.queue("govern")` (batches of up to 5, ReportBatchItemFailures). The topic
`TeamNames.budget_topic`, the rules of `MonitorFailed` and the schedule of `SweepDue` write to it.
Environment: `core.contracts.environment.GovernEnvironment`.

Calls:
    sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes     queue govern (the event source mapping)
    ssm:GetParametersByPath, GetParameter                     TeamNames.parameters and below
    dynamodb:GetItem, PutItem, ConditionCheckItem             table TeamNames.ledger (in transactions)
    budgets:ViewBudget                                        the environment's budget
    servicequotas:List..., RequestServiceQuotaIncrease; iam:CreateServiceLinkedRole    as lambdas/quotas
    cloudwatch:GetMetricData                                  * (it takes no resource)
    cloudwatch:PutMetricData (cloudwatch:namespace Homeostat) * (it takes no resource)
    kms:Decrypt, kms:GenerateDataKey                          the team's key (ledger, topic, queue)
    sns:Publish                                               topic TeamNames.topic
"""

from __future__ import annotations

import os
from typing import Any

from core.contracts.environment import GovernEnvironment
from core.names import TeamNames
from core.remediation.intake import Home
from lambdas.calls import Calls, client
from lambdas.govern.aws import AwsBudget, CloudWatchMetrics, SsmWatchList
from lambdas.govern.hear import hear
from lambdas.govern.ports import Ports
from lambdas.ledger import DynamoLedger
from lambdas.messages import work_off
from lambdas.policies import read_policies
from lambdas.service_quotas import ServiceQuotas
from lambdas.topic import SnsTopic, topic_arn


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    ports = connect(GovernEnvironment.read(os.environ), Calls(context.get_remaining_time_in_millis))
    return work_off(event, lambda body: hear(body, ports))


def connect(environment: GovernEnvironment, calls: Calls) -> Ports:
    team = TeamNames(environment.team, environment.environment)
    account, region = environment.account, environment.region
    return Ports(
        team=team,
        home=Home(account, region),
        policies=read_policies(calls, client("ssm"), team),
        ledger=DynamoLedger(calls, client("dynamodb"), team.ledger),
        topic=SnsTopic(calls, client("sns"), topic_arn(team, account, region)),
        budget_name=environment.budget,
        freeze_at_percent=environment.freeze_at_percent,
        budget=AwsBudget(calls, client("budgets"), account, environment.budget),
        metrics=CloudWatchMetrics(calls, client("cloudwatch")),
        watch_list=SsmWatchList(calls, client("ssm"), team.quotas_parameter),
        quotas=ServiceQuotas(calls, client("service-quotas")),
    )
