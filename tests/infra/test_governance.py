"""What the operations stack says of quotas, budget and dashboards, and what a change of the team's file changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from core.config.team import Team
from core.contracts.quotas import GROUP, RESOURCE_TYPE, attribute
from infra.template_stack import finish
from infra.tenant import Tenant
from stacks.network import NetworkStack
from stacks.operations import OperationsStack
from tests.infra.dashboards import faults_of

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

ROOT = Path(__file__).parents[2]
ALARM, BUDGET, BOARD = "AWS::CloudWatch::Alarm", "AWS::Budgets::Budget", "AWS::CloudWatch::Dashboard"
Template = dict[str, dict[str, Any]]


def model(name: str = "churn", **sections: Any) -> dict[str, Any]:
    return {"name": name, "label": "left", "features": {"age": "numeric"}, **sections}


def operations(quotas: tuple[dict[str, Any], ...] = (), **sections: Any) -> Template:
    """Sections of the operations stack's template of a team with these sections in its file."""
    environment = {"name": "dev", "quotas": list(quotas)}
    team = Team.model_validate({"team": "risk", "owners": ["o@example.com"], "environments": [environment], **sections})
    tenant = Tenant(team, team.environments[0], "111122223333", home=ROOT)
    app = cdk.App(analytics_reporting=False)
    stage = cdk.Stage(app, "risk-dev")
    network = NetworkStack(stage, tenant)
    stack = OperationsStack(stage, tenant, network=network.ids, key_arn="arn:aws:kms:us-east-1:111122223333:key/k")
    finish([network, stack])
    return {"Outputs": {}, **stack.writer.sections}


def of(template: Template, type: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in template["Resources"].values() if each["Type"] == type]


def quota(instance_type: str, use: str = "training", count: int = 4) -> dict[str, Any]:
    return {"instance_type": instance_type, "use": use, "count": count}


GPU = quota("ml.g5.xlarge")
NAME = "ml.g5.xlarge for training job usage"


def test_without_quotas_nothing_is_asked_for_but_what_models_need_is_watched() -> None:
    plain = operations(models=[model()])
    assert of(plain, RESOURCE_TYPE) == []
    watched = [alarm for alarm in of(plain, ALARM) if alarm["MetricName"] == "quota_used_percent"]
    names = {alarm["Dimensions"][1]["Value"] for alarm in watched}
    assert names == {f"ml.m5.large for {use} usage" for use in ("training job", "processing job", "endpoint")}


def test_spot_training_has_a_quota_of_its_own() -> None:
    spot = operations(models=[model(training={"spot": True})])
    (parameter,) = [each for each in of(spot, "AWS::SSM::Parameter") if each["Name"].endswith("/quotas")]
    assert "ml.m5.large for spot training job usage" in json.loads(parameter["Value"])


def test_each_quota_has_an_output_and_an_alarm() -> None:
    asked = operations((GPU, quota("ml.g4dn.xlarge", "spot-training", 2)))
    (resource,) = of(asked, RESOURCE_TYPE)
    assert resource["Wanted"] == {NAME: 4, "ml.g4dn.xlarge for spot training job usage": 2}
    assert {f"Quota{attribute(name)}" for name in resource["Wanted"]} < set(asked["Outputs"])
    alarms = {alarm["AlarmName"] for alarm in of(asked, ALARM)}
    assert {f"risk-dev-quota.{attribute(name)}" for name in resource["Wanted"]} < alarms


def test_of_a_quota_that_is_wanted_twice_the_higher_value_counts() -> None:
    (resource,) = of(operations((GPU, {**GPU, "count": 9}, {**GPU, "count": 2})), RESOURCE_TYPE)
    assert resource["Wanted"] == {NAME: 9}


def test_many_quotas_are_asked_for_in_groups_one_after_the_other() -> None:
    many = tuple(quota(f"ml.g5.{size}xlarge") for size in range(2, 2 + 2 * GROUP + 1))
    template = operations(many)
    resources = {id: each for id, each in template["Resources"].items() if each["Type"] == RESOURCE_TYPE}
    assert [len(each["Properties"]["Wanted"]) for each in resources.values()] == [GROUP, GROUP, 1]
    first, second, third = resources
    assert first in resources[second]["DependsOn"]
    assert second in resources[third]["DependsOn"]
    assert len(template["Outputs"]) == 2 * GROUP + 1 + 3


def test_more_quotas_than_a_parameter_holds_are_refused_before_anything_is_made() -> None:
    many = tuple(quota(f"ml.g5.{size}xlarge", "spot-training") for size in range(2, 120))
    with pytest.raises(ValueError, match="an SSM parameter holds 4096"):
        operations(many)


def budget(**sections: Any) -> dict[str, Any]:
    (found,) = of(operations(**sections), BUDGET)
    return found


def test_another_amount_is_the_same_budget_and_other_notifications_are_another() -> None:
    """AWS Budgets takes no other notifications for a budget that is there, nor a second budget of one name."""
    before = budget()["Budget"]
    raised, other = budget(monthly_budget_usd=900)["Budget"], budget(owners=["new@example.com"])["Budget"]
    assert (raised["BudgetName"], raised["BudgetLimit"]["Amount"]) == (before["BudgetName"], 900)
    assert other["BudgetName"] != before["BudgetName"] != budget(freeze_at_percent=150)["Budget"]["BudgetName"]


@pytest.mark.parametrize("percent", [1, 80, 100, 1000])
def test_no_notification_is_there_twice_whatever_freezes(percent: int) -> None:
    entries = [each["Notification"] for each in budget(freeze_at_percent=percent)["NotificationsWithSubscribers"]]
    keys = [(each["NotificationType"], each["Threshold"]) for each in entries]
    assert len(set(keys)) == len(keys)
    assert ("ACTUAL", percent) in keys


def test_a_notification_has_as_many_subscribers_as_aws_takes() -> None:
    owners = [f"owner{number}@example.com" for number in range(10)]
    for entry in budget(owners=owners)["NotificationsWithSubscribers"]:
        kinds = [each["SubscriptionType"] for each in entry["Subscribers"]]
        assert (kinds.count("SNS"), kinds.count("EMAIL")) == (1, 10)


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"models": [model()]},
        {"models": [model(f"model-{number}") for number in range(30)]},
        {"models": [model(features={f"feature{number}": "numeric" for number in range(300)})]},
        {"models": [model(monitoring={"period_hours": 24})], "quotas": (GPU,)},
    ],
    ids=["no model", "one model", "many models", "many features", "a quota and a day"],
)
def test_dashboards_are_what_cloudwatch_takes(sections: dict[str, Any]) -> None:
    template = operations(**sections)
    alarms = {f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{each['AlarmName']}" for each in of(template, ALARM)}
    shown: set[str] = set()
    for board in of(template, BOARD):
        body = json.loads(board["DashboardBody"])
        assert not faults_of(body), faults_of(body)
        shown |= {arn for widget in body["widgets"] for arn in widget["properties"].get("alarms", ())}
    of_endpoints = {arn for arn in shown if arn.endswith(("-errors", "-latency"))}  # of the serving stack
    assert shown - of_endpoints <= alarms
    assert alarms <= shown, f"on no dashboard: {alarms - shown}"


def test_thresholds_are_drawn() -> None:
    watched = model(monitoring={"drift_threshold": 0.33, "minimum_rows": 77})
    (board,) = [each for each in of(operations(models=[watched]), BOARD) if each["DashboardName"] == "risk-dev-churn"]
    marks = [
        mark["value"]
        for widget in json.loads(board["DashboardBody"])["widgets"]
        for mark in widget["properties"].get("annotations", {}).get("horizontal", ())
    ]
    assert {1, 0.33, 77, 0.05, 1_000_000} <= set(marks)


def test_the_structure_of_a_dashboard_is_really_checked() -> None:
    """The check of the bodies catches what it claims."""
    good = {"type": "metric", "properties": {"region": "r", "metrics": [["AWS/SQS", "Depth", "QueueName", "q"]]}}
    assert faults_of({"widgets": [good]}) == []
    for wrong in (
        {"region": ""},
        {"metrics": [["AWS/SQS"]]},
        {"metrics": [["AWS/SQS", "Depth", "QueueName"]]},
        {"metrics": [[{"expression": "a / b", "id": "c"}]]},
        {"metrics": []},
        {"view": "cake"},
        {"stat": "average"},
        {"period": 7},
        {"colour": "red"},
        {"annotations": {"horizontal": [{"value": "1"}]}},
    ):
        assert faults_of({"widgets": [{**good, "properties": {**good["properties"], **wrong}}]}), wrong
    assert faults_of({"widgets": [{"type": "log", "properties": {"title": "t", "region": "r", "query": "fields @m"}}]})
    assert faults_of({"widgets": [{"type": "alarm", "properties": {"alarms": ["name"]}}]})
    assert faults_of([])
