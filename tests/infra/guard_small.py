"""Small templates for controls that our own templates cannot prove: nothing there to look at, or all acknowledged."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

from infra.guard import Stage, stage_of
from tests.infra.guard_faults import Change, in_text
from tests.wiring.faults.seeding import setting, without

SAGEMAKER = "AWS::SageMaker::"
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
VPC = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
VARIANT = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
CANARY = {"Type": "CANARY", "WaitIntervalInSeconds": 600}
ROLLBACK = {"Alarms": [{"AlarmName": "errors"}]}


@dataclass(frozen=True)
class Small:
    """One resource that meets a control, and a change after which it does not."""

    control: str
    type: str
    properties: dict[str, Any]
    change: Change

    @property
    def good(self) -> Stage:
        return self._stage(self.properties)

    @property
    def bad(self) -> Stage:
        changed = copy.deepcopy(self.properties)
        self.change(changed)
        return self._stage(changed)

    def _stage(self, properties: dict[str, Any]) -> Stage:
        resources = {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}},
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {}},
            "It": {"Type": self.type, "Properties": properties},
        }
        return stage_of("small-dev", "111122223333", "eu-west-1", {"one": {"Resources": resources}})


MODEL = {
    "PrimaryContainer": {"Image": "x@sha256:0", "ImageConfig": {"RepositoryAccessMode": "Vpc"}},
    "EnableNetworkIsolation": True,
    "VpcConfig": VPC,
}
CONFIG = {
    "ProductionVariants": [VARIANT],
    "KmsKeyId": KEY,
    "DataCaptureConfig": {"EnableCapture": True, "KmsKeyId": KEY},
}
ENDPOINT = {
    "DeploymentConfig": {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": CANARY},
        "AutoRollbackConfiguration": ROLLBACK,
    }
}
EXPERIMENT = {"KmsKey": KEY, "DataStorageConfig": {"KmsKey": KEY}}
MACHINE = {"LoggingConfiguration": {"Level": "ALL"}, "TracingConfiguration": {"Enabled": True}}
FUNCTION = {
    "ReservedConcurrentExecutions": 2,
    "CodeSigningConfigArn": "arn:aws:lambda:eu-west-1:1:code-signing-config:x",
}
DEFINITION = {"JobResources": {"ClusterConfig": {}}, "NetworkConfig": {"EnableNetworkIsolation": True}}
CLOSES = {"ServiceToken": "arn", "VpcId": {"Ref": "Vpc"}}
CAPTURE = {"DestinationS3Uri": "s3://x/", "GenerateInferenceId": True, "KmsKeyId": "${Key}"}
TRANSFORM = json.dumps({"TransformResources": {}, "DataCaptureConfig": CAPTURE})
STARTS = {
    "Target": {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createTransformJob",
        "Input": {"Fn::Sub": [TRANSFORM, {"Key": KEY}]},
    }
}
RULE = {"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8", "Description": "inside"}

SMALL = (
    Small(
        "SM-04", f"{SAGEMAKER}EndpointConfig", CONFIG, setting("ProductionVariants", 0, "InitialInstanceCount", to=1)
    ),
    Small("SM-05", f"{SAGEMAKER}Model", MODEL, setting("EnableNetworkIsolation", to=False)),
    Small("SM-06", f"{SAGEMAKER}Model", MODEL, without("VpcConfig")),
    Small("SM-07", f"{SAGEMAKER}EndpointConfig", CONFIG, without("KmsKeyId")),
    Small("SM-08", f"{SAGEMAKER}EndpointConfig", CONFIG, without("DataCaptureConfig", "KmsKeyId")),
    Small("SM-10", f"{SAGEMAKER}DataQualityJobDefinition", DEFINITION, without("NetworkConfig")),
    Small("SM-15", f"{SAGEMAKER}Model", MODEL, without("PrimaryContainer", "ImageConfig")),
    Small("SM-18", f"{SAGEMAKER}InferenceExperiment", EXPERIMENT, without("KmsKey")),
    Small("SM-26", f"{SAGEMAKER}Endpoint", ENDPOINT, without("DeploymentConfig", "AutoRollbackConfiguration")),
    Small("SM-26", f"{SAGEMAKER}Endpoint", ENDPOINT, setting("DeploymentConfig", "BlueGreenUpdatePolicy", to={})),
    Small("SM-31", "AWS::Scheduler::Schedule", STARTS, in_text("GenerateInferenceId", "Generate")),
    Small("SFN-01", "AWS::StepFunctions::StateMachine", MACHINE, setting("LoggingConfiguration", "Level", to="ERROR")),
    Small("L-02", "AWS::Lambda::Function", FUNCTION, without("ReservedConcurrentExecutions")),
    Small("L-09", "AWS::Lambda::Function", FUNCTION, without("CodeSigningConfigArn")),
    Small("NET-02", "AWS::EC2::SecurityGroupIngress", RULE, setting("CidrIp", to="0.0.0.0/0")),
    Small("NET-05", "Custom::HomeostatDefaultGroup", CLOSES, setting("VpcId", to="vpc-other")),
)
