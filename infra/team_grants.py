"""What people may do with their team's jobs, pipelines, registry, features, queries and experiments."""

from __future__ import annotations

from core.names import TEAM_TAG
from infra import grants
from infra.grants import anybodys, of_pipelines, ours
from infra.job_roles import ALL, SAGEMAKER
from infra.statements import Statement, allow, pass_role
from infra.tenant import Tenant


def carrying_our_tag(tenant: Tenant) -> dict[str, dict[str, str]]:
    return {"StringEquals": {f"aws:ResourceTag/{TEAM_TAG}": tenant.names.prefix}}


def see_metrics(tenant: Tenant) -> list[Statement]:
    """Metrics of the account; the team's own dashboards and alarms."""
    of, prefix = tenant.arns.of, tenant.names.prefix
    names = [tenant.names.dashboard, *(tenant.names.model(model.name).dashboard for model in tenant.team.models)]
    dashboards = [f"arn:aws:cloudwatch::{tenant.account}:dashboard/{name}" for name in names]
    return [
        allow(["cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"], ["*"]),
        allow(["cloudwatch:GetDashboard"], dashboards),
        allow(["cloudwatch:DescribeAlarms"], ["*"]),
        allow(["cloudwatch:DescribeAlarmHistory"], [of("cloudwatch", f"alarm:{prefix}-*")]),
    ]


def run_queries(tenant: Tenant) -> list[Statement]:
    """Athena in the team's workgroup over the team's database. S3 decides which rows: see `read_features`."""
    of, names = tenant.arns.of, tenant.names
    verbs = ("StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "GetQueryResults", "GetWorkGroup")
    tables = ("GetDatabase", "GetTable", "GetTables", "GetPartition", "GetPartitions", "BatchGetPartition")
    catalog = [of("glue", "catalog"), of("glue", f"database/{names.database}"), of("glue", f"table/{names.database}/*")]
    return [
        allow([f"athena:{verb}" for verb in verbs], [of("athena", f"workgroup/{names.workgroup}")]),
        allow([f"glue:{verb}" for verb in tables], catalog),
    ]


def use_features(tenant: Tenant) -> list[Statement]:
    """Read and write records of the team's feature groups; the groups themselves come from the team's file."""
    verbs = ("PutRecord", "GetRecord", "BatchGetRecord", "DeleteRecord", "DescribeFeatureGroup")
    return [allow([f"sagemaker:{verb}" for verb in verbs], ours(tenant))]


def use_experiments(tenant: Tenant) -> list[Statement]:
    """The team's MLflow App, known by its tag: AWS generates its id."""
    actions = ["sagemaker:DescribeMlflowApp", "sagemaker:CallMlflowAppApi", "sagemaker:CreatePresignedMlflowAppUrl"]
    return [allow(actions, anybodys(tenant), carrying_our_tag(tenant)), allow(["sagemaker:ListMlflowApps"], ["*"])]


def run_jobs(tenant: Tenant, key_arn: str) -> list[Statement]:
    """Training, tuning and processing under the team's prefix, with the jobs' own roles, within the guard rails."""
    kinds = ("TrainingJob", "HyperParameterTuningJob", "ProcessingJob")
    roles = [tenant.arns.role(tenant.names.role(kind)) for kind in ("training", "processing")]
    actions = [f"sagemaker:{verb}{kind}" for kind in kinds for verb in ("Create", "Describe", "Stop")]
    return [
        allow(actions, ours(tenant)),
        grants.tag_while_creating(ours(tenant)),
        *see_jobs_of_pipelines(tenant),
        pass_role(roles, SAGEMAKER),
        *grants.use_key_for_disks(key_arn),
    ]


def see_jobs_of_pipelines(tenant: Tenant) -> list[Statement]:
    look = ["sagemaker:DescribeTrainingJob", "sagemaker:DescribeProcessingJob"]
    return [allow(look, of_pipelines(tenant), carrying_our_tag(tenant))]


def run_pipelines(tenant: Tenant) -> list[Statement]:
    """Pipelines and their executions, both by the pipeline's name: executions have no tags."""
    actions = [
        "sagemaker:DescribePipeline",
        "sagemaker:StartPipelineExecution",
        "sagemaker:StopPipelineExecution",
        "sagemaker:DescribePipelineExecution",
        "sagemaker:ListPipelineExecutions",
        "sagemaker:ListPipelineExecutionSteps",
        "sagemaker:ListPipelineParametersForExecution",
        "sagemaker:DescribePipelineDefinitionForExecution",
    ]
    return [allow(actions, ours(tenant))]


def repair_pipelines(tenant: Tenant) -> list[Statement]:
    return [allow(["sagemaker:RetryPipelineExecution", "sagemaker:UpdatePipelineExecution"], ours(tenant))]


def see_packages(tenant: Tenant) -> list[Statement]:
    return [allow(["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"], ours(tenant))]


def approve_packages(tenant: Tenant) -> list[Statement]:
    return [allow(["sagemaker:UpdateModelPackage"], ours(tenant))]


def use_endpoints(tenant: Tenant) -> list[Statement]:
    """Call and watch what is in service; the release path alone changes it."""
    call = ["InvokeEndpoint", "InvokeEndpointAsync"]
    look = ["DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel"]
    return [allow([f"sagemaker:{action}" for action in (*call, *look)], ours(tenant))]


def transform(tenant: Tenant) -> list[Statement]:
    """Batch transform with models that are there; a model is made by the release path."""
    actions = [f"sagemaker:{verb}TransformJob" for verb in ("Create", "Describe", "Stop")]
    jobs = ours(tenant)
    return [allow(actions, jobs), grants.tag_while_creating(jobs)]


def read_logs_of_jobs(tenant: Tenant) -> list[Statement]:
    """Streams are named after their jobs. Those of pipelines' jobs bear no team's name: teams that must not see each
    other's logs of training live in different accounts."""
    of, prefix = tenant.arns.of, tenant.names.prefix
    endpoints = of("logs", f"log-group:/aws/sagemaker/Endpoints/{prefix}-*")
    streams = [of("logs", f"{grants.LOGS_OF_JOBS}:log-stream:{stem}-*") for stem in (prefix, "pipelines")]
    return [
        allow(["logs:DescribeLogStreams"], [of("logs", grants.LOGS_OF_JOBS)]),
        allow(["logs:GetLogEvents"], [*streams, endpoints]),
    ]


def explore_data(tenant: Tenant) -> list[Statement]:
    return [*grants.read(tenant, "data", ALL), *grants.write(tenant, "data", ALL)]
