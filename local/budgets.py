"""AWS Budgets tells of costs: POST /_homeostat/budget {"budget": name, "percent": 100} lets a month cost so much.

Nothing here costs anything, so what is spent is ordered. A notification whose threshold is passed goes out once, as on
AWS: a letter in AWS's words to the topic, which must let AWS Budgets publish, and to the e-mail addresses.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import budgets, sns

from local import clock, outbox, settings
from local.service import ApiError

HOOKS = (
    "ministack.services.budgets:_budgets _notification_store _calculated_spend _budget_arn reset",
    "ministack.services.sns:topic_policy_allows _fanout",
    "ministack.core.iam_actions:extract_iam_action",
    "ministack.core.responses:get_account_id get_region new_uuid request_scope",
)

PRINCIPAL = "budgets.amazonaws.com"
SENDER = "budgets@costalerts.amazonaws.com"
ACTIONS = {
    "Describe": "ViewBudget",
    "List": "ListTagsForResource",
    "Create": "ModifyBudget",
    "Update": "ModifyBudget",
    "Delete": "ModifyBudget",
}
"""The Service Authorization Reference has other actions for AWS Budgets than it has operations."""

log = logging.getLogger(__name__)
_spent: dict[tuple[str, str], float] = {}
"""USD by account and budget."""


def install() -> None:
    from ministack.core import iam_actions

    native_spend, native_action, native_reset = (
        budgets._calculated_spend,
        iam_actions.extract_iam_action,
        budgets.reset,
    )

    def calculated(budget: dict[str, Any]) -> dict[str, Any]:
        spend: dict[str, Any] = native_spend(budget)
        amount = _spent.get((get_account_id(), budget["BudgetName"]), 0.0)
        return {**spend, "ActualSpend": {**spend["ActualSpend"], "Amount": f"{amount:.2f}"}}

    def action(service: str, *request: Any) -> str | None:
        found: str | None = native_action(service, *request)
        return authorized_as(found) if service == "budgets" and found else found

    def reset() -> None:
        _spent.clear()
        native_reset()

    budgets._calculated_spend, budgets.reset = calculated, reset
    iam_actions.extract_iam_action = action


def authorized_as(action: str) -> str:
    """
    >>> authorized_as("budgets:DescribeBudget"), authorized_as("budgets:CreateSubscriber")
    ('budgets:ViewBudget', 'budgets:ModifyBudget')
    """
    operation = action.partition(":")[2]
    return next((f"budgets:{known}" for verb, known in ACTIONS.items() if operation.startswith(verb)), action)


def spend(name: str, percent: float) -> list[str]:
    """Let the budget have cost this share of its limit; returns who was told."""
    budget = budgets._budgets.get(name)
    if budget is None:
        known = ", ".join(sorted(budgets._budgets)) or "none"
        raise ApiError("NotFoundException", f"there is no budget {name!r}; known: {known}")
    limit = float(budget["BudgetLimit"]["Amount"])
    _spent[get_account_id(), name] = limit * percent / 100
    budget["CalculatedSpend"] = budgets._calculated_spend(budget)
    told = []
    for entry in budgets._notification_store.get(name, []):
        threshold = _threshold(entry["notification"], limit)
        passed = entry["notification"]["NotificationType"] == "ACTUAL" and limit * percent / 100 > threshold
        before, entry["notification"]["NotificationState"] = (
            entry["notification"].get("NotificationState", "OK"),
            "ALARM" if passed else "OK",
        )
        if passed and before != "ALARM":
            text = letter(budget, threshold, limit * percent / 100)
            told += [_tell(subscriber, name, text) for subscriber in entry["subscribers"]]
    return told


def letter(budget: dict[str, Any], threshold: float, actual: float) -> str:
    """As AWS Budgets writes it."""
    name, limit = budget["BudgetName"], float(budget["BudgetLimit"]["Amount"])
    return "\n".join(
        (
            f"AWS Budget Notification {clock.now():%B %d, %Y}",
            f"AWS Account {get_account_id()}",
            "",
            "Dear AWS Customer,",
            "",
            f"You requested that we alert you when the ACTUAL Cost associated with your {name} budget is greater than "
            f"${threshold:.2f} for the current month. The ACTUAL Cost associated with this budget is ${actual:.2f}. "
            "You can find additional details below and by accessing the AWS Budgets dashboard [1].",
            "",
            f"Budget Name: {name}",
            "Budget Type: Cost",
            f"Budgeted Amount: ${limit:.2f}",
            "Alert Type: ACTUAL",
            f"Alert Threshold: > ${threshold:.2f}",
            f"ACTUAL Amount: ${actual:.2f}",
            "",
            "[1] https://console.aws.amazon.com/billing/home#/budgets",
            "",
        )
    )


def _threshold(notification: dict[str, Any], limit: float) -> float:
    """In USD."""
    percentage = notification.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE"
    return float(notification["Threshold"]) * (limit / 100 if percentage else 1)


def _tell(subscriber: dict[str, str], name: str, text: str) -> str:
    """AWS Budgets does not say where it could not publish; here the log does."""
    address, subject = subscriber["Address"], f"AWS Budgets: {name} has exceeded your alert threshold"
    if subscriber["SubscriptionType"] == "EMAIL":
        outbox.send("email", address, subject, text, SENDER)
    elif sns.topic_policy_allows(address, PRINCIPAL, budgets._budget_arn(name), get_account_id()):
        sns._fanout(address, new_uuid(), text, subject[:100])
    else:
        log.warning("the policy of %s does not let %s publish", address, PRINCIPAL)
        return f"not {address}"
    return address


def _page(method: str, body: bytes) -> dict[str, Any]:
    try:
        order = json.loads(body)
        name, percent = str(order["budget"]), float(order["percent"])
    except (ValueError, KeyError, TypeError) as fault:
        raise ApiError("ValidationException", f"The order needs a budget and a percent: {fault!r}") from None
    running = settings.current()
    with request_scope(running.account, running.region):
        return {"budget": name, "percent": percent, "told": spend(name, percent), "region": get_region()}


ROUTES = {"budget": _page}
