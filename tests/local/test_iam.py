"""What a role is not granted is denied, for the services that ministack does not know, and for every role passed on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.iam import conditions, resources
from local.iam.guard import passed_roles
from local.quota_catalog import code
from local.start import EmbeddedAws
from tests.local.conftest import allow

PLACE = ("us-east-1", "000000000000")


def arns(operation: str, **request: Any) -> list[str]:
    body = json.dumps(request).encode()
    return resources.arns("sagemaker", "/", f"SageMaker.{operation}", body, {}, *PLACE)


@pytest.mark.parametrize(
    ("operation", "request_members", "end"),
    [
        ("CreateTrainingJob", {"TrainingJobName": "a"}, "training-job/a"),
        ("StopProcessingJob", {"ProcessingJobName": "a"}, "processing-job/a"),
        ("StartPipelineExecution", {"PipelineName": "a"}, "pipeline/a"),
        ("ListPipelineExecutions", {"PipelineName": "a"}, "pipeline/a"),
        ("UpdateUserProfile", {"DomainId": "d-1", "UserProfileName": "ana"}, "user-profile/d-1/ana"),
        ("CreateModelPackage", {"ModelPackageGroupName": "a"}, "model-package/a/*"),
        ("DeleteModelPackageGroup", {"ModelPackageGroupName": "a"}, "model-package-group/a"),
    ],
)
def test_an_operation_needs_the_resource_that_it_acts_on(
    operation: str, request_members: dict[str, str], end: str
) -> None:
    assert arns(operation, **request_members) == [f"arn:aws:sagemaker:us-east-1:000000000000:{end}"]


def test_a_resource_given_by_its_arn_is_that_resource() -> None:
    execution = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/a/execution/b"
    assert arns("StopPipelineExecution", PipelineExecutionArn=execution) == [execution]
    assert arns("UpdateModelPackage", ModelPackageArn="arn:aws:m:1") == ["arn:aws:m:1"]


def test_an_endpoint_needs_its_configuration_too() -> None:
    ends = [arn.rpartition(":")[2] for arn in arns("CreateEndpoint", EndpointName="a", EndpointConfigName="b")]
    assert ends == ["endpoint/a", "endpoint-config/b"]


def test_listing_needs_no_resource() -> None:
    assert arns("ListTrainingJobs") == ["*"]


def test_condition_keys_come_from_wherever_the_member_stands() -> None:
    request = {
        "EnableNetworkIsolation": True,
        "OutputDataConfig": {"KmsKeyId": "key-1"},
        "ResourceConfig": {"VolumeKmsKeyId": "key-2", "InstanceType": "ml.m5.large"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "VpcConfig": {"Subnets": ["s-1", "s-2"], "SecurityGroupIds": ["g-1"]},
        "Environment": {"InstanceType": "not the API's"},
    }
    assert conditions.keys("sagemaker", "sagemaker:CreateTrainingJob", json.dumps(request).encode()) == {
        "sagemaker:NetworkIsolation": "true",
        "sagemaker:OutputKmsKey": "key-1",
        "sagemaker:VolumeKmsKey": "key-2",
        "sagemaker:InstanceTypes": ["ml.m5.large"],
        "sagemaker:MaxRuntimeInSeconds": "60",
        "sagemaker:VpcSubnets": ["s-1", "s-2"],
        "sagemaker:VpcSecurityGroupIds": ["g-1"],
    }


def test_every_role_in_a_request_is_passed_on() -> None:
    job = {"RoleArn": "arn:aws:iam::1:role/a", "Environment": {"RoleArn": "arn:aws:iam::1:role/not"}}
    deep = {"DefaultUserSettings": {"ExecutionRole": "arn:aws:iam::1:role/b"}}
    assert list(passed_roles([job, deep])) == ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"]


@pytest.mark.slow
class TestOnTheEmbeddedAws:
    """Requests of roles, through the front door."""

    def test_a_schedule_needs_permission_to_pass_its_role(
        self, role: Callable[..., str], client_as: Callable[[str, str], Any], queue: Callable[[], tuple[str, str]]
    ) -> None:
        sends, (_, queue_arn) = role("scheduler"), queue()
        schedule = {
            "ScheduleExpression": "rate(1 day)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": queue_arn, "RoleArn": sends},
        }
        create = allow("scheduler:*")
        with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole on resource: " + sends):
            client_as(role("lambda", create), "scheduler").create_schedule(Name="denied", **schedule)

        elsewhere = allow("iam:PassRole", StringEquals={"iam:PassedToService": "lambda.amazonaws.com"})
        with pytest.raises(ClientError, match="iam:PassRole"):
            client_as(role("lambda", create, elsewhere), "scheduler").create_schedule(Name="denied", **schedule)

        here = allow("iam:PassRole", on=sends, StringEquals={"iam:PassedToService": "scheduler.amazonaws.com"})
        allowed = client_as(role("lambda", create, here), "scheduler")
        allowed.create_schedule(Name="allowed", **schedule)
        allowed.delete_schedule(Name="allowed")

    def test_a_group_of_schedules_isolates(
        self, role: Callable[..., str], client_as: Callable[[str, str], Any]
    ) -> None:
        own = "arn:aws:scheduler:us-east-1:000000000000:schedule/own/*"
        client = client_as(role("lambda", allow("scheduler:GetSchedule", on=own)), "scheduler")
        with pytest.raises(ClientError, match="ResourceNotFound"):
            client.get_schedule(GroupName="own", Name="missing")
        with pytest.raises(ClientError, match="AccessDenied"):
            client.get_schedule(GroupName="other", Name="missing")

    def test_a_quota_is_raised_by_who_may(
        self, aws: EmbeddedAws, role: Callable[..., str], client_as: Callable[[str, str], Any]
    ) -> None:
        reader = client_as(role("lambda", allow("servicequotas:Get*")), "service-quotas")
        quota = {"ServiceCode": "sagemaker", "QuotaCode": code("ml.m5.large for endpoint usage")}
        reader.get_service_quota(**quota)
        with pytest.raises(ClientError, match=r"RequestServiceQuotaIncrease on resource: .*:sagemaker/L-"):
            reader.request_service_quota_increase(**quota, DesiredValue=100)

    def test_creating_needs_the_right_to_tag_and_to_pass_the_role(
        self, role: Callable[..., str], client_as: Callable[[str, str], Any], unique: Callable[[str], str]
    ) -> None:
        runs, name = role("sagemaker"), unique("group")
        arn = f"arn:aws:sagemaker:us-east-1:000000000000:model-package-group/{name}"
        create, tag = allow("sagemaker:CreateModelPackageGroup", on=arn), allow("sagemaker:AddTags", on=arn)
        group = {"ModelPackageGroupName": name, "Tags": [{"Key": "team", "Value": "risk"}]}
        with pytest.raises(ClientError, match="sagemaker:AddTags"):
            client_as(role("lambda", create), "sagemaker").create_model_package_group(**group)
        client_as(role("lambda", create, tag), "sagemaker").create_model_package_group(**group)
        pipeline = {"PipelineName": name, "PipelineDefinition": "{}", "RoleArn": runs}
        with pytest.raises(ClientError, match=f"iam:PassRole on resource: {runs}"):
            client_as(role("lambda", allow("sagemaker:*")), "sagemaker").create_pipeline(**pipeline)

    def test_another_teams_resource_is_out_of_reach(
        self, aws: EmbeddedAws, role: Callable[..., str], client_as: Callable[[str, str], Any], unique: Any
    ) -> None:
        own, other = unique("risk"), unique("fraud")
        for name in (own, other):
            tags = [{"Key": "team", "Value": name.split("-")[0]}]
            aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=name, Tags=tags)
        by_tag = allow("sagemaker:DescribeModelPackageGroup", StringEquals={"aws:ResourceTag/team": "risk"})
        client = client_as(role("lambda", by_tag), "sagemaker")
        assert client.describe_model_package_group(ModelPackageGroupName=own)["ModelPackageGroupName"] == own
        with pytest.raises(ClientError, match="AccessDenied"):
            client.describe_model_package_group(ModelPackageGroupName=other)

    def test_a_condition_binds_what_may_be_asked_for(
        self, role: Callable[..., str], client_as: Callable[[str, str], Any]
    ) -> None:
        pending = allow("sagemaker:UpdateModelPackage", StringNotEquals={"sagemaker:ModelApprovalStatus": "Approved"})
        client = client_as(role("lambda", pending), "sagemaker")
        package = "arn:aws:sagemaker:us-east-1:000000000000:model-package/a/1"
        with pytest.raises(ClientError, match="AccessDenied"):
            client.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
        with pytest.raises(ClientError) as refused:
            client.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Rejected")
        assert refused.value.response["Error"]["Code"] != "AccessDeniedException"
