"""Quotas and budget on the embedded AWS: real templates, real CDK, real Lambda code, with IAM on."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.contracts.ledger import Key
from core.contracts.quotas import attribute
from core.names import TeamNames
from core.remediation.items import from_item, key_item
from core.remediation.rows import EpisodeRow, QuotaRow, TeamRow
from demo.toolchain import BIN, CDK, ROOT, Toolchain
from local.settings import ACCOUNT, REGION
from local.start import EmbeddedAws, eventually

pytestmark = pytest.mark.slow(takes_s=60)

NAMES = TeamNames("gov", "dev")
MODEL = NAMES.model("churn")
GPU, SPOT = "ml.g5.xlarge for training job usage", "ml.g4dn.xlarge for spot training job usage"
MORE = "ml.p4d.24xlarge for endpoint usage"
QUOTAS = [
    {"instance_type": "ml.g5.xlarge", "use": "training", "count": 4},
    {"instance_type": "ml.g4dn.xlarge", "use": "spot-training", "count": 2},
]
ADDED = {"instance_type": "ml.p4d.24xlarge", "use": "endpoint", "count": 900}
TEAM: dict[str, Any] = {
    "team": "gov",
    "owners": ["owner@example.com"],
    "notify": {"email": ["team@example.com"]},
    "monthly_budget_usd": 200,
    "instances": {
        "training": ["ml.m5.large", "ml.g5.xlarge", "ml.g4dn.xlarge"],
        "serving": ["ml.m5.large", "ml.p4d.24xlarge"],
    },
    "environments": [{"name": "dev", "region": REGION, "quotas": QUOTAS}],
    "models": [{"name": "churn", "label": "left", "features": {"age": "numeric"}}],
}


@dataclass
class Governed:
    """A team whose operations are deployed."""

    aws: EmbeddedAws
    folder: Path

    def deploy(self, team: dict[str, Any]) -> None:
        """`cdk deploy` of training and operations, with the stacks that they need."""
        teams = self.folder / "teams"
        teams.mkdir(exist_ok=True)
        (teams / "gov.yaml").write_text(yaml.safe_dump(team))
        tools = Toolchain(self.folder / "logs", self.folder / "cdk.out")
        tools.synth(ACCOUNT, {"teams": str(teams)})
        flags = ["--app", str(tools.assembly), "--require-approval", "never", "--method", "direct"]
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [str(CDK), "deploy", "gov-dev/training", "gov-dev/operations", *flags],
            cwd=ROOT,
            env={**own, **self.aws.environment(), "PATH": path, "CI": "true"},
            text=True,
            capture_output=True,
            check=False,
            timeout=1800,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def output(self, quota: str) -> str:
        (stack,) = self.aws.client("cloudformation").describe_stacks(StackName=NAMES.stack("operations"))["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        return str(outputs[f"Quota{attribute(quota)}"])

    def requests(self, quota: str) -> list[dict[str, Any]]:
        history = self.aws.client("service-quotas").list_requested_service_quota_change_history(ServiceCode="sagemaker")
        return [request for request in history["RequestedQuotas"] if request["QuotaName"] == quota]

    def decide(self, quota: str, status: str) -> None:
        (asked,) = self.requests(quota)
        self.aws.post("quota-request", {"RequestId": asked["Id"], "Status": status})

    def row(self, key: Key) -> Any:
        found = self.aws.client("dynamodb").get_item(TableName=NAMES.ledger, Key=key_item(key), ConsistentRead=True)
        return from_item(found["Item"]) if "Item" in found else None

    @property
    def team(self) -> TeamRow:
        return self.row(Key.team()) or TeamRow()

    @property
    def episodes(self) -> list[EpisodeRow]:
        rows = map(from_item, self.aws.client("dynamodb").scan(TableName=NAMES.ledger)["Items"])
        return [row for row in rows if isinstance(row, EpisodeRow)]

    def mails(self, about: str) -> list[dict[str, Any]]:
        return [m for m in self.aws.outbox() if m["to"] == "team@example.com" and about in m["subject"]]

    def metric(self, name: str, **dimensions: str) -> float | None:
        """Newest value, as the dashboard shows it."""
        pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        metric = {"Namespace": "Homeostat", "MetricName": name, "Dimensions": pairs}
        now = self.aws.now()
        answer = self.aws.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}],
            StartTime=now - timedelta(hours=3),
            EndTime=now + timedelta(minutes=2),
        )
        values = answer["MetricDataResults"][0]["Values"]
        return float(values[0]) if values else None

    def raise_alarm(self, kind: str) -> None:
        cloudwatch, alarm = self.aws.client("cloudwatch"), MODEL.alarm(kind)
        for state in ("OK", "ALARM"):
            cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="a test says so")


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Governed]:
    folder = tmp_path_factory.mktemp("governance")
    with EmbeddedAws.start(folder / "home", hour_seconds=8) as aws:
        Toolchain(folder / "logs", folder / "cdk.out").bootstrap(aws.environment(), ACCOUNT, REGION)
        made = Governed(aws, folder)
        made.deploy(TEAM)
        yield made


def test_quotas_are_requested_and_the_outputs_say_so(governed: Governed) -> None:
    assert governed.output(GPU).startswith("REQUESTED: has 0, wanted 4")
    assert governed.output(SPOT).startswith("REQUESTED: has 0, wanted 2")


def test_the_second_deployment_asks_for_what_is_new_and_survives_a_refusal(governed: Governed) -> None:
    """The added quota is above what the account may have."""
    governed.decide(GPU, "CASE_OPENED")
    refusal = {"Code": "IllegalArgumentException", "Message": "at most 100 are given"}
    governed.aws.post("quota-trouble", {"Operation": "RequestServiceQuotaIncrease", **refusal})
    (environment,) = TEAM["environments"]
    governed.deploy({**TEAM, "environments": [{**environment, "quotas": [*QUOTAS, ADDED]}]})
    assert [len(governed.requests(quota)) for quota in (GPU, SPOT)] == [1, 1]
    case = governed.requests(GPU)[0]["CaseId"]
    assert governed.output(GPU).startswith(f"CASE_OPENED: has 0, wanted 4; case {case}")
    assert governed.output(MORE).startswith("REFUSED: has 0, wanted 900. AWS does not take this value")


def test_what_aws_decides_reaches_metrics_ledger_and_people(governed: Governed) -> None:
    governed.decide(GPU, "APPROVED")
    governed.decide(SPOT, "DENIED")
    for _ in eventually():
        rows = [governed.row(Key.quota(quota)) for quota in (GPU, SPOT)]
        states = [row.state for row in rows if isinstance(row, QuotaRow) and row.announced]
        told = governed.mails("A quota was raised") and governed.mails("AWS has denied a quota")
        limits = [governed.metric("quota_limit", Environment="gov-dev", Quota=quota) for quota in (GPU, SPOT)]
        if states == ["ENOUGH", "DENIED"] and told and limits == [4, 0]:
            break
    assert len(governed.requests(SPOT)) == 1, "what was denied is not asked for again"


def test_the_log_that_the_dashboard_queries_has_each_state(governed: Governed) -> None:
    logs = governed.aws.client("logs")
    for _ in eventually():
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{NAMES.function('govern')}")["events"]
        lines = [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
        states = {line["quota"]: line["state"] for line in lines if line["event"] == "quota"}
        if states.get(GPU) == "ENOUGH" and states.get(SPOT) == "DENIED":
            break


def test_a_failed_monitor_raises_its_alarm(governed: Governed) -> None:
    governed.aws.post("sagemaker/fail", {"kind": "ProcessingJob", "phase": "create", "reason": "ordered"})
    for _ in eventually():
        if governed.mails(f'ALARM: "{MODEL.alarm("failures")}"'):
            break


def test_an_alarm_before_the_freeze_is_decided_on_its_merits(governed: Governed) -> None:
    governed.raise_alarm("quality")
    for _ in eventually():
        if governed.episodes and all(episode.outcome for episode in governed.episodes):
            break
    assert {episode.outcome for episode in governed.episodes} == {"NOT_NEEDED"}


def test_a_forged_letter_freezes_nothing(governed: Governed) -> None:
    """The account's owner may publish anything; what AWS Budgets says counts."""
    budget = governed.aws.client("budgets").describe_budgets(AccountId=ACCOUNT)["Budgets"][0]["BudgetName"]
    letter = (
        f"AWS Budget Notification {governed.aws.now():%B %d, %Y}\nAWS Account {ACCOUNT}\n\n"
        f"Budget Name: {budget}\nAlert Type: ACTUAL\nACTUAL Amount: $900.00\n"
    )
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAMES.budget_topic}"
    governed.aws.client("sns").publish(TopicArn=topic, Message=letter)
    logs, seen = governed.aws.client("logs"), False
    for _ in eventually():
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{NAMES.function('govern')}")["events"]
        seen = any('"outcome": "WITHIN"' in event["message"] for event in events)
        if seen:
            break
    assert not governed.team.no_starts


def test_a_spent_budget_freezes_runs_and_says_so_once(governed: Governed) -> None:
    budget = governed.aws.client("budgets").describe_budgets(AccountId=ACCOUNT)["Budgets"][0]["BudgetName"]
    told = governed.aws.post("budget", {"budget": budget, "percent": 120})["told"]
    assert f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAMES.budget_topic}" in told
    assert "owner@example.com" in told
    for _ in eventually():
        if governed.team.starts_frozen and governed.mails("retraining is frozen"):
            break
    assert "240.00 of 200.00 USD" in governed.team.starts_frozen
    governed.raise_alarm("drift")
    for _ in eventually():
        outcomes = {episode.source.rpartition("-")[2]: episode.outcome for episode in governed.episodes}
        if outcomes.get("drift"):
            break
    assert outcomes["drift"] == "BLOCKED_FREEZE"
    assert len(governed.mails("retraining is frozen")) == 1


def test_the_month_shows_on_the_dashboard_and_its_alarm_is_raised(governed: Governed) -> None:
    for _ in eventually():
        shown = [governed.metric(name, Environment="gov-dev") for name in ("month_spend_usd", "starts_frozen")]
        if shown == [240, 1] and governed.mails(f'ALARM: "{NAMES.alarm("budget", "spent")}"'):
            break
    body = governed.aws.client("cloudwatch").get_dashboard(DashboardName=NAMES.dashboard)["DashboardBody"]
    assert "month_spend_usd" in body


def test_raising_the_budget_is_an_update_in_place(governed: Governed) -> None:
    before = governed.aws.client("budgets").describe_budgets(AccountId=ACCOUNT)["Budgets"]
    (environment,) = TEAM["environments"]
    raised = {**TEAM, "monthly_budget_usd": 400, "environments": [{**environment, "quotas": QUOTAS[:1]}]}
    governed.deploy(raised)
    after = governed.aws.client("budgets").describe_budgets(AccountId=ACCOUNT)["Budgets"]
    assert [budget["BudgetName"] for budget in after] == [budget["BudgetName"] for budget in before]
    assert float(after[0]["BudgetLimit"]["Amount"]) == 400
    assert governed.team.starts_frozen, "only a person lifts the freeze"
    assert governed.mails("Quotas are no longer asked for")
    (stack,) = governed.aws.client("cloudformation").describe_stacks(StackName=NAMES.stack("operations"))["Stacks"]
    kept = next(o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == "QuotasKept1")
    assert re.match(r"The account keeps [12] that are no longer asked for", kept)  # as many as this worker asked for
