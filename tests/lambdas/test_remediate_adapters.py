"""What remediation reads from AWS and asks of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from core.contracts.environment import RemediateEnvironment
from core.contracts.parameters import TrainingParameters
from core.contracts.policy_parts import part_names, parts
from core.contracts.reports import LATEST
from core.contracts.requests import SwitchWanted
from core.diagnosis import Verdict
from core.remediation.episode import display_name, token
from core.remediation.facts import Evidence, NoEvidence
from core.remediation.notice import Notice
from lambdas.failures import Conflicting, NotThere, QuotaReached, Refused, Unavailable
from lambdas.objects import OBJECT_MAX, Objects
from lambdas.policies import read_policies
from lambdas.queues import Queue
from lambdas.remediate.alarms import CloudWatchAlarms
from lambdas.remediate.findings import S3Findings
from lambdas.remediate.handler import handler
from lambdas.remediate.releases import PromoteQueue
from lambdas.remediate.sagemaker import SageMakerPipelines
from lambdas.topic import SnsTopic
from tests.lambdas.aws import PLENTY, Context, account, make_bucket, make_ledger, make_policy
from tests.lambdas.world import HOME, MODEL, NAMES, POLICY, TEAM, recorded, report

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
PARAMETERS = TrainingParameters("recent", "2026-11-20T10:00:00+00:00", "2026-11-20T12:00:00+00:00", "ab" * 32)


def set_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RemediateEnvironment("demo", "dev", HOME.account, HOME.region, 0).variables().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with account(monkeypatch) as clients:
        yield clients


@pytest.fixture
def findings(clients: Any) -> S3Findings:
    s3 = clients("s3")
    return S3Findings(TEAM, *(Objects(PLENTY, s3, make_bucket(s3, purpose)) for purpose in ("reports", "models")))


def put_report(clients: Any, content: str) -> None:
    bucket = TEAM.bucket("reports", HOME.account, HOME.region)
    clients("s3").put_object(Bucket=bucket, Key=f"{NAMES.report_prefix}{LATEST}", Body=content.encode())


def test_the_newest_report_is_read_and_diagnosed(clients: Any, findings: S3Findings) -> None:
    put_report(clients, report(END, "package").to_json())
    evidence = findings.evidence(POLICY)
    assert isinstance(evidence, Evidence)
    assert (evidence.end, evidence.diagnosis.verdict in Verdict) == (END, True)


def test_without_a_report_there_is_no_evidence(findings: S3Findings) -> None:
    assert findings.evidence(POLICY) == NoEvidence("The monitor has not left a report yet.")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"version": 99}',
        "\x00",
        "x" * (OBJECT_MAX + 1),
        json.dumps({**asdict(report(END, "package")), "end": "yesterday"}),
        json.dumps({**asdict(report(END, "package")), "rows": None}),
        json.dumps({**asdict(report(END, "package")), "surprise": 1}),
        replace(report(END, "package"), endpoint="other-dev-progression").to_json(),
    ],
)
def test_a_report_that_cannot_be_read_proves_nothing(clients: Any, findings: S3Findings, content: str) -> None:
    put_report(clients, content)
    assert isinstance(findings.evidence(POLICY), NoEvidence)


def test_before_the_first_release_nothing_is_in_service(findings: S3Findings) -> None:
    assert findings.release(MODEL) is None


def test_the_teams_models_are_those_of_its_parameters(clients: Any) -> None:
    ssm = clients("ssm")
    make_policy(ssm)
    other = replace(POLICY, model="other").to_json()
    ssm.put_parameter(Name="/homeostat/demo/dev/wrong/policy", Value=other, Type="String")
    ssm.put_parameter(Name="/homeostat/demo/dev2/other/policy", Value=other, Type="String")
    assert read_policies(PLENTY, ssm, TEAM) == {MODEL: POLICY}


def test_more_models_than_one_page_are_all_read(clients: Any) -> None:
    ssm = clients("ssm")
    for number in range(23):
        policy = replace(POLICY, model=f"m{number}")
        name = TEAM.model(policy.model).policy_parameter
        ssm.put_parameter(Name=name, Value=policy.to_json(), Type="String")
    assert len(read_policies(PLENTY, ssm, TEAM)) == 23


def test_a_policy_over_several_parameters_is_one_and_half_of_it_is_none(clients: Any) -> None:
    ssm = clients("ssm")
    thresholds = {f"a_feature_of_a_large_model_{number}": 0.1 for number in range(300)}
    large = replace(POLICY, watch=replace(POLICY.watch, thresholds=thresholds))
    values = parts(large.to_json())
    names = part_names(NAMES.policy_parameter, len(values))
    for name, value in zip(names, values, strict=True):
        ssm.put_parameter(Name=name, Value=value, Type="String")
    assert read_policies(PLENTY, ssm, TEAM) == {MODEL: large}
    other = parts(replace(large, retrain=replace(large.retrain, cooldown_s=1)).to_json())
    ssm.put_parameter(Name=names[0], Value=other[0], Type="String", Overwrite=True)
    with pytest.raises(Unavailable, match="do not belong together"):
        read_policies(PLENTY, ssm, TEAM)


def test_a_message_carries_its_dedup_id(clients: Any) -> None:
    sns, sqs = clients("sns"), clients("sqs")
    topic = sns.create_topic(Name=TEAM.topic)["TopicArn"]
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    SnsTopic(PLENTY, sns, topic).publish(Notice("[demo] subject", "text", {"dedup": "abc-STARTED"}))
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    envelope = json.loads(message["Body"])
    assert (envelope["Subject"], envelope["Message"]) == ("[demo] subject", "text")
    assert envelope["MessageAttributes"]["dedup"]["Value"] == "abc-STARTED"


def test_standing_alarms_are_those_of_the_team(clients: Any) -> None:
    cloudwatch = clients("cloudwatch")
    for name in (NAMES.alarm("quality"), "demo-dev2-progression-quality", NAMES.alarm("drift")):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Homeostat",
            MetricName="quality_drop",
            Statistic="Maximum",
            Period=3600,
            EvaluationPeriods=2,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
    for name in (NAMES.alarm("quality"), "demo-dev2-progression-quality"):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="Threshold Crossed")
    (alarm,) = CloudWatchAlarms(PLENTY, cloudwatch, TEAM).standing()
    assert (alarm.name, alarm.reason, alarm.since.tzinfo) == (NAMES.alarm("quality"), "Threshold Crossed", UTC)


def sagemaker() -> tuple[Any, Stubber]:
    client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return client, Stubber(client)


def test_a_start_carries_token_name_and_parameters() -> None:
    client, stub = sagemaker()
    arn = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p/execution/abcdefghijkl"
    expected = {
        "PipelineName": NAMES.pipeline,
        "ClientRequestToken": token("ab" * 32),
        "PipelineExecutionDisplayName": display_name("ab" * 32),
        "PipelineParameters": PARAMETERS.request(),
    }
    stub.add_response("start_pipeline_execution", {"PipelineExecutionArn": arn}, expected)
    with stub:
        pipelines = SageMakerPipelines(PLENTY, client)
        assert pipelines.start(NAMES.pipeline, token("ab" * 32), display_name("ab" * 32), PARAMETERS) == arn


@pytest.mark.parametrize(
    ("code", "kind"),
    [("ConflictException", Conflicting), ("ResourceLimitExceeded", QuotaReached), ("ResourceNotFound", NotThere)],
)
def test_the_errors_of_a_start_are_told_apart(code: str, kind: type[Exception]) -> None:
    client, stub = sagemaker()
    stub.add_client_error("start_pipeline_execution", code, "message", 400)
    with stub, pytest.raises(kind):
        SageMakerPipelines(PLENTY, client).start(NAMES.pipeline, "t" * 64, "name", PARAMETERS)


def test_executions_are_listed_page_by_page_up_to_a_limit() -> None:
    client, stub = sagemaker()
    arn = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p/execution/abcdefghijk{}"
    for page in range(3):
        summary = {"PipelineExecutionArn": arn.format(page), "PipelineExecutionStatus": "Succeeded"}
        stub.add_response(
            "list_pipeline_executions", {"PipelineExecutionSummaries": [summary], "NextToken": f"page{page}"}
        )
    with stub:
        listed = SageMakerPipelines(PLENTY, client).executions(NAMES.pipeline)
    assert [execution.name for execution in listed] == ["", "", ""]


def test_the_handler_answers_a_recorded_batch(clients: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything but the pipeline is there: the alarm is too old for the clock of today, so it is quarantined."""
    make_ledger(clients("dynamodb"))
    make_policy(clients("ssm"))
    set_environment(monkeypatch)
    old = recorded("queue_batch")
    body = json.loads(old["Records"][0]["body"])
    body["detail"]["state"]["timestamp"] = "2020-01-01T00:00:00.000+0000"
    old["Records"][0]["body"] = json.dumps(body)
    assert handler(old, Context()) == {"batchItemFailures": []}
    items = clients("dynamodb").scan(TableName=TEAM.ledger)["Items"]
    assert [item["row"]["S"].partition("#")[0] for item in items] == ["rejected"]


def test_a_handler_without_time_leaves_the_message_to_the_next_delivery(
    clients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch)
    with pytest.raises(Unavailable, match="s are left"):
        handler(recorded("queue_batch"), Context(remaining_ms=2_000))


def test_an_alarm_tells_when_it_was_made_or_changed(clients: Any) -> None:
    cloudwatch = clients("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=NAMES.alarm("quality"),
        MetricName="quality_drop",
        Namespace="Homeostat",
        Period=3600,
        EvaluationPeriods=2,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Statistic="Maximum",
    )
    alarms = CloudWatchAlarms(PLENTY, cloudwatch, TEAM)
    made = alarms.made(NAMES.alarm("quality"))
    assert made is not None
    assert abs((datetime.now(UTC) - made).total_seconds()) < 60
    assert alarms.made(NAMES.alarm("drift")) is None
    cloudwatch.set_alarm_state(AlarmName=NAMES.alarm("quality"), StateValue="ALARM", StateReason="a test says so")
    (standing,) = alarms.standing()
    assert standing.made == made


def test_promote_is_told_in_words_that_it_reads(clients: Any) -> None:
    url = clients("sqs").create_queue(QueueName=TEAM.queue("promote"))["QueueUrl"]
    PromoteQueue(Queue(PLENTY, clients("sqs"), TEAM.queue("promote")), TEAM).switch(MODEL)
    (message,) = clients("sqs").receive_message(QueueUrl=url)["Messages"]
    assert SwitchWanted.parse(json.loads(message["Body"])) == SwitchWanted(NAMES.endpoint)


def test_a_queue_that_is_not_there_is_an_answer(clients: Any) -> None:
    with pytest.raises(Refused):
        PromoteQueue(Queue(PLENTY, clients("sqs"), TEAM.queue("promote")), TEAM).switch(MODEL)
