"""One fault for each control: the mistake that it is there to notice, made in the real templates or in a small one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.wiring.faults.seeding import setting, without

Properties = dict[str, Any]
Change = Callable[[Properties], object]
SAGEMAKER = "AWS::SageMaker::"
DEFINITION = f"{SAGEMAKER}DataQualityJobDefinition"
ROLE, POLICY = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"


@dataclass(frozen=True)
class Fault:
    """Makes a mistake in the first resource of a type whose properties hold the text `which`."""

    control: str
    type: str
    change: Change
    which: str = ""
    name: str = ""
    also: Fault | None = None
    """A second mistake, where one alone is still caught by something else."""

    def seed(self, templates: dict[str, Any]) -> tuple[str, str]:
        """Stack and logical id of the resource that is wrong now."""
        if self.also:
            self.also.seed(templates)
        for stack, template in templates.items():
            for logical_id, resource in template["Resources"].items():
                properties = resource.get("Properties", {})
                before = json.dumps(properties)
                if resource["Type"] == self.type and self.which in before:
                    resource.get("Metadata", {}).clear()
                    self.change(properties)
                    assert json.dumps(properties) != before, f"{self.control}: the change changes nothing"
                    return stack, logical_id
        raise LookupError(f"{self.control}: no {self.type} with {self.which!r}")


def in_text(old: str, new: str) -> Change:
    """Replace in the properties as JSON."""

    def change(properties: Properties) -> None:
        text = json.dumps(properties)
        assert old in text, f"{old} does not occur"
        changed = json.loads(text.replace(old, new))
        properties.clear()
        properties.update(changed)

    return change


def adding(*path: str | int, value: Any) -> Change:
    def change(properties: Any) -> None:
        for part in path:
            properties = properties[part]
        properties.append(value)

    return change


def grant(
    action: str, resource: str = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/full-dev-x", **more: Any
) -> Change:
    """One more statement in a role's own policy."""
    statement = {"Effect": "Allow", "Action": [action], "Resource": [resource], **more}
    return adding("Policies", 0, "PolicyDocument", "Statement", value=statement)


def without_denials(*keys: str) -> Change:
    """A policy that no longer denies anything by these condition keys."""

    def change(properties: Properties) -> None:
        statements = properties["PolicyDocument"]["Statement"]
        kept = [each for each in statements if not any(key in json.dumps(each) for key in keys)]
        assert len(kept) < len(statements), f"nothing is denied by {keys}"
        properties["PolicyDocument"]["Statement"] = kept

    return change


def opened(properties: Properties) -> None:
    """A deny that asks for two absent keys at once, as published samples do."""
    for statement in properties["PolicyDocument"]["Statement"]:
        if "sagemaker:VpcSubnets" in statement.get("Condition", {}).get("Null", {}):
            statement["Condition"]["Null"]["sagemaker:VpcSecurityGroupIds"] = "true"


def job(*path: str, to: Any) -> Change:
    """In the request that a schedule sends, which is text with variables."""

    def change(properties: Properties) -> None:
        text, variables = properties["Target"]["Input"]["Fn::Sub"]
        request = json.loads(text)
        setting(*path, to=to)(request)
        properties["Target"]["Input"] = {"Fn::Sub": [json.dumps(request), variables]}

    return change


NOTEBOOK, DOMAIN, GROUP = f"{SAGEMAKER}NotebookInstance", f"{SAGEMAKER}Domain", "AWS::EC2::SecurityGroup"
SCHEDULE, MONITOR, PIPELINE = "AWS::Scheduler::Schedule", "createProcessingJob", f"{SAGEMAKER}Pipeline"
BUCKET, BUCKET_POLICY, KEY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::KMS::Key"
REPOSITORY, FUNCTION, QUEUE = "AWS::ECR::Repository", "AWS::Lambda::Function", "AWS::SQS::Queue"
RULE, ALARM, TABLE, LOG = "AWS::Events::Rule", "AWS::CloudWatch::Alarm", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup"
OPEN_POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}
EVERY_PAGE = {"CorsRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["POST"]}]}
ANYWHERE = {"IpProtocol": "tcp", "CidrIp": "0.0.0.0/0", "Description": "everybody"}

STUDIO = (
    Fault("SM-01", NOTEBOOK, setting("DirectInternetAccess", to="Enabled")),
    Fault("SM-02", NOTEBOOK, without("SubnetId")),
    Fault("SM-03", NOTEBOOK, setting("RootAccess", to="Enabled")),
    Fault("SM-17", NOTEBOOK, setting("KmsKeyId", to="alias/aws/sagemaker")),
    Fault("SM-16", f"{SAGEMAKER}FeatureGroup", without("OnlineStoreConfig", "SecurityConfig")),
    Fault("SM-16", f"{SAGEMAKER}FeatureGroup", without("OfflineStoreConfig", "S3StorageConfig", "KmsKeyId")),
    Fault("SM-19", DOMAIN, setting("AppNetworkAccessType", to="PublicInternetOnly")),
    Fault("SM-20", DOMAIN, without("KmsKeyId")),
    Fault("SM-21", DOMAIN, without("DomainSettings", "ExecutionRoleIdentityConfig")),
    Fault("SM-22", DOMAIN, setting("AuthMode", to="Anonymous")),
    Fault("SM-23", DOMAIN, setting("DefaultUserSettings", "SharingSettings", to={"NotebookOutputOption": "Allowed"})),
    Fault("SM-24", f"{SAGEMAKER}UserProfile", setting("UserSettings", "ExecutionRole", to="arn:aws:iam::1:role/x")),
    Fault("SM-24", f"{SAGEMAKER}Space", without("OwnershipSettings")),
    Fault("SM-25", DOMAIN, without("DefaultUserSettings", "CodeEditorAppSettings")),
)
JOBS = (
    Fault("SM-09", SCHEDULE, job("NetworkConfig", "EnableInterContainerTrafficEncryption", to=False), MONITOR),
    Fault(
        "SM-10", PIPELINE, in_text('\\"EnableNetworkIsolation\\": true', '\\"EnableNetworkIsolation\\": false'), "Train"
    ),
    Fault(
        "SM-11", SCHEDULE, job("ProcessingResources", "ClusterConfig", "VolumeKmsKeyId", to="alias/aws/ebs"), MONITOR
    ),
    Fault("SM-09", DEFINITION, setting("NetworkConfig", "EnableInterContainerTrafficEncryption", to=False)),
    Fault("SM-10", DEFINITION, setting("NetworkConfig", "EnableNetworkIsolation", to=0)),
    Fault("SM-11", DEFINITION, setting("JobResources", "ClusterConfig", "VolumeKmsKeyId", to="alias/aws/ebs")),
    Fault("SM-12", DEFINITION, without("DataQualityJobOutputConfig", "KmsKeyId")),
    Fault("SM-13", DEFINITION, without("NetworkConfig", "VpcConfig")),
    Fault("SM-14", DEFINITION, without("StoppingCondition")),
    Fault("SM-28", DEFINITION, setting("DataQualityAppSpecification", "ImageUri", to="analyzer:latest")),
    Fault("SM-12", PIPELINE, in_text("KmsKeyId", "SomeKeyId")),
    Fault("SM-13", SCHEDULE, job("NetworkConfig", "VpcConfig", to={}), MONITOR),
    Fault("SM-14", SCHEDULE, job("StoppingCondition", to={}), MONITOR),
    Fault("SM-27", SCHEDULE, setting("State", to="DISABLED"), MONITOR),
    Fault(
        "SM-28", SCHEDULE, job("AppSpecification", "ImageUri", to="111122223333.dkr.ecr.eu-west-1/x:latest"), MONITOR
    ),
    Fault("SM-29", PIPELINE, without("ParallelismConfiguration")),
    Fault("SM-04", "AWS::SSM::Parameter", in_text('\\"minimum_instances\\":2', '\\"minimum_instances\\":1'), "minimum"),
    Fault("SM-15", REPOSITORY, setting("RepositoryName", to="full-dev/other")),
    Fault("SM-30", BUCKET, without("Tags", 0)),
)
IDENTITY = (
    Fault("IAM-01", ROLE, grant("iam:PassRole", "arn:aws:iam::111122223333:role/full-dev-*"), "full-dev-pipeline"),
    Fault("IAM-02", ROLE, grant("sagemaker:*"), "full-dev-pipeline"),
    Fault("IAM-03", ROLE, setting("ManagedPolicyArns", to=["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"])),
    Fault("IAM-04", ROLE, without("PermissionsBoundary")),
    Fault("IAM-05", ROLE, without("AssumeRolePolicyDocument", "Statement", 0, "Condition")),
    Fault("IAM-06", POLICY, without_denials("sagemaker:VpcSubnets"), "full-dev-boundary"),
    Fault("IAM-06", POLICY, opened, "full-dev-boundary", "two keys in one Null"),
    Fault("IAM-07", POLICY, without_denials("sagemaker:VolumeKmsKey"), "sagemaker:VolumeKmsKey"),
    Fault("IAM-08", POLICY, without_denials("sagemaker:MaxRuntimeInSeconds"), "sagemaker:MaxRuntimeInSeconds"),
    Fault("IAM-09", POLICY, without_denials("sagemaker:NetworkIsolation"), "sagemaker:NetworkIsolation"),
    Fault("IAM-10", POLICY, without_denials("sagemaker:TaggingAction"), "full-dev-boundary"),
    Fault("IAM-11", ROLE, grant("sagemaker:StopPipelineExecution", "*"), "full-dev-settle"),
    Fault(
        "IAM-12",
        POLICY,
        without_denials("sagemaker:ModelApprovalStatus"),
        "sagemaker:ModelApprovalStatus",
        "grant and no denial",
        also=Fault("IAM-12", ROLE, grant("sagemaker:UpdateModelPackage"), '"full-dev-settle"'),
    ),
    Fault("IAM-13", ROLE, grant("sagemaker:UpdateEndpoint"), '"full-dev-remediate"'),
    Fault("IAM-14", ROLE, grant("sagemaker:CreatePresignedDomainUrl", "*"), '"full-dev-studio"'),
)
NETWORKS = (
    Fault("NET-01", "AWS::EC2::FlowLog", setting("TrafficType", to="REJECT")),
    Fault("NET-02", GROUP, setting("SecurityGroupIngress", to=[ANYWHERE])),
    Fault("NET-02", GROUP, without("SecurityGroupEgress", 0, "Description"), "", "no description"),
    Fault("NET-03", "AWS::EC2::Subnet", setting("MapPublicIpOnLaunch", to=True)),
    Fault("NET-04", "AWS::EC2::VPCEndpoint", without("PolicyDocument")),
    Fault("NET-04", "AWS::EC2::VPCEndpoint", setting("ServiceName", to="com.amazonaws.eu-west-1.other"), "kms"),
    Fault("NET-05", "Custom::HomeostatDefaultGroup", setting("VpcId", to="vpc-other")),
)
STORES = (
    Fault("S3-01", BUCKET, setting("PublicAccessBlockConfiguration", "BlockPublicAcls", to=False)),
    Fault("S3-02", BUCKET, in_text("aws:kms", "AES256"), "full-dev-data"),
    Fault("S3-03", BUCKET_POLICY, in_text("aws:SecureTransport", "aws:Nothing")),
    Fault("S3-04", BUCKET, setting("VersioningConfiguration", "Status", to="Suspended")),
    Fault("S3-05", BUCKET, without("LoggingConfiguration"), "full-dev-data"),
    Fault("S3-06", BUCKET, in_text("ExpirationInDays", "Id2"), "full-dev-capture"),
    Fault("S3-07", BUCKET_POLICY, in_text("full-dev-analyst", "full-dev-other"), "full-dev-data"),
    Fault("S3-08", BUCKET, setting("CorsConfiguration", to=EVERY_PAGE), "full-dev-data"),
    Fault("KMS-01", KEY, setting("EnableKeyRotation", to=False)),
    Fault("KMS-02", KEY, adding("KeyPolicy", "Statement", value={"Effect": "Allow", "Principal": {"AWS": "*"}})),
    Fault("KMS-02", KEY, adding("KeyPolicy", "Statement", value={"Effect": "Allow", "Principal": {"Service": "x"}})),
    Fault("EFS-01", DOMAIN, without("KmsKeyId")),
    Fault("EFS-02", "AWS::Backup::BackupSelection", setting("BackupSelection", "Resources", to=[])),
    Fault("ECR-01", REPOSITORY, setting("ImageScanningConfiguration", "ScanOnPush", to=False)),
    Fault("ECR-02", REPOSITORY, setting("ImageTagMutability", to="MUTABLE")),
    Fault("ECR-03", REPOSITORY, setting("EncryptionConfiguration", to={"EncryptionType": "AES256"})),
    Fault("ECR-04", REPOSITORY, setting("RepositoryPolicyText", to=OPEN_POLICY)),
    Fault("DB-01", TABLE, without("PointInTimeRecoverySpecification")),
    Fault("DB-02", TABLE, without("SSESpecification")),
    Fault("DB-03", TABLE, setting("DeletionProtectionEnabled", to=False)),
)
FUNCTIONS = (
    Fault(
        "L-01",
        QUEUE,
        without("RedrivePolicy"),
        '"full-dev-promote"',
        also=Fault("L-01", FUNCTION, without("DeadLetterConfig"), '"full-dev-promote"'),
    ),
    Fault("L-02", FUNCTION, setting("ReservedConcurrentExecutions", to=0)),
    Fault("L-03", FUNCTION, setting("Timeout", to=3)),
    Fault("L-04", FUNCTION, without("MemorySize")),
    Fault("L-05", FUNCTION, without("TracingConfig")),
    Fault("L-06", FUNCTION, without("KmsKeyArn")),
    Fault("L-07", "AWS::Lambda::Permission", in_text("Source", "Other")),
    Fault("L-08", FUNCTION, setting("Runtime", to="python3.8")),
    Fault("L-09", FUNCTION, setting("Description", to="still without a signature")),
    Fault("L-10", QUEUE, setting("VisibilityTimeout", to=60), '"full-dev-promote"'),
    Fault("L-10", "AWS::Lambda::EventSourceMapping", without("FunctionResponseTypes")),
)
MESSAGES = (
    Fault("MSG-01", "AWS::SNS::Topic", setting("KmsMasterKeyId", to="alias/aws/sns")),
    Fault("MSG-01", KEY, in_text("cloudwatch.amazonaws.com", "other.amazonaws.com"), "", "the key's policy"),
    Fault("MSG-02", "AWS::SNS::Subscription", without("RedrivePolicy")),
    Fault("MSG-03", QUEUE, without("RedrivePolicy"), '"full-dev-promote"'),
    Fault("MSG-04", QUEUE, without("KmsMasterKeyId")),
    Fault("MSG-05", RULE, without("Targets", 0, "DeadLetterConfig")),
    Fault("MSG-05", SCHEDULE, without("Target", "RetryPolicy"), "", "a schedule"),
    Fault("MSG-06", RULE, without("EventPattern", "account")),
)
WATCHING = (
    Fault("CW-01", RULE, in_text(":alarm:full-dev-churn-drift", ":alarm:full-dev-churn-other"), "churn-drift"),
    Fault("CW-01", ALARM, without("AlarmActions"), "Throttles", "an action"),
    Fault("CW-02", ALARM, without("TreatMissingData")),
    Fault("CW-03", ALARM, setting("DatapointsToAlarm", to=1), "churn-drift"),
    Fault("CW-04", LOG, without("RetentionInDays")),
    Fault("CW-05", ALARM, setting("MetricName", to="Other"), "ApproximateNumberOfMessagesVisible"),
    Fault("CW-05", ALARM, setting("TreatMissingData", to="ignore"), "churn-silence", "silence"),
    Fault("CW-06", "AWS::Scheduler::Schedule", in_text("full-dev-churn", "full-dev-other"), "Batch Due"),
    Fault("CW-06", ALARM, setting("TreatMissingData", to="ignore"), "churn-batchsilence", "Batch Due"),
    Fault("COST-01", "AWS::Budgets::Budget", without("NotificationsWithSubscribers")),
)
FAULTS = (*STUDIO, *JOBS, *IDENTITY, *NETWORKS, *STORES, *FUNCTIONS, *MESSAGES, *WATCHING)
"""In the real templates of the team that has every feature."""
