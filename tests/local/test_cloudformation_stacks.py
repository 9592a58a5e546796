"""Stacks on the running embedded AWS: creation, change, replacement, failure and deletion of the types it adds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws
from tests.local.conftest import allow
from tests.local.hosting import Hosting

pytestmark = pytest.mark.slow

Unique = Callable[[str], str]
Resources = dict[str, dict[str, Any]]
DEFAULT_VPC, DEFAULT_SUBNET = "vpc-00000001", "subnet-00000001"


def resource(kind: str, properties: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties, **attributes}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def attribute(logical_id: str, name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, name]}


@dataclass
class Stack:
    """One stack; `outputs` are those of its last operation."""

    aws: EmbeddedAws
    name: str
    outputs: dict[str, str] = field(default_factory=dict)

    def create(self, resources: Resources, **outputs: Any) -> str:
        return self._apply("create_stack", "stack_create_complete", resources, outputs)

    def update(self, resources: Resources, **outputs: Any) -> str:
        return self._apply("update_stack", "stack_update_complete", resources, outputs)

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.name)
        self.client.get_waiter("stack_delete_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})

    @property
    def client(self) -> Any:
        return self.aws.client("cloudformation")

    def physical_id(self, logical_id: str) -> str:
        found = self.client.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        id_: str = found["StackResourceDetail"]["PhysicalResourceId"]
        return id_

    def reasons(self, status: str) -> list[str]:
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"] == status]

    def _apply(self, operation: str, waiter: str, resources: Resources, outputs: dict[str, Any]) -> str:
        """The status in which the operation ended."""
        body: dict[str, Any] = {"Resources": resources}
        if outputs:
            body["Outputs"] = {name: {"Value": value} for name, value in outputs.items()}
        template = {"TemplateBody": json.dumps(body), "Capabilities": ["CAPABILITY_IAM"]}
        getattr(self.client, operation)(StackName=self.name, **template)
        (found,) = self.client.describe_stacks(StackName=self.name)["Stacks"]
        if found["StackStatus"].endswith("IN_PROGRESS"):
            self.client.get_waiter(waiter).wait(StackName=self.name, WaiterConfig={"Delay": 1})
            (found,) = self.client.describe_stacks(StackName=self.name)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        status: str = found["StackStatus"]
        return status


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


def test_a_pipeline_takes_its_definition_as_text_as_an_object_and_from_s3(
    stack: Stack, role: Callable[..., str], unique: Unique
) -> None:
    sagemaker, s3, bucket = stack.aws.client("sagemaker"), stack.aws.client("s3"), unique("bucket")
    fail = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}

    def definition(parameter: str) -> dict[str, Any]:
        parameters = [{"Name": parameter, "Type": "String", "DefaultValue": "x"}]
        return {"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters, "Steps": [fail]}

    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="pipeline.json", Body=json.dumps(definition("Third")))
    properties: dict[str, Any] = {
        "PipelineName": unique("pipeline"),
        "RoleArn": role("sagemaker", allow("s3:GetObject")),
    }
    properties["PipelineDefinition"] = {"PipelineDefinitionBody": json.dumps(definition("First"))}
    resources = {"Pipeline": resource("SageMaker::Pipeline", properties)}

    def deployed() -> str:
        text: str = sagemaker.describe_pipeline(PipelineName=properties["PipelineName"])["PipelineDefinition"]
        name: str = json.loads(text)["Parameters"][0]["Name"]
        return name

    assert (stack.create(resources), deployed()) == ("CREATE_COMPLETE", "First")
    properties["PipelineDefinition"] = definition("Second")
    assert (stack.update(resources), deployed()) == ("UPDATE_COMPLETE", "Second")
    place = {"Bucket": bucket, "Key": "pipeline.json"}
    properties["PipelineDefinition"] = {"PipelineDefinitionS3Location": place}
    assert (stack.update(resources), deployed()) == ("UPDATE_COMPLETE", "Third")


def test_a_network_is_made_and_leaves_nothing(stack: Stack, role: Callable[..., str], unique: Unique) -> None:
    group = {"GroupDescription": "jobs", "VpcId": ref("Vpc")}
    rule = {"GroupId": attribute("Group", "GroupId"), "IpProtocol": "tcp", "FromPort": "443", "ToPort": "443"}
    flow = {"ResourceId": ref("Vpc"), "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": unique("log")}
    resources = {
        "Vpc": resource("EC2::VPC", {"CidrBlock": "10.8.0.0/16"}),
        "Subnet": resource("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.8.1.0/24"}),
        "Address": resource("EC2::EIP", {"Domain": "vpc", "Tags": [{"Key": "team", "Value": "demo"}]}),
        "Nat": resource(
            "EC2::NatGateway", {"SubnetId": ref("Subnet"), "AllocationId": attribute("Address", "AllocationId")}
        ),
        "Flow": resource("EC2::FlowLog", {**flow, "DeliverLogsPermissionArn": role("vpc-flow-logs")}),
        "Group": resource("EC2::SecurityGroup", group),
        "In": resource("EC2::SecurityGroupIngress", {**rule, "SourceSecurityGroupId": attribute("Group", "GroupId")}),
        "Out": resource("EC2::SecurityGroupEgress", {**rule, "CidrIp": attribute("Vpc", "CidrBlock")}),
    }
    outputs = {"Group": attribute("Group", "GroupId"), "Ip": ref("Address"), "Nat": ref("Nat"), "Flow": ref("Flow")}
    assert stack.create(resources, **outputs, Vpc=ref("Vpc")) == "CREATE_COMPLETE"
    ec2, made = stack.aws.client("ec2"), stack.outputs
    (found,) = ec2.describe_security_groups(GroupIds=[made["Group"]])["SecurityGroups"]
    (incoming,) = found["IpPermissions"]
    assert (incoming["FromPort"], incoming["UserIdGroupPairs"][0]["GroupId"]) == (443, made["Group"])
    assert [
        entry["IpRanges"][0]["CidrIp"] for entry in found["IpPermissionsEgress"] if entry.get("FromPort") == 443
    ] == ["10.8.0.0/16"]
    (flows,) = ec2.describe_flow_logs(FlowLogIds=[made["Flow"]])["FlowLogs"]
    assert flows["ResourceId"] == made["Vpc"]

    resources["In"]["Properties"]["FromPort"] = resources["In"]["Properties"]["ToPort"] = 80
    assert stack.update(resources, **outputs) == "UPDATE_COMPLETE"
    (found,) = ec2.describe_security_groups(GroupIds=[made["Group"]])["SecurityGroups"]
    assert [entry["FromPort"] for entry in found["IpPermissions"]] == [80]

    stack.delete()
    assert made["Ip"] not in [address["PublicIp"] for address in ec2.describe_addresses()["Addresses"]]
    assert ec2.describe_flow_logs(FlowLogIds=[made["Flow"]])["FlowLogs"] == []
    assert {nat["State"] for nat in ec2.describe_nat_gateways(NatGatewayIds=[made["Nat"]])["NatGateways"]} <= {
        "deleted"
    }


def test_alarms_are_made_from_expressions_and_combined(stack: Stack) -> None:
    stat = {"Metric": {"Namespace": "N", "MetricName": "rows"}, "Period": "3600", "Stat": "Sum"}
    queries = [
        {"Id": "rows", "MetricStat": stat, "ReturnData": False},
        {"Id": "filled", "Expression": "FILL(rows, 0)"},
    ]
    comparison = {"ComparisonOperator": "LessThanThreshold", "Threshold": "1", "EvaluationPeriods": "1"}
    silent: dict[str, Any] = {"Metrics": queries, **comparison, "Tags": [{"Key": "team", "Value": "demo"}]}
    resources = {
        "Silent": resource("CloudWatch::Alarm", silent),
        "Both": resource(
            "CloudWatch::CompositeAlarm", {"AlarmRule": {"Fn::Sub": "ALARM(${Silent})"}, "ActionsEnabled": "false"}
        ),
    }
    outputs = {"Silent": ref("Silent"), "Arn": attribute("Silent", "Arn"), "Both": attribute("Both", "Arn")}
    assert stack.create(resources, **outputs) == "CREATE_COMPLETE"
    made, cloudwatch = dict(stack.outputs), stack.aws.client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[made["Silent"]])["MetricAlarms"]
    assert (alarm["AlarmArn"], alarm["Threshold"], alarm["Metrics"][0]["MetricStat"]["Period"]) == (
        made["Arn"],
        1,
        3600,
    )
    tags = cloudwatch.list_tags_for_resource(ResourceARN=made["Arn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "demo"}]

    silent["Threshold"], silent["Tags"] = 5, [{"Key": "team", "Value": "risk"}]
    assert stack.update(resources, **outputs) == "UPDATE_COMPLETE"
    assert stack.outputs == made
    assert cloudwatch.describe_alarms(AlarmNames=[made["Silent"]])["MetricAlarms"][0]["Threshold"] == 5
    assert cloudwatch.list_tags_for_resource(ResourceARN=made["Arn"])["Tags"] == [{"Key": "team", "Value": "risk"}]
    stack.delete()
    names = [made["Silent"], made["Both"].rpartition(":")[2]]
    left = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert left["MetricAlarms"] + left["CompositeAlarms"] == []


def test_a_budget_is_changed_in_place_and_replaced_under_a_new_name(stack: Stack, unique: Unique) -> None:
    first, second = unique("budget"), unique("budget")
    budget: dict[str, Any] = {"BudgetName": first, "BudgetType": "COST", "TimeUnit": "MONTHLY"}
    budget["BudgetLimit"] = {"Amount": 200, "Unit": "USD"}
    resources = {"Budget": resource("Budgets::Budget", {"Budget": budget})}
    budgets = stack.aws.client("budgets")

    def amounts() -> dict[str, str]:
        found = budgets.describe_budgets(AccountId="000000000000").get("Budgets", [])
        return {
            each["BudgetName"]: each["BudgetLimit"]["Amount"] for each in found if each["BudgetName"] in (first, second)
        }

    assert (stack.create(resources), amounts()) == ("CREATE_COMPLETE", {first: "200"})
    budget["BudgetLimit"]["Amount"] = 300
    assert (stack.update(resources), amounts()) == ("UPDATE_COMPLETE", {first: "300"})
    budget["BudgetName"] = second
    assert (stack.update(resources, Name=ref("Budget")), amounts()) == ("UPDATE_COMPLETE", {second: "300"})
    assert stack.outputs == {"Name": second}


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
