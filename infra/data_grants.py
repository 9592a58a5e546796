"""What people may do with the data of queries and runs, with builds, and with projects: statements to put together."""

from __future__ import annotations

from core.contracts.projects import SOURCES
from infra import grants
from infra.statements import Statement, allow, pass_role
from infra.tenant import Tenant


def query_data(tenant: Tenant) -> list[Statement]:
    """What Athena needs of S3, where it reads tables and writes results in the name of who asks: the offline stores of
    the feature groups, and the results of queries. Beside `team_grants.run_queries`."""
    names = tenant.names
    stores = [names.feature_prefix] if tenant.team.feature_groups else []
    return [
        *grants.read_below(tenant, "data", *stores, names.query_prefix),
        *grants.write(tenant, "data", f"{names.query_prefix}*"),
    ]


def keep_artifacts_of_runs(tenant: Tenant) -> list[Statement]:
    """MLflow's client reads and writes artifacts in S3, past the App; the App's ARN is a parameter. Beside
    `team_grants.use_experiments`."""
    if not tenant.team.mlflow:
        return []
    names = tenant.names
    return [
        allow(["ssm:GetParameter"], [tenant.arns.of("ssm", f"parameter{names.mlflow_parameter}")]),
        *grants.read_below(tenant, "models", names.mlflow_prefix),
        *grants.write(tenant, "models", f"{names.mlflow_prefix}*"),
    ]


def build_images(tenant: Tenant) -> list[Statement]:
    """Start the build of the container images, and follow it."""
    return run_builds(tenant, tenant.names.image_build)


def run_builds(tenant: Tenant, project: str) -> list[Statement]:
    """`project` may hold an asterisk."""
    of, streams = tenant.arns.of, "*" if "*" in project else ":*"
    actions = ["codebuild:StartBuild", "codebuild:StopBuild", "codebuild:BatchGetBuilds"]
    return [
        allow([*actions, "codebuild:BatchGetProjects"], [of("codebuild", f"project/{project}")]),
        allow(["logs:GetLogEvents"], [of("logs", f"log-group:/aws/codebuild/{project}{streams}")]),
    ]


def start_projects(tenant: Tenant) -> list[Statement]:
    """Make a SageMaker project from the team's template, and work on it: bring code, run its build.

    SageMaker asks CloudFormation for a stack in the member's name, which it calls `SP-...` without the team's name: so
    a member reaches stacks through SageMaker alone, and SageMaker's projects by the team's prefix.
    """
    if not tenant.team.projects or not tenant.team.models:
        return []
    of, names = tenant.arns.of, tenant.names
    verbs = ("Create", "Describe", "Update", "Delete")
    stacks = ["CreateStack", "DescribeStacks", "DescribeStackEvents", "UpdateStack", "DeleteStack"]
    own_stacks, asked = [of("cloudformation", "stack/SP-*")], {"Bool": {"aws:ViaAWSService": "true"}}
    tagging = ["cloudformation:TagResource", "cloudformation:UntagResource"]
    projects = grants.ours(tenant)
    return [
        allow([f"sagemaker:{verb}Project" for verb in verbs], projects),
        grants.tag_while_creating(projects),
        allow(["sagemaker:ListProjects"], ["*"]),
        allow([*(f"cloudformation:{action}" for action in stacks), *tagging], own_stacks, asked),
        allow(["cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate"], ["*"]),
        pass_role([tenant.arns.role(names.role("project-launch"))], "cloudformation.amazonaws.com"),
        *grants.read(tenant, "projects", "*"),
        allow(["s3:GetObjectTagging"], [f"{tenant.arns.bucket(tenant.bucket('projects'))}/*"]),
        *grants.write(tenant, "projects", f"{SOURCES}*"),
        *run_builds(tenant, names.project_build("*")),
    ]
