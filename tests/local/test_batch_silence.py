"""The alarms on batches that do not come about, deployed from their own construct: one on silence, which goes by what
is told of each due time, and one on what a sweep finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from core.config.load import load_teams
from core.contracts import batch_metrics
from core.contracts.alarms import BATCH_FAILURES, SILENCE, of_batch
from core.contracts.batch import BatchDue
from core.contracts.batch_metrics import datum_of_batch
from core.contracts.environment import BatchEnvironment
from core.contracts.events import SweepDue
from core.contracts.metrics import ROWS
from core.names import TeamNames
from infra.batch_alarms import BatchAlarms
from infra.part import Part
from infra.template_stack import TemplateStack
from infra.tenant import Tenant
from lambdas import calls
from lambdas.batch.handler import connect
from lambdas.batch.hear import hear
from lambdas.calls import Calls
from local.start import EmbeddedAws, eventually
from tests.local.managed_stack import synthesized
from tests.local.test_batch_scoring import make_ledger
from tests.local.watched import ACCOUNT

pytestmark = pytest.mark.slow
QUIET = TeamNames("quiet", "dev")
CHURN = QUIET.model("churn")
ALARM = CHURN.alarm(of_batch(SILENCE))
FAILURES = CHURN.alarm(BATCH_FAILURES)
REGION = "us-east-1"
TEAM = """
team: quiet
owners: [owner@example.com]
environments: [{name: dev, region: us-east-1}]
models:
  - name: churn
    label: left
    features: {age: numeric}
    batch: {every_hours: 1, max_runtime_minutes: 60}
"""
OFTEN_S = 300
"""So many seconds a state may take to come on a slow machine; three hours of the embedded AWS last 15."""


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    folder = tmp_path_factory.mktemp("teams")
    (folder / "quiet.yaml").write_text(TEAM)
    (team,) = load_teams(folder)
    return Tenant(team, team.environments[0], ACCOUNT)


@pytest.fixture
def deployed(aws: EmbeddedAws, tenant: Tenant, tmp_path: Path) -> Iterator[None]:
    """The alarms on the model's batches, and nothing that scores any."""
    app = cdk.App(outdir=str(tmp_path))
    name = QUIET.stack("operations")
    stack = TemplateStack(app, "operations", name=name, env=cdk.Environment(account=ACCOUNT, region=REGION))
    Part(stack, "Always", tenant).add("Topic", "AWS::SNS::Topic", {})
    BatchAlarms(stack, "Alarms", tenant, model=tenant.team.models[0])
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=synthesized(app, stack))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    yield
    cloudformation.delete_stack(StackName=name)


@pytest.fixture
def heard(aws: EmbeddedAws, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], str]]:
    """Have `lambdas/batch` hear something; nothing was released."""
    for variable, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(variable, value)
    calls.client.cache_clear()
    policy = tenant.team.models[0].policy(CHURN, run_cost_usd=1).to_json()
    aws.client("ssm").put_parameter(Name=CHURN.policy_parameter, Value=policy, Type="String", Overwrite=True)
    aws.client("s3").create_bucket(Bucket=QUIET.bucket("models", ACCOUNT, REGION))
    make_ledger(aws, QUIET.ledger)
    rest = dict.fromkeys(
        ("cost_center", "monitor_role_arn", "image_uri", "subnet_ids", "security_group_ids", "key_arn"), "x"
    )
    environment = BatchEnvironment(team="quiet", environment="dev", account=ACCOUNT, region=REGION, **rest)

    yield lambda body: str(hear(json.dumps(body), connect(environment, Calls(lambda: 60_000))))
    aws.client("dynamodb").delete_table(TableName=QUIET.ledger)


@pytest.fixture
def scheduled(aws: EmbeddedAws) -> Iterator[None]:
    """Batches are asked for, and nobody listens."""
    queue = aws.client("sqs").create_queue(QueueName="deaf")["QueueUrl"]
    scheduler, role = aws.client("scheduler"), f"arn:aws:iam::{ACCOUNT}:role/any"
    scheduler.create_schedule(
        Name=CHURN.batch,
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:deaf", "RoleArn": role, "Input": "{}"},
    )
    yield
    scheduler.delete_schedule(Name=CHURN.batch)
    aws.client("sqs").delete_queue(QueueUrl=queue)


def now(aws: EmbeddedAws) -> datetime:
    """The simulated time, as the ledger's answers tell it."""
    answer = aws.client("dynamodb").list_tables()
    text = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)


def due(aws: EmbeddedAws) -> dict[str, Any]:
    """A batch is due now."""
    return BatchDue.body(CHURN.endpoint, now(aws).isoformat())


def watched(aws: EmbeddedAws, schedule: str = CHURN.batch) -> None:
    """What the monitor says of a batch that was due now."""
    named = {"Endpoint": "any", "MonitoringSchedule": "any"}
    space, datum = datum_of_batch(ROWS.namespace, ROWS.datum(300, now(aws), named), schedule, now(aws))
    aws.client("cloudwatch").put_metric_data(Namespace=space, MetricData=[datum])


def becomes(aws: EmbeddedAws, state: str, meanwhile: Callable[[], object] = lambda: None, alarm: str = ALARM) -> None:
    """Wait until an alarm is in a state; what is done meanwhile is done again and again."""
    for _ in eventually(OFTEN_S, pause=0.2):
        meanwhile()
        (found,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        if found["StateValue"] == state:
            return


@pytest.mark.usefixtures("deployed")
def test_it_is_raised_while_no_batch_is_watched_and_over_when_one_is(
    aws: EmbeddedAws, heard: Callable[[Any], str]
) -> None:
    becomes(aws, "ALARM")  # from the first: nothing was ever told
    becomes(aws, "OK", meanwhile=lambda: watched(aws))
    becomes(aws, "ALARM", meanwhile=lambda: watched(aws, schedule="quiet-dev-other-batch"))
    said = []
    becomes(aws, "OK", meanwhile=lambda: said.append(heard(due(aws))))  # nothing was to be scored: no silence either
    assert set(said) == {"IDLE: nothing is in service yet"}


@pytest.mark.usefixtures("deployed", "scheduled")
def test_a_batch_that_did_not_come_about_is_told_by_a_sweep_once(aws: EmbeddedAws, heard: Callable[[Any], str]) -> None:
    """Those that are due from the hour after the one that was watched; a job and its monitor may take two hours."""
    assert heard(SweepDue.body()) == "SWEPT"
    assert failures(aws) == 0, "none is known after which one could be missing"
    began = now(aws).replace(second=0)  # signs are told by the minute
    watched(aws)
    becomes(aws, "ALARM", meanwhile=lambda: heard(SweepDue.body()), alarm=FAILURES)
    for _ in range(3):
        heard(SweepDue.body())
    assert 1 <= failures(aws) <= (now(aws) - began) // timedelta(hours=1) - 2


def failures(aws: EmbeddedAws) -> float:
    """Batches of the last days of which people were told."""
    metric = batch_metrics.BATCH_FAILURES
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[{"Name": name, "Value": CHURN.batch} for name in metric.dimensions],
        StartTime=now(aws) - timedelta(days=10),
        EndTime=now(aws) + timedelta(hours=1),
        Period=3600,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))
