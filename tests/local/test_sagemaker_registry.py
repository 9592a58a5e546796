"""Models and model packages, their approval and its events."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from core.contracts.events import PackageApproved
from local.settings import ACCOUNT
from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow

pytestmark = pytest.mark.slow

SPECIFICATION = {
    "Containers": [{"Image": "serve:tag", "ModelDataUrl": "s3://bucket/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


@pytest.fixture
def sagemaker(aws: EmbeddedAws) -> Any:
    return aws.client("sagemaker")


@pytest.fixture
def group(sagemaker: Any, unique: Callable[[str], str]) -> str:
    name = unique("group")
    sagemaker.create_model_package_group(ModelPackageGroupName=name, ModelPackageGroupDescription="a group")
    for _ in eventually():
        if sagemaker.describe_model_package_group(ModelPackageGroupName=name)["ModelPackageGroupStatus"] == "Completed":
            break
    return name


def register(sagemaker: Any, group: str, **members: Any) -> str:
    arn: str = sagemaker.create_model_package(
        ModelPackageGroupName=group, InferenceSpecification=SPECIFICATION, **members
    )["ModelPackageArn"]
    return arn


def test_versions_count_up_and_wait_for_approval(sagemaker: Any, group: str) -> None:
    first, second = register(sagemaker, group), register(sagemaker, group)
    assert first.endswith(f":model-package/{group}/1")
    found = sagemaker.describe_model_package(ModelPackageName=second)
    assert (found["ModelPackageVersion"], found["ModelApprovalStatus"]) == (2, "PendingManualApproval")
    assert found["ModelPackageStatus"] == "Completed"


def test_the_number_of_a_deleted_version_is_not_given_again(sagemaker: Any, group: str) -> None:
    sagemaker.delete_model_package(ModelPackageName=register(sagemaker, group))
    assert register(sagemaker, group).endswith("/2")


def test_one_token_makes_one_version(sagemaker: Any, group: str) -> None:
    token = f"token-{group}"
    assert register(sagemaker, group, ClientToken=token) == register(sagemaker, group, ClientToken=token)


def test_packages_carry_metrics_and_metadata(sagemaker: Any, group: str) -> None:
    quality = {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://bucket/evaluation.json"}}
    arn = register(
        sagemaker,
        group,
        ModelMetrics={"ModelQuality": quality},
        CustomerMetadataProperties={"episode": "e", "run": "r"},
    )
    sagemaker.update_model_package(
        ModelPackageArn=arn, CustomerMetadataProperties={"run": "s"}, CustomerMetadataPropertiesToRemove=["episode"]
    )
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert found["ModelMetrics"] == {"ModelQuality": quality}
    assert found["CustomerMetadataProperties"] == {"run": "s"}


def test_a_group_with_packages_is_not_deleted(sagemaker: Any, group: str) -> None:
    arn = register(sagemaker, group)
    with pytest.raises(ClientError, match="ConflictException"):
        sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)


def test_packages_are_listed_by_group_and_approval(sagemaker: Any, group: str) -> None:
    first, second = register(sagemaker, group), register(sagemaker, group, ModelApprovalStatus="Approved")

    def listed(**filters: Any) -> list[str]:
        found = sagemaker.list_model_packages(ModelPackageGroupName=group, **filters)["ModelPackageSummaryList"]
        return [summary["ModelPackageArn"] for summary in found]

    assert listed() == [first, second]
    assert listed(SortOrder="Descending", SortBy="CreationTime") == [second, first]
    assert listed(ModelApprovalStatus="Approved") == [second]
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.list_model_packages(ModelPackageGroupName="nothing")


def test_approval_is_heard_as_the_event_that_promotion_waits_for(
    aws: EmbeddedAws,
    sagemaker: Any,
    group: str,
    queue: Callable[[], tuple[str, str]],
    unique: Callable[[str], str],
) -> None:
    url, arn = queue()
    events, sqs, rule = aws.client("events"), aws.client("sqs"), unique("approved")
    statement = {**allow("sqs:SendMessage"), "Principal": {"Service": "events.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name=rule, EventPattern=json.dumps(PackageApproved.pattern(ACCOUNT, [group])))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])

    package = register(sagemaker, group)
    sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved", ApprovalDescription="good")
    for _ in eventually():
        if messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            break
    [message] = messages
    event = json.loads(message["Body"])
    assert PackageApproved.parse(event) == PackageApproved(group, package, ACCOUNT)
    assert abs(aws.now() - datetime.fromisoformat(event["time"])) < timedelta(hours=1)


def test_a_model_needs_a_role_that_sagemaker_may_assume_and_an_approved_package(
    sagemaker: Any, group: str, role: Callable[..., str], unique: Callable[[str], str]
) -> None:
    package, trusted, name = register(sagemaker, group), role("sagemaker"), unique("model")
    with pytest.raises(ClientError, match="is not approved"):
        sagemaker.create_model(ModelName=name, PrimaryContainer={"ModelPackageName": package}, ExecutionRoleArn=trusted)
    sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    with pytest.raises(ClientError, match="Could not assume role"):
        sagemaker.create_model(
            ModelName=name, PrimaryContainer={"ModelPackageName": package}, ExecutionRoleArn=role("lambda")
        )
    sagemaker.create_model(ModelName=name, PrimaryContainer={"ModelPackageName": package}, ExecutionRoleArn=trusted)
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        sagemaker.create_model(ModelName=name, PrimaryContainer={"ModelPackageName": package}, ExecutionRoleArn=trusted)
    sagemaker.delete_model(ModelName=name)
    with pytest.raises(ClientError, match=r'ValidationException.*Could not find model "arn:aws:sagemaker'):
        sagemaker.describe_model(ModelName=name)
