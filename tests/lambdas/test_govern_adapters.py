"""What governing asks of AWS Budgets, CloudWatch and SSM: botocore's own model checks every request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from core.contracts.environment import GovernEnvironment
from core.contracts.metrics import SPEND
from core.contracts.quotas import WatchedQuotas
from core.governance.spending import Spending
from lambdas.failures import Refused
from lambdas.govern.aws import AwsBudget, CloudWatchMetrics, SsmWatchList
from lambdas.govern.handler import connect, handler
from tests.lambdas.aws import PLENTY, Context, account, make_ledger, make_policy
from tests.lambdas.governing import BUDGET, GPU, USAGE
from tests.lambdas.world import HOME, MODEL, TEAM

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENVIRONMENT = GovernEnvironment("demo", "dev", HOME.account, HOME.region, BUDGET, 100)


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return client, Stubber(client)


def test_the_month_is_what_aws_budgets_has_calculated() -> None:
    client, stub = stubbed("budgets")
    usd = {"Unit": "USD"}
    budget = {
        "BudgetName": BUDGET,
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
        "BudgetLimit": {"Amount": "200.0", **usd},
        "CalculatedSpend": {"ActualSpend": {"Amount": "210.49", **usd}, "ForecastedSpend": {"Amount": "300", **usd}},
    }
    stub.add_response("describe_budget", {"Budget": budget}, {"AccountId": HOME.account, "BudgetName": BUDGET})
    with stub:
        assert AwsBudget(PLENTY, client, HOME.account, BUDGET).spending() == Spending(210.49, 200)


def test_a_budget_that_is_gone_is_refused() -> None:
    client, stub = stubbed("budgets")
    stub.add_client_error("describe_budget", "NotFoundException", "Unable to get budget", 400)
    with stub, pytest.raises(Refused):
        AwsBudget(PLENTY, client, HOME.account, BUDGET).spending()


def test_the_most_of_the_last_hour_is_asked_for_in_the_metric_that_service_quotas_names() -> None:
    client, stub = stubbed("cloudwatch")
    metric = {
        "Namespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "Dimensions": [{"Name": "Resource", "Value": "training-job/ml.g5.xlarge"}],
    }
    query = {"Id": "q0", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Maximum"}}
    other = {**query, "Id": "q1"}
    asked = {"MetricDataQueries": [query, other], "StartTime": NOW - timedelta(hours=1), "EndTime": NOW}
    results = [{"Id": "q0", "Values": [1.0, 3.0, 2.0]}, {"Id": "q1", "Values": []}]
    stub.add_response("get_metric_data", {"MetricDataResults": results}, asked)
    with stub:
        found = CloudWatchMetrics(PLENTY, client).most_used({GPU: USAGE, "unused": USAGE}, NOW)
    assert found == {GPU: 3.0}


def test_metrics_go_into_the_platforms_namespace() -> None:
    client, stub = stubbed("cloudwatch")
    datum = SPEND.datum(12.5, NOW, {"Environment": TEAM.prefix})
    stub.add_response("put_metric_data", {}, {"Namespace": "Homeostat", "MetricData": [datum]})
    with stub:
        CloudWatchMetrics(PLENTY, client).publish([datum])
        stub.assert_no_pending_responses()


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Any:
    with account(monkeypatch) as made:
        yield made


def test_the_watch_list_is_the_parameter(clients: Any) -> None:
    watched = WatchedQuotas({GPU: 4, "ml.m5.large for endpoint usage": 0})
    clients("ssm").put_parameter(Name=TEAM.quotas_parameter, Value=watched.to_json(), Type="String")
    assert SsmWatchList(PLENTY, clients("ssm"), TEAM.quotas_parameter).read() == watched


def test_a_watch_list_that_is_gone_is_refused(clients: Any) -> None:
    with pytest.raises(Refused):
        SsmWatchList(PLENTY, clients("ssm"), TEAM.quotas_parameter).read()


def test_the_parts_are_connected_and_the_watch_list_is_no_model(clients: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_policy(clients("ssm"))
    clients("ssm").put_parameter(Name=TEAM.quotas_parameter, Value="{}", Type="String")
    assert list(connect(ENVIRONMENT, PLENTY).policies) == [MODEL]


def test_a_message_that_is_nothing_is_quarantined_and_not_delivered_again(
    clients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ledger(clients("dynamodb"))
    for name, value in ENVIRONMENT.variables().items():
        monkeypatch.setenv(name, value)
    batch = {"Records": [{"messageId": "1", "body": "{}"}]}
    assert handler(batch, Context()) == {"batchItemFailures": []}
    (row,) = clients("dynamodb").scan(TableName=TEAM.ledger)["Items"]
    assert row["row"]["S"].startswith("rejected#")
