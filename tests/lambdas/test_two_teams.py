"""Two teams in one account: whatever reaches a team's functions, they name nothing to AWS but the team's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from core.contracts.environment import PromoteEnvironment, RemediateEnvironment, SettleEnvironment
from core.contracts.events import SweepDue
from core.contracts.ledger import PARTITION_KEY, SORT_KEY
from core.contracts.release import Release
from core.contracts.reports import LATEST
from core.contracts.requests import RetrainingAsked, RetrainingDue, SwitchWanted
from core.names import TeamNames
from core.remediation.items import to_item
from core.remediation.parts import Deployment, Run
from core.remediation.promotion import release_name
from core.remediation.rows import EpisodeRow, ModelRow, Row
from lambdas.promote.handler import handler as promote
from lambdas.remediate.handler import handler as remediate
from lambdas.settle.handler import handler as settle
from tests.lambdas.aws import Context, account
from tests.lambdas.world import BETTER, HOME, MODEL, POLICY, recorded, report

OURS, THEIRS = TeamNames("demo", "dev"), TeamNames("rival", "dev")
ARN = re.compile(r"arn:aws:([a-z0-9-]+):([a-z0-9-]*):([0-9]*):([^\s\"']+)")
OWN = "demo-dev"
OURS_ALONE = re.compile(
    rf"{HOME.account} ((role|model-package|pipeline|training-job|key)/)?({OWN}-|pipelines-abc-|1234abcd)"
)
"""Of an ARN: the account, and a name of the team's; jobs of pipelines and keys are named by SageMaker and KMS."""
HANDLERS = {"remediate": remediate, "promote": promote, "settle": settle}
HINTS = {"package_approved": "promote", "pipeline_changed": "settle", "endpoint_changed": "settle"}
PLAIN_NAMES = ("TableName", "QueueName", "Bucket", "PipelineName", "EndpointName", "EndpointConfigName", "ModelName")


@dataclass
class Asked:
    """Every request to AWS with its parameters; SageMaker and autoscaling answer from a few fixed sentences."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append(
            (f"{model.service_model.service_name}:{model.name}", json.loads(json.dumps(params, default=str)))
        )

    def answer(self, model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        found = dict(ANSWERS.get(model.name, {}))
        return AWSResponse("", 200, {}, None), {**found, "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}}}


PACKAGE = f"arn:aws:sagemaker:{HOME.region}:{HOME.account}:model-package/{OURS.model(MODEL).package_group}"
RUN = f"arn:aws:sagemaker:{HOME.region}:{HOME.account}:pipeline/{OURS.model(MODEL).pipeline}/execution/abc"
JOB = f"arn:aws:sagemaker:{HOME.region}:{HOME.account}:training-job/pipelines-abc-Train-1"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ANSWERS: dict[str, dict[str, Any]] = {
    "ListPipelineExecutions": {"PipelineExecutionSummaries": []},
    "StartPipelineExecution": {"PipelineExecutionArn": RUN},
    "DescribePipelineExecution": {"PipelineExecutionStatus": "Failed", "PipelineExecutionArn": RUN},
    "ListPipelineExecutionSteps": {
        "PipelineExecutionSteps": [{"StepName": "Train", "Metadata": {"TrainingJob": {"Arn": JOB}}}]
    },
    "DescribeTrainingJob": {"ResourceConfig": {"InstanceType": "ml.m5.large"}, "BillableTimeInSeconds": 60},
    "ListModelPackages": {"ModelPackageSummaryList": [{"ModelPackageArn": f"{PACKAGE}/3"}]},
    "DescribeModelPackage": {
        "ModelPackageArn": f"{PACKAGE}/3",
        "ModelPackageGroupName": OURS.model(MODEL).package_group,
        "ModelPackageVersion": 3,
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Approved",
        "InferenceSpecification": {"Containers": [{"ModelDataUrl": "s3://m/model.tar.gz"}]},
        "ModelMetrics": {
            "ModelQuality": {
                "Statistics": {"S3Uri": f"s3://{OURS.bucket('models', HOME.account, HOME.region)}/evaluation.json"}
            }
        },
    },
    "DescribeEndpoint": {
        "EndpointStatus": "InService",
        "EndpointConfigName": release_name(OURS.model(MODEL), 2),
        "LastModifiedTime": AT,
        "ProductionVariants": [],
    },
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """An account with the tables, buckets, parameters, topics and queues of both teams."""
    noted = Asked()
    with account(monkeypatch) as clients:
        for team in (OURS, THEIRS):
            furnish(clients, team)
        boto3.setup_default_session(region_name=HOME.region)
        events = boto3.DEFAULT_SESSION.events  # type: ignore[attr-defined]
        events.register("provide-client-params", noted.note)
        for service in ("sagemaker", "application-auto-scaling"):
            events.register(f"before-call.{service}", noted.answer)
        variables = {
            **RemediateEnvironment("demo", "dev", HOME.account, HOME.region, 1).variables(),
            **SettleEnvironment("demo", "dev", HOME.account, HOME.region, 0).variables(),
            **PromoteEnvironment(
                "demo", "dev", HOME.account, HOME.region, "none", own_role("serving"), "subnet-1", "sg-1", KEY
            ).variables(),
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield noted
    boto3.DEFAULT_SESSION = None


KEY = f"arn:aws:kms:{HOME.region}:{HOME.account}:key/1234abcd"


def own_role(kind: str) -> str:
    return f"arn:aws:iam::{HOME.account}:role/{OURS.role(kind)}"


def furnish(clients: Any, team: TeamNames) -> None:
    names, keys = team.model(MODEL), ((PARTITION_KEY, "HASH"), (SORT_KEY, "RANGE"))
    clients("dynamodb").create_table(
        TableName=team.ledger,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    s3, now = clients("s3"), datetime.now(UTC).replace(microsecond=0)
    buckets = {purpose: team.bucket(purpose, HOME.account, HOME.region) for purpose in ("reports", "models")}
    for bucket in buckets.values():
        s3.create_bucket(Bucket=bucket)
    package = f"arn:aws:sagemaker:{HOME.region}:{HOME.account}:model-package/{names.package_group}/2"
    released = (now - timedelta(days=3)).isoformat()
    release = Release(names.endpoint, "config", package, "m", "b/", "e", released)
    s3.put_object(Bucket=buckets["models"], Key=names.release_key, Body=release.to_json().encode())
    s3.put_object(Bucket=buckets["models"], Key="evaluation.json", Body=BETTER.to_json().encode())
    newest = report(now, package).to_json().replace("demo-dev", team.prefix)
    s3.put_object(Bucket=buckets["reports"], Key=f"{names.report_prefix}{LATEST}", Body=newest.encode())
    clients("ssm").put_parameter(Name=names.policy_parameter, Value=POLICY.to_json(), Type="String")
    clients("sns").create_topic(Name=team.topic)
    for handler in HANDLERS:
        clients("sqs").create_queue(QueueName=team.queue(handler))


def events(team: TeamNames) -> Iterator[tuple[str, dict[str, Any]]]:
    """Handler and message, for everything that can reach the functions about a team's model."""
    names, now = team.model(MODEL), datetime.now(UTC)
    for kind in ("quality", "drift", "data", "silence"):
        alarm = recorded("alarm_raised")
        alarm["resources"] = [f"arn:aws:cloudwatch:{HOME.region}:{HOME.account}:alarm:{names.alarm(kind)}"]
        alarm["detail"]["alarmName"] = names.alarm(kind)
        alarm["detail"]["state"]["timestamp"] = f"{now:%Y-%m-%dT%H:%M:%S}.000+0000"
        yield "remediate", alarm
    yield "remediate", RetrainingDue.body(names.endpoint, now.isoformat())
    asked = RetrainingAsked(
        endpoint=names.endpoint, id=f"{team.prefix}-1", at=now, by=team.prefix, why="x", train_on="all", recent_days=7
    )
    yield "remediate", asked.body()
    for name, handler in HINTS.items():
        yield handler, json.loads(json.dumps(recorded(name)).replace("demo-dev", team.prefix))
    yield "promote", SwitchWanted(names.endpoint).body()


def tell(handler: str, event: dict[str, Any]) -> dict[str, Any]:
    batch = {"Records": [{"messageId": "1", "body": json.dumps(event)}]}
    return HANDLERS[handler](batch, Context())


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def named_elsewhere(call: str, params: dict[str, Any]) -> Iterator[str]:
    """What a call acts on that is not the team's. What was said in an event may stand in a row or a message."""
    acted_on = {key: value for key, value in params.items() if key not in ("TransactItems", "Message", "MessageBody")}
    for number, item in enumerate(params.get("TransactItems", ())):
        acted_on |= {f"{number} {kind}": part["TableName"] for kind, part in item.items()}
    names = [str(params[name]) for name in PLAIN_NAMES if name in params]
    yield from (f"{call} {name}" for name in names if not name.startswith(OWN))
    for text in texts(acted_on):
        found = [f"{owner or HOME.account} {resource}" for _, _, owner, resource in ARN.findall(text)]
        yield from (f"{call} {each}" for each in found if not OURS_ALONE.match(each))
        if THEIRS.prefix in text:
            yield f"{call} {text}"


def write(*rows: Row) -> None:
    for row in rows:
        boto3.client("dynamodb").put_item(TableName=OURS.ledger, Item=to_item(row))


@pytest.mark.parametrize("order", [(OURS, THEIRS), (THEIRS, OURS)])
def test_every_call_names_the_team_s_own_things_and_nobody_else_s(
    asked: Asked, order: tuple[TeamNames, TeamNames]
) -> None:
    for handler, event in (event for team in order for event in events(team)):
        tell(handler, event)
    for handler in HANDLERS:
        tell(handler, SweepDue.body())
    # A run and a deployment that have ended, to be settled.
    episode = EpisodeRow(id="ab" * 32, model=MODEL, source="x", raised_at=AT, reason="x", revision=1)
    run = Run(episode=episode.id, execution_arn=RUN, at=AT, month="2026-11", cents=150)
    deployed = Deployment(
        episode=episode.id, package_arn=f"{PACKAGE}/2", version=2, before="earlier", at=AT, requested=True
    )
    write(ModelRow(model=MODEL, run=run, deployment=deployed, in_service=1, revision=1), episode)
    tell("settle", SweepDue.body())
    foreign = [each for call, params in asked.calls for each in named_elsewhere(call, params)]
    assert foreign == []
    used = {call.partition(":")[2] for call, _ in asked.calls}
    reached = {"StartPipelineExecution", "UpdateEndpoint", "CreateModel", "PutObject", "Publish", "DescribeTrainingJob"}
    assert reached <= used, "the test has not reached what it is about"


def test_what_is_about_another_team_s_model_is_refused_and_does_nothing(asked: Asked) -> None:
    """Messages that name a model carry no team: they are of whoever may write into the queue."""
    for handler, event in events(THEIRS):
        before = len(asked.calls)
        assert tell(handler, event) == {"batchItemFailures": []}
        services = {call.partition(":")[0] for call, _ in asked.calls[before:]}
        assert services <= {"ssm", "dynamodb"}, services
    rows = boto3.client("dynamodb").scan(TableName=OURS.ledger)["Items"]
    assert {row[SORT_KEY]["S"].partition("#")[0] for row in rows} == {"rejected"}
    assert boto3.client("dynamodb").scan(TableName=THEIRS.ledger)["Items"] == []
