"""How long a name may be in AWS, and what it may not begin with.

Sources are the pages of the services' API references; a test holds the lengths to the models of the AWS SDK and to
CloudFormation's schemas where those say one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one kind of name."""

    kind: str
    """As a sentence calls it: "makes the `kind` name risk-dev-..."."""
    longest: int
    source: str
    refused_prefix: str = ""


ALARM = Limit("alarm", 255, "CloudWatch, PutMetricAlarm, AlarmName")
APP_IMAGE_CONFIG = Limit("app image config", 63, "SageMaker, CreateAppImageConfig, AppImageConfigName")
BACKUP_VAULT = Limit("backup vault", 50, "AWS Backup, CreateBackupVault, BackupVaultName")
BUCKET = Limit("bucket", 63, "Amazon S3 user guide, Bucket naming rules", "sthree-")
BUDGET = Limit("budget", 100, "AWS Budgets, Budget, BudgetName")
BUILD = Limit("build project", 150, "CodeBuild, CreateProject, name")
DASHBOARD = Limit("dashboard", 255, "CloudWatch, PutDashboard, DashboardName")
DATABASE = Limit("Glue database", 255, "AWS Glue, DatabaseInput, Name")
DOMAIN = Limit("domain", 63, "SageMaker, CreateDomain, DomainName")
ENDPOINT = Limit("endpoint", 63, "SageMaker, CreateEndpoint, EndpointName")
FEATURE_GROUP = Limit("feature group", 64, "SageMaker, CreateFeatureGroup, FeatureGroupName")
FUNCTION = Limit("function", 64, "AWS Lambda, CreateFunction, FunctionName")
IMAGE = Limit("image", 63, "SageMaker, CreateImage, ImageName")
JOB = Limit("job", 63, "SageMaker, CreateProcessingJob, ProcessingJobName")
KEY_ALIAS = Limit("key alias", 256, "AWS KMS, CreateAlias, AliasName")
LIFECYCLE = Limit("lifecycle configuration", 63, "SageMaker, CreateStudioLifecycleConfig, StudioLifecycleConfigName")
LOG_GROUP = Limit("log group", 512, "CloudWatch Logs, CreateLogGroup, logGroupName")
MLFLOW = Limit("MLflow App", 256, "SageMaker, CreateMlflowApp, Name")
MONITORING_SCHEDULE = Limit("monitoring schedule", 63, "SageMaker, CreateMonitoringSchedule, MonitoringScheduleName")
NOTEBOOK = Limit("notebook instance", 63, "SageMaker, CreateNotebookInstance, NotebookInstanceName")
PACKAGE_GROUP = Limit("model package group", 63, "SageMaker, CreateModelPackageGroup, ModelPackageGroupName")
PARAMETER = Limit("parameter", 1011, "Systems Manager, PutParameter, Name")
PIPELINE = Limit("pipeline", 256, "SageMaker, CreatePipeline, PipelineName")
PROJECT = Limit("project", 32, "SageMaker, CreateProject, ProjectName")
QUEUE = Limit("queue", 80, "Amazon SQS, CreateQueue, QueueName")
REPOSITORY = Limit("image repository", 256, "Amazon ECR, CreateRepository, repositoryName")
ROLE = Limit("role", 64, "IAM, CreateRole, RoleName")
SCHEDULE = Limit("schedule", 64, "EventBridge Scheduler, CreateSchedule, Name")
STACK = Limit("stack", 128, "CloudFormation, CreateStack, StackName")
TABLE = Limit("table", 255, "DynamoDB, CreateTable, TableName")
TOPIC = Limit("topic", 256, "Amazon SNS, CreateTopic, Name")
WORKGROUP = Limit("Athena workgroup", 128, "Amazon Athena, CreateWorkGroup, Name")

LONGEST_PART = 25
"""Of what the platform itself puts behind a team environment's prefix, as in `TeamNames.role("data-scientist")`."""
