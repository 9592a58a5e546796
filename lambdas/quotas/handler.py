"""A stack asks for quotas of the account: request what is missing, and answer at once how each stands.

Trigger: CloudFormation, for each `core.contracts.quotas.RESOURCE_TYPE` (creation, change and removal).
Environment: `core.contracts.environment.QuotasEnvironment`.

Calls:
    servicequotas:ListServiceQuotas, ListAWSDefaultServiceQuotas          *
    servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota           *
    servicequotas:RequestServiceQuotaIncrease                             sagemaker/* (codes are not known before)
    iam:CreateServiceLinkedRole (iam:AWSServiceName servicequotas.amazonaws.com)  AWSServiceRoleForServiceQuotas
    sns:Publish                                                           topic TeamNames.topic
    kms:Decrypt, kms:GenerateDataKey                                      the team's key (topic)
"""

from __future__ import annotations

import os
from typing import Any

from core.contracts.environment import QuotasEnvironment
from core.names import TeamNames
from lambdas.calls import Calls, client
from lambdas.custom_resource import answer
from lambdas.quotas.request import Ports, asked_for
from lambdas.service_quotas import ServiceQuotas
from lambdas.topic import SnsTopic, topic_arn


def handler(event: dict[str, Any], context: Any) -> None:
    ports = connect(QuotasEnvironment.read(os.environ), Calls(context.get_remaining_time_in_millis))
    answer(event, context, lambda request: asked_for(request, ports))


def connect(environment: QuotasEnvironment, calls: Calls) -> Ports:
    team = TeamNames(environment.team, environment.environment)
    topic = SnsTopic(calls, client("sns"), topic_arn(team, environment.account, environment.region))
    return Ports(team, ServiceQuotas(calls, client("service-quotas")), topic)
