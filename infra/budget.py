"""The environment's monthly budget: its owners hear of it before it is spent, and then no retraining is started."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from constructs import Construct

from core.contracts.metrics import SPEND
from infra.handler import Handler
from infra.part import Part
from infra.statements import allow_service, deny_plain_http, document
from infra.team_alarm import Limit, tell_team
from infra.tenant import Tenant

WARNING_PERCENT = 80
DAY_S = 24 * 3600
BUDGETS = "budgets.amazonaws.com"


class Budget(Part):
    """Counts what carries the tag `homeostat`; the tag must be activated once as a cost-allocation tag in Billing."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        self.topic_arn = self.arns.of("sns", self.names.budget_topic)
        self._topic(key_arn)
        notifications = [self._notify(*each) for each in self._thresholds()]
        # AWS Budgets takes no other notifications for a budget that is there: with others it is another budget.
        content = hashlib.sha256(json.dumps(notifications, sort_keys=True).encode()).hexdigest()[:8]
        self.name = f"{self.names.prefix}-{content}"
        self.add(
            "Budget",
            "AWS::Budgets::Budget",
            {
                "Budget": {
                    "BudgetName": self.name,
                    "BudgetType": "COST",
                    "TimeUnit": "MONTHLY",
                    "BudgetLimit": {"Amount": tenant.team.monthly_budget_usd, "Unit": "USD"},
                    "CostFilters": {"TagKeyValue": [f"user:homeostat${self.names.prefix}"]},
                },
                "NotificationsWithSubscribers": notifications,
                "ResourceTags": [{"Key": key, "Value": value} for key, value in tenant.tags.items()],
            },
        )
        tell_team(
            self,
            "Spent",
            name=budget_alarm(tenant),
            description="the month's budget is spent",
            metric=SPEND,
            values={"Environment": self.names.prefix},
            limit=Limit(tenant.team.monthly_budget_usd, "Maximum", DAY_S),
        )

    def wakes(self, handler: Handler) -> None:
        """The letter that the budget is spent goes into the handler's queue."""
        self.add(
            "Letters",
            "AWS::SNS::Subscription",
            {
                "TopicArn": self._resource.ref,
                "Protocol": "sqs",
                "Endpoint": handler.queue_arn,
                "RedrivePolicy": {"deadLetterTargetArn": handler.dead_letters_arn},
            },
            after=handler.queues,
        )

    def _thresholds(self) -> list[tuple[str, float, str]]:
        """Kind of cost, percentage, and the topic that is told: the team's, or the one that freezes."""
        team, freeze = self.arns.of("sns", self.names.topic), self.tenant.team.freeze_at_percent
        warnings = [("ACTUAL", WARNING_PERCENT, team), ("FORECASTED", 100, team)]
        return [*(each for each in warnings if each[:2] != ("ACTUAL", freeze)), ("ACTUAL", freeze, self.topic_arn)]

    def _notify(self, kind: str, percent: float, topic: str) -> dict[str, Any]:
        return {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": [
                {"SubscriptionType": "SNS", "Address": topic},
                *({"SubscriptionType": "EMAIL", "Address": owner} for owner in self.tenant.team.owners),
            ],
        }

    def _topic(self, key_arn: str) -> None:
        """Only this account's budgets may publish there."""
        topic = {"TopicName": self.names.budget_topic, "KmsMasterKeyId": key_arn}
        self._resource = self.add("Topic", "AWS::SNS::Topic", topic)
        ours = {
            "StringEquals": {"aws:SourceAccount": self.tenant.account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:budgets::{self.tenant.account}:*"},
        }
        publish = (["sns:Publish"], [self.topic_arn])
        policy = document([deny_plain_http(*publish), allow_service(BUDGETS, *publish, ours)])
        self.add("Senders", "AWS::SNS::TopicPolicy", {"Topics": [self._resource.ref], "PolicyDocument": policy})


def budget_alarm(tenant: Tenant) -> str:
    return tenant.names.alarm("budget", "spent")
