"""AWS Budgets tells once of each threshold that is passed, by the ways that its notifications name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from core.contracts.budget_letter import BudgetReached
from local.budgets import authorized_as
from local.settings import ACCOUNT
from local.start import EmbeddedAws
from tests.local.conftest import allow


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("DescribeBudget", "ViewBudget"),
        ("DescribeBudgets", "ViewBudget"),
        ("DescribeNotificationsForBudget", "ViewBudget"),
        ("CreateBudget", "ModifyBudget"),
        ("UpdateBudget", "ModifyBudget"),
        ("DeleteBudget", "ModifyBudget"),
        ("CreateNotification", "ModifyBudget"),
        ("TagResource", "TagResource"),
    ],
)
def test_operations_are_authorized_by_the_actions_that_iam_knows(operation: str, action: str) -> None:
    assert authorized_as(f"budgets:{operation}") == f"budgets:{action}"


def policy(topic: str, service: str = "budgets.amazonaws.com") -> str:
    ours = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:budgets::{ACCOUNT}:*"},
    }
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": topic}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": ours}]})


def make_budget(aws: EmbeddedAws, name: str, *thresholds: tuple[float, dict[str, str]]) -> None:
    aws.client("budgets").create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "200", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": "ACTUAL",
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": percent,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": [subscriber],
            }
            for percent, subscriber in thresholds
        ],
    )


@pytest.mark.slow
def test_the_letter_reaches_topic_and_mailbox_once_for_each_threshold(
    aws: EmbeddedAws, unique: Callable[[str], str], queue: Callable[[], tuple[str, str]]
) -> None:
    sns, sqs, name = aws.client("sns"), aws.client("sqs"), unique("budget")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(topic))
    url, arn = queue()
    takes = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = {"Version": "2012-10-17", "Statement": [{**takes, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    owner = {"SubscriptionType": "EMAIL", "Address": f"{name}@example.com"}
    make_budget(aws, name, (80, owner), (100, {"SubscriptionType": "SNS", "Address": topic}))
    assert aws.post("budget", {"budget": name, "percent": 90})["told"] == [owner["Address"]]
    assert aws.post("budget", {"budget": name, "percent": 120})["told"] == [topic]
    assert aws.post("budget", {"budget": name, "percent": 130})["told"] == []
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    read = BudgetReached.parse(json.loads(message["Body"]))
    assert (read.topic, read.account, read.budget, read.day) == (topic, ACCOUNT, name, aws.now().date())
    (mail,) = [mail for mail in aws.outbox() if mail["to"] == owner["Address"]]
    assert "Budgeted Amount: $200.00" in mail["body"]
    assert "ACTUAL Amount: $180.00" in mail["body"]


@pytest.mark.slow
def test_a_topic_that_does_not_let_budgets_publish_hears_nothing(
    aws: EmbeddedAws, unique: Callable[[str], str]
) -> None:
    sns, name = aws.client("sns"), unique("budget")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    closed = policy(topic, "events.amazonaws.com")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=closed)
    make_budget(aws, name, (100, {"SubscriptionType": "SNS", "Address": topic}))
    assert aws.post("budget", {"budget": name, "percent": 120})["told"] == [f"not {topic}"]


@pytest.mark.slow
def test_what_is_spent_is_described_and_outlives_a_change_of_the_limit(
    aws: EmbeddedAws, unique: Callable[[str], str]
) -> None:
    budgets, name = aws.client("budgets"), unique("budget")
    make_budget(aws, name, (100, {"SubscriptionType": "EMAIL", "Address": "a@example.com"}))
    aws.post("budget", {"budget": name, "percent": 50})
    raised = {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "400", "Unit": "USD"},
    }
    budgets.update_budget(AccountId=ACCOUNT, NewBudget=raised)
    found = budgets.describe_budget(AccountId=ACCOUNT, BudgetName=name)["Budget"]
    assert float(found["CalculatedSpend"]["ActualSpend"]["Amount"]) == 100
    assert float(found["BudgetLimit"]["Amount"]) == 400


@pytest.mark.slow
def test_a_role_sees_the_budget_that_it_may_view(
    aws: EmbeddedAws, unique: Callable[[str], str], role: Callable[..., str], client_as: Callable[[str, str], Any]
) -> None:
    mine, other = unique("mine"), unique("other")
    for name in (mine, other):
        make_budget(aws, name, (100, {"SubscriptionType": "EMAIL", "Address": "a@example.com"}))
    viewer = role("lambda", allow("budgets:ViewBudget", on=f"arn:aws:budgets::{ACCOUNT}:budget/{mine}"))
    client = client_as(viewer, "budgets")
    assert client.describe_budget(AccountId=ACCOUNT, BudgetName=mine)["Budget"]["BudgetName"] == mine
    for forbidden in (
        lambda: client.describe_budget(AccountId=ACCOUNT, BudgetName=other),
        lambda: client.delete_budget(AccountId=ACCOUNT, BudgetName=mine),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            forbidden()


@pytest.mark.slow
def test_an_order_that_makes_no_sense_is_refused(aws: EmbeddedAws) -> None:
    import urllib.error

    for order in ({"budget": "absent", "percent": 100}, {"budget": "x"}, {"budget": "x", "percent": "much"}):
        with pytest.raises(urllib.error.HTTPError):
            aws.post("budget", order)
