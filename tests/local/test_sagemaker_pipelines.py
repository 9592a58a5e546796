"""Executions of pipelines on the embedded AWS, with programs of a few lines in the steps."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow
from tests.local.images import Images
from tests.local.pipelines import (
    COPY,
    FAIL,
    TRAIN,
    WAIT,
    Pipeline,
    processing,
    register,
    training,
    verdict,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def images(aws: EmbeddedAws) -> Images:
    return Images(aws.home).add(pipeline_copy=COPY, pipeline_train=TRAIN, pipeline_wait=WAIT, pipeline_fail=FAIL)


@pytest.fixture
def bucket(aws: EmbeddedAws, unique: Callable[[str], str]) -> str:
    name = unique("pipelines")
    aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def jobs(role: Callable[..., str]) -> str:
    return role("sagemaker", allow("s3:*", "logs:*", "cloudwatch:*"))


@pytest.fixture
def owner(role: Callable[..., str]) -> str:
    return role("sagemaker", allow("s3:*", "sagemaker:*", "lambda:*", "iam:PassRole"))


@pytest.fixture
def whole(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, owner: str, unique: Callable[[str], str]
) -> Pipeline:
    """Prepare, train, gate, then register or fail: the shape of the platform's own pipeline."""
    sagemaker, name = aws.client("sagemaker"), unique("whole")
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    refuse = {
        "Name": "Refuse",
        "Type": "Fail",
        "Arguments": {"ErrorMessage": {"Std:Join": {"On": " ", "Values": ["verdict", verdict("Gate")]}}},
    }
    condition = {
        "Conditions": [
            {"Type": "Equals", "LeftValue": verdict("Gate"), "RightValue": "BETTER"},
            {"Type": "GreaterThanOrEqualTo", "LeftValue": verdict("Gate", "metrics[0].auc"), "RightValue": 0.9},
        ],
        "IfSteps": [register(name, "Train")],
        "ElseSteps": [refuse],
    }
    return Pipeline(
        sagemaker,
        name,
        owner,
        processing("Prepare", jobs, bucket),
        training("Train", jobs, bucket, "Prepare"),
        processing("Gate", jobs, bucket, DependsOn=["Train"]),
        {"Name": "IsBetter", "Type": "Condition", "Arguments": condition},
    )


def test_a_pipeline_prepares_trains_judges_and_registers(aws: EmbeddedAws, whole: Pipeline) -> None:
    execution = whole.start(PipelineExecutionDisplayName="by-hand")
    found = whole.finished(execution)
    steps = whole.steps(execution)

    assert found["PipelineExecutionStatus"] == "Succeeded", steps
    assert found["PipelineExecutionDisplayName"] == "by-hand"
    assert list(steps) == ["Prepare", "Train", "Gate", "IsBetter", "Register"]
    assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"}
    assert steps["IsBetter"]["Metadata"]["Condition"]["Outcome"] == "true"
    job = steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rsplit("/", 1)[-1]
    trained = whole.sagemaker.describe_training_job(TrainingJobName=job)
    package = whole.sagemaker.describe_model_package(
        ModelPackageName=steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    )
    [container] = package["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == trained["ModelArtifacts"]["S3ModelArtifacts"]
    assert package["CustomerMetadataProperties"] == {"execution": execution}
    assert package["ModelApprovalStatus"] == "Approved"


def test_a_refused_model_fails_the_execution_with_the_reason_in_the_step(whole: Pipeline) -> None:
    execution = whole.start(PipelineParameters=[{"Name": "Verdict", "Value": "WORSE"}])
    found, steps = whole.finished(execution), whole.steps(execution)
    assert found["PipelineExecutionStatus"] == "Failed"
    assert found["FailureReason"] == "Step failure: One or multiple steps failed."
    assert steps["Refuse"]["FailureReason"] == "verdict WORSE"
    assert steps["Refuse"]["Metadata"]["Fail"]["ErrorMessage"] == "verdict WORSE"
    assert "Register" not in steps


def test_little_time_passes_between_the_processes_of_the_steps(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, owner: str, unique: Callable[[str], str]
) -> None:
    chain = [
        processing(f"Step{number}", jobs, bucket, **({"DependsOn": [f"Step{number - 1}"]} if number else {}))
        for number in range(4)
    ]
    pipeline = Pipeline(aws.client("sagemaker"), unique("chain"), owner, *chain)
    pipeline.finished(pipeline.start())
    took = shortest(lambda: pipeline.finished(pipeline.start()))
    process = shortest(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    assert took < 1.5 + 40 * process, f"{took:.2f} s for four tiny steps, where a process alone takes {process:.2f} s"
    print(f"four steps: {took:.2f} s")


def shortest(work: Callable[[], object]) -> float:
    """Seconds that it takes when the machine has the least else to do."""
    took = []
    for _ in range(4):
        begun = time.monotonic()
        work()
        took.append(time.monotonic() - begun)
    return min(took)


def test_a_failed_step_stops_what_depends_on_it(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, owner: str, unique: Callable[[str], str]
) -> None:
    pipeline = Pipeline(
        aws.client("sagemaker"),
        unique("fails"),
        owner,
        processing("Bad", jobs, bucket, "pipeline-fail"),
        processing("After", jobs, bucket, DependsOn=["Bad"]),
    )
    execution = pipeline.start()
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Failed"
    steps = pipeline.steps(execution)
    assert list(steps) == ["Bad"]
    assert steps["Bad"]["FailureReason"].startswith("ClientError: AlgorithmError:")


def test_a_job_that_takes_too_long_fails_its_step(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, owner: str, unique: Callable[[str], str]
) -> None:
    step = processing("Slow", jobs, bucket, "pipeline-wait")
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    pipeline = Pipeline(aws.client("sagemaker"), unique("slow"), owner, step)
    execution = pipeline.start()
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Failed"
    assert "The job was stopped" in pipeline.steps(execution)["Slow"]["FailureReason"]


def test_what_the_pipelines_role_may_not_do_fails_the_step(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, role: Callable[..., str], unique: Callable[[str], str]
) -> None:
    weak = role("sagemaker", allow("sagemaker:*"))
    pipeline = Pipeline(aws.client("sagemaker"), unique("weak"), weak, processing("Only", jobs, bucket))
    execution = pipeline.start()
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Failed"
    reason = pipeline.steps(execution)["Only"]["FailureReason"]
    assert "Failed to invoke sagemaker:CreateProcessingJob" in reason
    assert "iam:PassRole" in reason


def test_a_job_limit_is_waited_for_as_the_retry_policy_says(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, owner: str, unique: Callable[[str], str]
) -> None:
    retry = {"ExceptionType": ["SageMaker.RESOURCE_LIMIT"], "IntervalSeconds": 60, "BackoffRate": 1.0, "MaxAttempts": 9}
    step = processing("Patient", jobs, bucket, RetryPolicies=[retry])
    step["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceType"] = "ml.m5.24xlarge"
    pipeline = Pipeline(aws.client("sagemaker"), unique("patient"), owner, step)
    aws.post("sagemaker/limit", {"instance_type": "ml.m5.24xlarge", "count": 0})
    execution = pipeline.start()
    for _ in eventually():
        if pipeline.steps(execution).get("Patient", {}).get("AttemptCount", 0) > 1:
            break
    aws.post("sagemaker/limit", {"instance_type": "ml.m5.24xlarge", "count": 1})
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Succeeded"


@pytest.mark.parametrize(
    ("reason", "exception"),
    [
        ("InternalServerError: We encountered an internal error. Please try again.", "SageMaker.JOB_INTERNAL_ERROR"),
        ("CapacityError: Unable to provision requested ML compute capacity.", "SageMaker.CAPACITY_ERROR"),
    ],
)
def test_a_job_that_fails_for_no_fault_of_its_own_is_tried_again(
    aws: EmbeddedAws,
    images: Images,
    bucket: str,
    jobs: str,
    owner: str,
    unique: Callable[[str], str],
    reason: str,
    exception: str,
) -> None:
    retry = {"ExceptionType": [exception], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 1}
    pipeline = Pipeline(
        aws.client("sagemaker"), unique("again"), owner, processing("Again", jobs, bucket, RetryPolicies=[retry])
    )
    aws.post("sagemaker/fail", {"kind": "ProcessingJob", "phase": "create", "reason": reason})
    execution = pipeline.start()
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Succeeded"
    assert pipeline.steps(execution)["Again"]["AttemptCount"] == 2


@pytest.mark.parametrize("trouble", ["throttle", "lose-reply"])
def test_throttles_and_lost_replies_neither_fail_nor_double_a_step(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, owner: str, unique: Callable[[str], str], trouble: str
) -> None:
    pipeline = Pipeline(aws.client("sagemaker"), unique(trouble), owner, processing("Once", jobs, bucket))
    aws.post(f"sagemaker/{trouble}", {"operation": "CreateProcessingJob", "times": 1})
    execution = pipeline.start()
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Succeeded"
    made = pipeline.sagemaker.list_processing_jobs(NameContains=execution.rsplit("/", 1)[-1])
    assert len(made["ProcessingJobSummaries"]) == 1


def test_a_stopped_execution_stops_its_jobs_and_can_be_retried(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, owner: str, unique: Callable[[str], str]
) -> None:
    sagemaker = aws.client("sagemaker")
    pipeline = Pipeline(
        sagemaker,
        unique("stop"),
        owner,
        processing("Quick", jobs, bucket),
        processing("Slow", jobs, bucket, "pipeline-wait", DependsOn=["Quick"]),
    )
    execution = pipeline.start()
    for _ in eventually():
        if "ProcessingJob" in pipeline.steps(execution).get("Slow", {}).get("Metadata", {}):
            break
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=execution)
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Stopped"
    steps = pipeline.steps(execution)
    assert {name: step["StepStatus"] for name, step in steps.items()} == {"Quick": "Succeeded", "Slow": "Stopped"}
    job = steps["Slow"]["Metadata"]["ProcessingJob"]["Arn"].rsplit("/", 1)[-1]
    assert sagemaker.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"] == "Stopped"

    images.add(pipeline_wait=COPY)
    try:
        sagemaker.retry_pipeline_execution(PipelineExecutionArn=execution)
        assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Succeeded"
    finally:
        images.add(pipeline_wait=WAIT)
    assert pipeline.steps(execution)["Quick"]["StartTime"] == steps["Quick"]["StartTime"]


def test_a_cached_step_takes_over_what_it_did_before(
    aws: EmbeddedAws, images: Images, bucket: str, jobs: str, owner: str, unique: Callable[[str], str]
) -> None:
    step = processing("Cached", jobs, bucket, CacheConfig={"Enabled": True, "ExpireAfter": "P1D"})
    step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] = f"s3://{bucket}/cached"
    pipeline = Pipeline(aws.client("sagemaker"), unique("cache"), owner, step)
    first = pipeline.start()
    pipeline.finished(first)
    second = pipeline.start()
    pipeline.finished(second)
    other = pipeline.start(PipelineParameters=[{"Name": "Verdict", "Value": "WORSE"}])
    pipeline.finished(other)
    hit = pipeline.steps(second)["Cached"]
    assert hit["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert hit["Metadata"] == pipeline.steps(first)["Cached"]["Metadata"]
    assert "CacheHitResult" not in pipeline.steps(other)["Cached"]


def test_one_token_starts_one_execution(whole: Pipeline) -> None:
    token = "a-token-of-at-least-thirty-two-characters"
    first = whole.start(ClientRequestToken=token)
    assert whole.start(ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="ConflictException"):
        whole.start(ClientRequestToken=token, PipelineParameters=[{"Name": "Verdict", "Value": "WORSE"}])
    whole.finished(first)
    listed = whole.sagemaker.list_pipeline_executions(PipelineName=whole.name)["PipelineExecutionSummaries"]
    assert [summary["PipelineExecutionArn"] for summary in listed] == [first]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ([{"Name": "Colour", "Value": "red"}], "Unknown parameters: Colour"),
        ([{"Name": "Rounds", "Value": "many"}], "Rounds is of type Integer"),
        ([{"Name": "Verdict", "Value": "MAYBE"}], "Verdict must be one of"),
    ],
)
def test_parameters_are_checked_at_the_start(whole: Pipeline, given: list[dict[str, str]], fault: str) -> None:
    with pytest.raises(ClientError, match=fault):
        whole.start(PipelineParameters=given)


def test_status_changes_reach_eventbridge(
    aws: EmbeddedAws, whole: Pipeline, queue: Callable[[], tuple[str, str]], unique: Callable[[str], str]
) -> None:
    url, arn = queue()
    events, rule = aws.client("events"), unique("rule")
    pattern = {"source": ["aws.sagemaker"], "detail": {"pipelineArn": [whole.arn]}}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    sqs = aws.client("sqs")
    sqs.set_queue_attributes(
        QueueUrl=url,
        Attributes={
            "Policy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [{**allow("sqs:SendMessage"), "Principal": {"Service": "events.amazonaws.com"}}],
                }
            )
        },
    )
    execution = whole.start()
    whole.finished(execution)
    heard: list[dict[str, Any]] = []
    for _ in eventually():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            heard.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if any(event["detail"].get("currentPipelineExecutionStatus") == "Succeeded" for event in heard):
            break
    kinds = {event["detail-type"] for event in heard}
    assert kinds == {
        "SageMaker Model Building Pipeline Execution Status Change",
        "SageMaker Model Building Pipeline Execution Step Status Change",
    }
    assert {event["detail"]["pipelineExecutionArn"] for event in heard} == {execution}


def test_a_lambda_step_hands_its_answer_on(
    aws: EmbeddedAws, owner: str, function: Callable[[str], tuple[str, str]], unique: Callable[[str], str]
) -> None:
    _, arn = function("def handler(event, context):\n    return {'doubled': 2 * event['number']}")
    outputs = [{"OutputName": "doubled", "OutputType": "Integer"}]
    call = {"Type": "Lambda", "FunctionArn": arn, "OutputParameters": outputs}
    pipeline = Pipeline(
        aws.client("sagemaker"),
        unique("lambda"),
        owner,
        {"Name": "First", "Arguments": {"number": {"Get": "Parameters.Rounds"}}, **call},
        {"Name": "Second", "Arguments": {"number": {"Get": "Steps.First.OutputParameters['doubled']"}}, **call},
    )
    execution = pipeline.start()
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Succeeded"
    assert pipeline.steps(execution)["Second"]["Metadata"]["Lambda"]["OutputParameters"] == [
        {"Name": "doubled", "Value": "12"}
    ]


@pytest.mark.parametrize(("limit", "overlap"), [(1, False), (None, True)])
def test_no_more_steps_run_at_a_time_than_allowed(
    aws: EmbeddedAws,
    images: Images,
    bucket: str,
    jobs: str,
    owner: str,
    unique: Callable[[str], str],
    limit: int | None,
    overlap: bool,
) -> None:
    pipeline = Pipeline(
        aws.client("sagemaker"),
        unique("parallel"),
        owner,
        processing("Left", jobs, bucket),
        processing("Right", jobs, bucket),
    )
    request = {"ParallelismConfiguration": {"MaxParallelExecutionSteps": limit}} if limit else {}
    execution = pipeline.start(**request)
    assert pipeline.finished(execution)["PipelineExecutionStatus"] == "Succeeded"
    first, second = pipeline.steps(execution).values()
    assert (second["StartTime"] < first["EndTime"]) is overlap
