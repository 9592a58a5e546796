"""What a team may spend and use, and that nothing stops working unseen."""

from __future__ import annotations

from functools import cache
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from core.contracts.metrics import QUOTA_USED_PERCENT, SPEND
from core.contracts.quotas import WatchedQuotas
from infra import redeployment
from infra.quotas import watched_quotas
from infra.tenant import Tenant
from tests.wiring.access import may
from tests.wiring.system import System

ALARM, QUEUE, BUDGET, TOPIC = (
    "AWS::CloudWatch::Alarm",
    "AWS::SQS::Queue",
    "AWS::Budgets::Budget",
    "AWS::SNS::Topic",
)
SENDS = "sns:Publish"


def every_function_is_watched(system: System) -> None:
    """Whatever runs in any stack: its errors and its throttles tell the team."""
    for function in system.deployed.of("AWS::Lambda::Function"):
        name = function["FunctionName"]
        for metric in ("Errors", "Throttles"):
            alarm = _alarm(system, "AWS/Lambda", metric, FunctionName=name)
            assert alarm is not None, f"nobody hears of {metric} of {name}"
            assert _fires_at(alarm, 1), f"{metric} of {name} pass unnoticed"


def every_dead_letter_is_noticed(system: System) -> None:
    """A queue from which no function reads keeps what was given up; what refused a deployment settle's sweep reads."""
    refused = system.arns.of("sqs", system.names.dead_letters(redeployment.NAME))
    read = {source["EventSourceArn"] for source in system.deployed.of("AWS::Lambda::EventSourceMapping")}
    for queue in system.deployed.of(QUEUE):
        name = queue["QueueName"]
        if system.arns.of("sqs", name) not in {*read, refused}:
            alarm = _alarm(system, "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName=name)
            assert alarm is not None, f"nobody hears of what lies in {name}"
            assert _fires_at(alarm, 1), f"dead letters in {name} pass unnoticed"


def a_failed_monitor_is_noticed(system: System) -> None:
    for model in system.models:
        names = system.names.model(model.name)
        watched = {"Endpoint": names.endpoint, "MonitoringSchedule": names.monitor}
        alarm = _alarm(system, "Homeostat", "monitor_failures", **watched)
        assert alarm is not None, f"failed runs of {names.monitor} pass unnoticed"
        assert _fires_at(alarm, 1)


def the_budget_counts_what_is_tagged(system: System) -> None:
    (budget,) = system.deployed.of(BUDGET)
    tags = Tenant(system.team, system.environment, system.deployed.account).tags
    assert budget["Budget"]["CostFilters"] == {"TagKeyValue": [f"user:homeostat${tags['homeostat']}"]}
    assert budget["Budget"]["BudgetLimit"] == {"Amount": system.team.monthly_budget_usd, "Unit": "USD"}
    assert {tag["Key"]: tag["Value"] for tag in budget["ResourceTags"]} == tags
    for notification in budget["NotificationsWithSubscribers"]:
        told = {each["Address"] for each in notification["Subscribers"]}
        assert set(system.team.owners) <= told, "the owners do not hear of it"


def whatever_costs_money_is_counted(system: System) -> None:
    """Every resource that AWS lets be tagged carries the team's tags, so the budget and the bill know whose it is."""
    tags = Tenant(system.team, system.environment, system.deployed.account).tags
    for resource in system.deployed.resources:
        place = _place_of_tags(resource.type, system.deployed.region)
        if place is not None:
            found = resource.properties.get(place, {})
            if isinstance(found, list):
                found = {tag["Key"]: tag["Value"] for tag in found}
            missing = {key: value for key, value in tags.items() if found.get(key) != value}
            assert not missing, f"{resource.type} {resource.id} lacks {missing}"


@cache
def _place_of_tags(type: str, region: str) -> str | None:
    """The property that CloudFormation's own schema names; None for a type that takes no tags."""
    if type.startswith("Custom::"):
        return None
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type).schema
    tagging = schema.get("tagging", {"taggable": "Tags" in schema["properties"]})
    if not tagging.get("taggable", True):
        return None
    return str(tagging.get("tagProperty", "/properties/Tags")).rpartition("/")[2]


def a_spent_budget_reaches_the_function_that_freezes(system: System) -> None:
    """Threshold, topic, its policy, the key, the subscription, the queue's policy: each link of the way."""
    (budget,) = system.deployed.of(BUDGET)
    (address,) = _freezing(system, budget)
    topic = system.arns.of("sns", system.names.budget_topic)
    assert address == topic, f"the freeze is announced to {address}"
    assert _lets(system, "AWS::SNS::TopicPolicy", "budgets.amazonaws.com", SENDS, topic), "Budgets may not publish"
    key = system.deployed.one("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    for service in ("budgets.amazonaws.com", "sns.amazonaws.com"):
        used = [s for s in key if service in s["Principal"].get("Service", ()) and "kms:Decrypt" in s["Action"]]
        assert used, f"{service} may not use the key"
    queue = system.arns.of("sqs", system.names.queue("govern"))
    subscription = system.deployed.one("AWS::SNS::Subscription", Protocol="sqs", Endpoint=queue)
    assert _topic_of(system, subscription) == system.names.budget_topic
    assert _lets(system, "AWS::SQS::QueuePolicy", "sns.amazonaws.com", "sqs:SendMessage", queue, topic)


def nobody_forges_the_budgets_letter(system: System) -> None:
    """Only AWS Budgets of this account publishes, and no role of the team does."""
    topic = system.arns.of("sns", system.names.budget_topic)
    policies = [p["PolicyDocument"] for p in system.deployed.of("AWS::SNS::TopicPolicy")]
    statements = [s for policy in policies for s in policy["Statement"] if topic in s["Resource"]]
    for statement in (s for s in statements if s["Effect"] == "Allow"):
        assert statement["Principal"] == {"Service": "budgets.amazonaws.com"}, statement
        conditions = statement["Condition"]
        assert conditions["StringEquals"] == {"aws:SourceAccount": system.deployed.account}
        assert conditions["ArnLike"] == {"aws:SourceArn": f"arn:aws:budgets::{system.deployed.account}:*"}
    for role in system.deployed.of("AWS::IAM::Role"):
        assert not may(system.deployed, role["RoleName"], SENDS, topic), f"{role['RoleName']} could forge it"


def every_quota_near_its_limit_tells_the_team(system: System) -> None:
    parameter = system.deployed.one("AWS::SSM::Parameter", Name=system.names.quotas_parameter)
    looked_at = WatchedQuotas.from_json(parameter["Value"])
    tenant = Tenant(system.team, system.environment, system.deployed.account)
    assert looked_at == watched_quotas(tenant)
    assert looked_at.wanted, "the models' jobs and endpoints use quotas"
    for quota in looked_at.wanted:
        dimensions = {"Environment": system.names.prefix, "Quota": quota}
        alarm = _alarm(system, QUOTA_USED_PERCENT.namespace, QUOTA_USED_PERCENT.name, **dimensions)
        assert alarm is not None, f"{quota} runs out unnoticed"
        assert 50 <= alarm["Threshold"] < 100, f"{quota} is told of when it is too late, or always"


def the_budget_alarm_fires_when_it_is_spent(system: System) -> None:
    alarm = _alarm(system, SPEND.namespace, SPEND.name, Environment=system.names.prefix)
    assert alarm is not None
    assert alarm["Threshold"] == system.team.monthly_budget_usd


def _alarm(system: System, namespace: str, metric: str, **dimensions: str) -> dict[str, Any] | None:
    """The alarm on this metric that tells the team's topic."""
    topic = system.arns.of("sns", system.names.topic)
    for alarm in system.deployed.of(ALARM):
        found = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())}
        named = (alarm.get("Namespace"), alarm.get("MetricName"), found) == (namespace, metric, dimensions)
        if named and alarm.get("AlarmActions") == [topic]:
            return alarm
    return None


def _fires_at(alarm: dict[str, Any], value: float) -> bool:
    return alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold" and alarm["Threshold"] <= value


def _freezing(system: System, budget: dict[str, Any]) -> list[str]:
    """Topics of the notification at the share that the team's file says."""
    wanted = ("ACTUAL", system.team.freeze_at_percent, "PERCENTAGE")
    found = [
        entry
        for entry in budget["NotificationsWithSubscribers"]
        if tuple(entry["Notification"][name] for name in ("NotificationType", "Threshold", "ThresholdType")) == wanted
    ]
    return [each["Address"] for entry in found for each in entry["Subscribers"] if each["SubscriptionType"] == "SNS"]


def _topic_of(system: System, subscription: dict[str, Any]) -> str:
    """A topic's Ref is resolved to its generated id here."""
    found = [resource for resource in system.deployed.resources if resource.id == subscription["TopicArn"]]
    return str(found[0].properties["TopicName"])


def _lets(system: System, type: str, service: str, action: str, resource: str, source: str | None = None) -> bool:
    statements = [s for policy in system.deployed.of(type) for s in policy["PolicyDocument"]["Statement"]]
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": service}
        and action in statement["Action"]
        and resource in statement["Resource"]
        and (source is None or statement["Condition"]["ArnEquals"]["aws:SourceArn"] == [source])
        for statement in statements
    )


CHECKS = (
    every_function_is_watched,
    every_dead_letter_is_noticed,
    a_failed_monitor_is_noticed,
    the_budget_counts_what_is_tagged,
    whatever_costs_money_is_counted,
    a_spent_budget_reaches_the_function_that_freezes,
    nobody_forges_the_budgets_letter,
    every_quota_near_its_limit_tells_the_team,
    the_budget_alarm_fires_when_it_is_spent,
)
