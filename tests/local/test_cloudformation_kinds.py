"""Kinds of resource in stacks on the running embedded AWS: pipelines, networks, alarms, budgets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.start import EmbeddedAws
from tests.local.cloudformation import Stack, Unique, attribute, ref, resource
from tests.local.conftest import allow

pytestmark = pytest.mark.slow


@pytest.fixture
def stack(aws: EmbeddedAws, unique: Unique) -> Iterator[Stack]:
    made = Stack(aws, unique("stack"))
    yield made
    made.client.delete_stack(StackName=made.name)


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
