"""Alarms that warn, deployed from their own construct beside the alarms proper: the team hears before remediation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from core.config.load import load_teams
from core.contracts import alarms
from core.contracts.alarms import warning
from core.contracts.metrics import DRIFT
from core.names import TeamNames
from infra.model_alarms import ModelAlarms
from infra.part import Part
from infra.template_stack import TemplateStack
from infra.tenant import Tenant
from infra.warning_alarms import WarningAlarms
from local.start import EmbeddedAws, eventually
from tests.local.managed_stack import synthesized
from tests.local.watched import ACCOUNT

pytestmark = pytest.mark.slow
NEAR = TeamNames("near", "dev")
CHURN = NEAR.model("churn")
REGION = "us-east-1"
TEAM = """
team: near
owners: [owner@example.com]
environments: [{name: dev, region: us-east-1}]
models:
  - name: churn
    label: left
    features: {age: numeric}
    monitoring: {warn_at: 0.8}
"""
PROPER, WARNS = CHURN.alarm(alarms.DRIFT), CHURN.alarm(warning(alarms.DRIFT))
OFTEN_S = 300
"""So many seconds a state may take to come on a slow machine."""


@pytest.fixture
def deployed(aws: EmbeddedAws, tmp_path: Path) -> Iterator[None]:
    (tmp_path / "near.yaml").write_text(TEAM)
    (team,) = load_teams(tmp_path)
    (model,) = team.models
    assert model.monitoring.warn_at is not None
    tenant = Tenant(team, team.environments[0], ACCOUNT)
    app = cdk.App(outdir=str(tmp_path / "out"))
    name = NEAR.stack("operations")
    stack = TemplateStack(app, "operations", name=name, env=cdk.Environment(account=ACCOUNT, region=REGION))
    Part(stack, "Team", tenant).add("Topic", "AWS::SNS::Topic", {"TopicName": NEAR.topic})
    ModelAlarms(stack, "Alarms", tenant, model=model)
    WarningAlarms(stack, "Warnings", tenant, model=model, warn_at=model.monitoring.warn_at)
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=synthesized(app, stack))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    yield
    cloudformation.delete_stack(StackName=name)


def states(aws: EmbeddedAws) -> Mapping[str, str]:
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[PROPER, WARNS])["MetricAlarms"]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}


def become(aws: EmbeddedAws, drift: float, proper: str, warns: str) -> None:
    """Wait until the alarms have these states, while windows are told of with this drift, again and again."""
    dimensions = {"Endpoint": CHURN.endpoint, "MonitoringSchedule": CHURN.monitor}
    for _ in eventually(OFTEN_S, pause=0.2):
        datum = DRIFT.datum(drift, aws.now(), {name: dimensions[name] for name in DRIFT.dimensions})
        aws.client("cloudwatch").put_metric_data(Namespace=DRIFT.namespace, MetricData=[datum])
        if states(aws) == {PROPER: proper, WARNS: warns}:
            return


def heard(aws: EmbeddedAws, url: str) -> list[dict[str, Any]]:
    """What the topic has sent since, as CloudWatch's notices."""
    messages = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
    return [json.loads(json.loads(message["Body"])["Message"]) for message in messages]


@pytest.mark.usefixtures("deployed")
def test_the_team_hears_of_what_is_near_and_remediation_of_the_limit_alone(
    aws: EmbeddedAws, queue: Callable[[], tuple[str, str]]
) -> None:
    url, arn = queue()
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{NEAR.topic}"
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]}
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    become(aws, 0.5, proper="OK", warns="OK")
    assert heard(aws, url) == []
    become(aws, 0.85, proper="OK", warns="ALARM")
    for _ in eventually(OFTEN_S, pause=0.2):
        if told := heard(aws, url):
            break
    assert [(one["AlarmName"], one["NewStateValue"]) for one in told] == [(WARNS, "ALARM")]
    become(aws, 1.0, proper="ALARM", warns="ALARM")
    become(aws, 0.5, proper="OK", warns="OK")
    assert PROPER not in {one["AlarmName"] for one in heard(aws, url)}
