"""The environment's monthly budget: its owners hear of it before it is spent."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from infra.part import Part
from infra.tenant import Tenant

MOST_ADDRESSES = 10
"""AWS Budgets takes at most ten e-mail addresses a notification."""


class Budget(Part):
    """Counts what carries the tag `homeostat`; the tag must be activated once as a cost-allocation tag in Billing."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        self.add(
            "Budget",
            "AWS::Budgets::Budget",
            {
                "Budget": {
                    "BudgetName": self.names.prefix,
                    "BudgetType": "COST",
                    "TimeUnit": "MONTHLY",
                    "BudgetLimit": {"Amount": tenant.team.monthly_budget_usd, "Unit": "USD"},
                    "CostFilters": {"TagKeyValue": [f"user:homeostat${self.names.prefix}"]},
                },
                "NotificationsWithSubscribers": [self._notify("ACTUAL", 80), self._notify("FORECASTED", 100)],
            },
        )

    def _notify(self, kind: str, percent: int) -> dict[str, Any]:
        owners = self.tenant.team.owners[:MOST_ADDRESSES]
        return {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": [
                {"SubscriptionType": "SNS", "Address": self.arns.of("sns", self.names.topic)},
                *({"SubscriptionType": "EMAIL", "Address": owner} for owner in owners),
            ],
        }
