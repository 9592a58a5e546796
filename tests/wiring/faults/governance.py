"""Mistakes about what a team may spend and use, and about what stops working unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.wiring import check_dashboards
from tests.wiring import check_governance as check
from tests.wiring.deployed import Resource
from tests.wiring.faults.seeding import ALARM, FUNCTION, QUEUE, ROLE, Fault, in_template, setting, text, without
from tests.wiring.system import System

BUDGET, POLICY, BOARD = "AWS::Budgets::Budget", "AWS::SNS::TopicPolicy", "AWS::CloudWatch::Dashboard"


def faults() -> Iterator[Fault]:
    function, letters = check.every_function_is_watched, check.every_dead_letter_is_noticed
    yield adding("a function that nobody watches is added", function, FUNCTION, FunctionName="demo-dev-new")
    yield in_template("errors are told to nobody", function, ALARM, without("AlarmActions"), MetricName="Errors")
    yield in_template("few errors are no error", function, ALARM, setting("Threshold", to=50), MetricName="Errors")
    yield adding("a queue that nobody watches is added", letters, QUEUE, QueueName="demo-dev-new-dead")
    one_queue = {"AlarmName": "demo-dev-notifications.dead-letters"}
    yield in_template("another queue is watched", letters, ALARM, text("Dimensions", "-dead", ""), **one_queue)
    failed = {"MetricName": "monitor_failures"}
    noticed = check.a_failed_monitor_is_noticed
    yield in_template("the failures of another monitor", noticed, ALARM, text("Dimensions", "-monitor", "-m"), **failed)

    counts, way = check.the_budget_counts_what_is_tagged, check.a_spent_budget_reaches_the_function_that_freezes
    whole = without("Budget", "CostFilters")
    yield in_template("the budget counts the whole account", counts, BUDGET, whole)
    yield in_template("the budget counts another tag", counts, BUDGET, text("Budget", "user:homeostat", "user:team"))
    unheard = setting("NotificationsWithSubscribers", 0, "Subscribers", to=[])
    yield in_template("the owners do not hear of it", counts, BUDGET, unheard)
    counted = check.whatever_costs_money_is_counted
    yield in_template("the budget itself is nobody's", counted, BUDGET, without("ResourceTags"))
    yield in_template("a dashboard is nobody's", counted, BOARD, without("Tags"))
    yield in_template("a table is another team's", counted, "AWS::DynamoDB::Table", text("Tags", "demo-dev", "x-dev"))
    percent = setting("NotificationsWithSubscribers", 2, "Notification", "Threshold", to=500)
    yield in_template("the freeze comes much later", way, BUDGET, percent)
    elsewhere = text("NotificationsWithSubscribers", "demo-dev-budget", "demo-dev-notifications")
    yield in_template("the letter goes to people only", way, BUDGET, elsewhere)
    no_budgets = text("PolicyDocument", "budgets.amazonaws.com", "events.amazonaws.com")
    yield on_budget_topic("the topic shuts AWS Budgets out", way, no_budgets)
    keyless = text("KeyPolicy", "budgets.amazonaws.com", "lambda.amazonaws.com")
    yield in_template("the key shuts AWS Budgets out", way, "AWS::KMS::Key", keyless)
    deaf = setting("Endpoint", to="arn:aws:sqs:us-east-1:000000000000:demo-dev-settle")
    yield in_template("the letter wakes another function", way, "AWS::SNS::Subscription", deaf, Protocol="sqs")
    closed = text("PolicyDocument", "sns.amazonaws.com", "s3.amazonaws.com")
    senders = {"Queues": ["demo-dev-govern", "demo-dev-govern-dead"]}
    yield in_template("the queue takes no letters", way, "AWS::SQS::QueuePolicy", closed, **senders)

    forged = check.nobody_forges_the_budgets_letter
    anyone = text("PolicyDocument", "arn:aws:budgets::000000000000:*", "*")
    yield on_budget_topic("anything of Budgets may write", forged, anyone)
    yield in_template("a role may write the letter", forged, ROLE, publishes, RoleName="demo-dev-remediate")

    quotas, spent = check.every_quota_near_its_limit_tells_the_team, check.the_budget_alarm_fires_when_it_is_spent
    used = {"MetricName": "quota_used_percent"}
    yield in_template("a quota is told of too late", quotas, ALARM, setting("Threshold", to=100), **used)
    yield in_template("another quota is watched", quotas, ALARM, text("Dimensions", "ml.m5", "ml.m6"), **used)
    parameter = {"Name": "/homeostat/demo/dev/quotas"}
    yield in_template("nothing is looked at", quotas, "AWS::SSM::Parameter", setting("Value", to="{}"), **parameter)
    cheap = {"MetricName": "month_spend_usd"}
    yield in_template("the alarm is of another budget", spent, ALARM, setting("Threshold", to=1), **cheap)

    boards = check_dashboards.dashboards_are_what_cloudwatch_takes
    team = {"DashboardName": "demo-dev"}
    gone = text("DashboardBody", "demo-dev-progression-drift", "demo-dev-progression-drifts")
    yield in_template("an alarm that is not there is shown", boards, BOARD, gone, **team)
    log = text("DashboardBody", "/aws/lambda/demo-dev-govern", "/aws/lambda/demo-dev-gone")
    yield in_template("a log that is not there is asked", boards, BOARD, log, **team)
    yield in_template("a line lost its value", boards, BOARD, broken_line, **team)
    seen, unseen = check_dashboards.every_alarm_is_on_the_teams_dashboard, "demo-dev-new.errors"
    yield adding("an alarm that nobody sees is added", seen, ALARM, AlarmName=unseen)
    yield in_template("a model's alarm is not shown", seen, BOARD, not_shown, **team)
    yield in_template("a graph has no region", boards, BOARD, text("DashboardBody", '"region"', '"place"'), **team)


def on_budget_topic(name: str, caught_by: Callable[[System], None], change: Callable[[dict[str, Any]], None]) -> Fault:
    """The policy of the topic on which AWS Budgets publishes."""

    def seed(system: System) -> System:
        deployed, topic = system.deployed.copy(), system.arns.of("sns", system.names.budget_topic)
        policy = next(each for each in deployed.of(POLICY) if topic in json.dumps(each))
        change(policy)
        return replace(system, deployed=deployed)

    return Fault(name, caught_by, seed)


def publishes(role: dict[str, Any]) -> None:
    for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
        if "sns:Publish" in statement["Action"]:
            statement["Resource"].append("arn:aws:sns:us-east-1:000000000000:demo-dev-*")


def broken_line(board: dict[str, Any]) -> None:
    body = json.loads(board["DashboardBody"])
    graph = next(widget for widget in body["widgets"] if widget["type"] == "metric")
    del graph["properties"]["metrics"][0][2]
    board["DashboardBody"] = json.dumps(body)


def not_shown(board: dict[str, Any]) -> None:
    body = json.loads(board["DashboardBody"])
    states = next(widget for widget in body["widgets"] if widget["type"] == "alarm")
    del states["properties"]["alarms"][-1]
    board["DashboardBody"] = json.dumps(body)


def adding(name: str, caught_by: Callable[[System], None], type: str, **properties: Any) -> Fault:
    """One resource more."""

    def seed(system: System) -> System:
        deployed = system.deployed.copy()
        deployed.resources.append(Resource("operations", type, dict(properties), "new"))
        return replace(system, deployed=deployed)

    return Fault(name, caught_by, seed)
