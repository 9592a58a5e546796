"""Stacks on the running embedded AWS: creation, change, replacement, failure and deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws
from tests.local.cloudformation import Resources, Stack, Unique, attribute, ref, resource
from tests.local.conftest import allow
from tests.local.hosting import Hosting

pytestmark = pytest.mark.slow

DEFAULT_VPC, DEFAULT_SUBNET = "vpc-00000001", "subnet-00000001"


@pytest.fixture
def stack(aws: EmbeddedAws, unique: Unique) -> Iterator[Stack]:
    made = Stack(aws, unique("stack"))
    yield made
    made.client.delete_stack(StackName=made.name)


@pytest.fixture
def domain(role: Callable[..., str]) -> Resources:
    """A Studio domain with a profile and a space, as a template; in a VPC that outlives it, as its file system does."""
    settings = {"ExecutionRole": role("sagemaker"), "SecurityGroups": [ref("Group")]}
    group = resource("EC2::SecurityGroup", {"GroupDescription": "Studio", "VpcId": DEFAULT_VPC})
    properties = {
        "DomainName": "people",
        "AuthMode": "IAM",
        "VpcId": DEFAULT_VPC,
        "SubnetIds": [DEFAULT_SUBNET],
        "DefaultUserSettings": settings,
        "Tags": [{"Key": "team", "Value": "demo"}],
    }
    profile = {"DomainId": ref("Domain"), "UserProfileName": "ada"}
    shared = {"DomainId": ref("Domain"), "SpaceName": "desk", "SpaceSharingSettings": {"SharingType": "Shared"}}
    shared["OwnershipSettings"] = {"OwnerUserProfileName": "ada"}
    return {
        "Group": group,
        "Domain": resource("SageMaker::Domain", properties),
        "Ada": resource("SageMaker::UserProfile", profile),
        "Desk": resource("SageMaker::Space", shared, DependsOn="Ada"),
    }


def test_a_domain_is_made_changed_in_place_and_deleted_with_what_lies_in_it(stack: Stack, domain: Resources) -> None:
    sagemaker = stack.aws.client("sagemaker")
    values = {"Id": ref("Domain"), "Arn": attribute("Domain", "DomainArn"), "Url": attribute("Domain", "Url")}
    values["Efs"] = attribute("Domain", "HomeEfsFileSystemId")
    assert stack.create(domain, **values, Profile=ref("Ada"), Space=attribute("Desk", "SpaceArn")) == "CREATE_COMPLETE"
    made = dict(stack.outputs)
    described = sagemaker.describe_domain(DomainId=made["Id"])
    assert (made["Arn"], made["Url"], made["Efs"]) == (
        described["DomainArn"],
        described["Url"],
        described["HomeEfsFileSystemId"],
    )
    assert made["Profile"] == f"ada|{made['Id']}"
    assert made["Space"].endswith(f"space/{made['Id']}/desk")

    domain["Domain"]["Properties"]["AppNetworkAccessType"] = "VpcOnly"
    domain["Domain"]["Properties"]["Tags"] = [{"Key": "team", "Value": "risk"}, {"Key": "stage", "Value": "dev"}]
    assert stack.update(domain, **values) == "UPDATE_COMPLETE"
    assert stack.outputs["Id"] == made["Id"]
    assert sagemaker.describe_domain(DomainId=made["Id"])["AppNetworkAccessType"] == "VpcOnly"
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=made["Arn"])["Tags"]}
    assert tags == {"team": "risk", "stage": "dev"}

    stack.delete()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_domain(DomainId=made["Id"])


@pytest.fixture
def model(role: Callable[..., str]) -> Resources:
    """A model and its endpoint configuration, both without names of their own."""
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/none/serve:1"
    container = {"PrimaryContainer": {"Image": image}, "ExecutionRoleArn": role("sagemaker", allow("s3:*"))}
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": attribute("Model", "ModelName"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": "1",
        "InitialVariantWeight": 1,
    }
    return {
        "Model": resource("SageMaker::Model", container),
        "Config": resource("SageMaker::EndpointConfig", {"ProductionVariants": [variant]}),
    }


def test_a_change_that_cannot_be_made_in_place_replaces_the_resource(stack: Stack, model: Resources) -> None:
    sagemaker = stack.aws.client("sagemaker")
    names = {"Name": attribute("Config", "EndpointConfigName"), "Arn": ref("Config"), "Model": ref("Model")}
    assert stack.create(model, **names) == "CREATE_COMPLETE"
    before = dict(stack.outputs)
    assert before["Name"].startswith(f"{stack.name}-Config-")
    assert before["Arn"].endswith(f"endpoint-config/{before['Name']}")
    variant = model["Config"]["Properties"]["ProductionVariants"][0]
    variant["InitialInstanceCount"] = 2
    assert stack.update(model, **names) == "UPDATE_COMPLETE"
    assert (stack.outputs["Name"] != before["Name"], stack.outputs["Model"]) == (True, before["Model"])
    found = sagemaker.describe_endpoint_config(EndpointConfigName=stack.outputs["Name"])
    assert found["ProductionVariants"][0]["InitialInstanceCount"] == 2
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.describe_endpoint_config(EndpointConfigName=before["Name"])


def test_a_resource_with_a_name_of_its_own_is_not_replaced_under_it(
    stack: Stack, model: Resources, unique: Unique
) -> None:
    properties = model["Config"]["Properties"]
    properties["EndpointConfigName"] = unique("config")
    assert stack.create(model) == "CREATE_COMPLETE"
    properties["ProductionVariants"][0]["InitialInstanceCount"] = 2
    assert stack.update(model) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("custom-named resource requires replacing" in reason for reason in stack.reasons("UPDATE_FAILED"))


def test_an_endpoint_that_fails_rolls_the_stack_back_with_its_reason(stack: Stack, model: Resources) -> None:
    endpoint = {"EndpointConfigName": attribute("Config", "EndpointConfigName")}
    assert stack.create({**model, "Endpoint": resource("SageMaker::Endpoint", endpoint)}) == "ROLLBACK_COMPLETE"
    assert any("did not pass the ping health check" in reason for reason in stack.reasons("CREATE_FAILED"))
    sagemaker = stack.aws.client("sagemaker")
    assert sagemaker.list_endpoints(NameContains=stack.name)["Endpoints"] == []
    assert sagemaker.list_models(NameContains=stack.name)["Models"] == []


def test_an_endpoint_is_made_scaled_and_moved_to_another_configuration(stack: Stack, host: Hosting) -> None:
    scaling = stack.aws.client("application-autoscaling")
    endpoint: dict[str, Any] = {"EndpointConfigName": host.config("one")}
    target = {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ResourceId": {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/AllTraffic"},
        "MinCapacity": "1",
        "MaxCapacity": "2",
    }
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    tracking = {"TargetValue": "500", "PredefinedMetricSpecification": metric}
    policy = {"PolicyName": "load", "PolicyType": "TargetTrackingScaling", "ScalingTargetId": ref("Target")}
    resources = {
        "Endpoint": resource("SageMaker::Endpoint", endpoint),
        "Target": resource("ApplicationAutoScaling::ScalableTarget", target),
        "Policy": resource(
            "ApplicationAutoScaling::ScalingPolicy", {**policy, "TargetTrackingScalingPolicyConfiguration": tracking}
        ),
    }
    outputs = {"Endpoint": attribute("Endpoint", "EndpointName"), "Target": ref("Target"), "Policy": ref("Policy")}
    assert stack.create(resources, **outputs) == "CREATE_COMPLETE"
    made = dict(stack.outputs)
    assert host.ask(made["Endpoint"]) == "one"
    place = f"endpoint/{made['Endpoint']}/variant/AllTraffic"
    assert made["Target"] == f"{place}|sagemaker:variant:DesiredInstanceCount|sagemaker"
    assert made["Policy"].endswith(":policyName/load")

    endpoint["EndpointConfigName"] = host.config("two")
    target["MaxCapacity"], tracking["TargetValue"] = "3", "300"
    assert stack.update(resources, **outputs) == "UPDATE_COMPLETE"
    assert (host.ask(made["Endpoint"]), stack.outputs["Endpoint"]) == ("two", made["Endpoint"])
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[place])["ScalableTargets"]
    assert found["MaxCapacity"] == 3
    (found,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId=place)["ScalingPolicies"]
    assert found["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 300

    stack.delete()
    assert host.sagemaker.list_endpoints(NameContains=made["Endpoint"])["Endpoints"] == []


def test_what_the_template_retains_outlives_the_stack(stack: Stack, unique: Unique) -> None:
    kept, gone = unique("kept"), unique("gone")
    group = {"ModelPackageGroupName": kept, "ModelPackageGroupDescription": "Models"}
    resources = {
        "Kept": resource("SageMaker::ModelPackageGroup", group, DeletionPolicy="Retain"),
        "Gone": resource("SageMaker::ModelPackageGroup", {"ModelPackageGroupName": gone}),
    }
    assert stack.create(resources, Arn=ref("Kept")) == "CREATE_COMPLETE"
    stack.delete()
    sagemaker = stack.aws.client("sagemaker")
    assert sagemaker.describe_model_package_group(ModelPackageGroupName=kept)["ModelPackageGroupStatus"] == "Completed"
    with pytest.raises(ClientError):
        sagemaker.describe_model_package_group(ModelPackageGroupName=gone)


def test_a_stack_that_is_deleted_twice_at_once_is_deleted_once(stack: Stack, domain: Resources) -> None:
    stack.create(domain)
    (id_,) = (found["StackId"] for found in stack.client.describe_stacks(StackName=stack.name)["Stacks"])
    with ThreadPoolExecutor() as pool:
        for asked in [pool.submit(stack.client.delete_stack, StackName=stack.name) for _ in range(4)]:
            asked.result()
    stack.client.get_waiter("stack_delete_complete").wait(StackName=id_, WaiterConfig={"Delay": 1})
    events = stack.client.describe_stack_events(StackName=id_)["StackEvents"]
    begun = [event for event in events if event["ResourceStatus"] == "DELETE_IN_PROGRESS"]
    assert sorted(event["LogicalResourceId"] for event in begun) == sorted([stack.name, *domain])


def test_deleting_what_is_already_gone_succeeds(stack: Stack, unique: Unique) -> None:
    name = unique("group")
    group = resource("SageMaker::ModelPackageGroup", {"ModelPackageGroupName": name})
    assert stack.create({"Group": group}) == "CREATE_COMPLETE"
    stack.aws.client("sagemaker").delete_model_package_group(ModelPackageGroupName=name)
    stack.delete()


def test_a_property_that_is_not_modelled_is_not_dropped_in_silence(stack: Stack, unique: Unique) -> None:
    properties = {"ModelPackageGroupName": unique("group"), "ModelPackageGroupPolicy": {"Version": "2012-10-17"}}
    resources = {"Group": resource("SageMaker::ModelPackageGroup", properties)}
    assert stack.create(resources) == "ROLLBACK_COMPLETE"
    assert any("not modelled with ModelPackageGroupPolicy" in reason for reason in stack.reasons("CREATE_FAILED"))
