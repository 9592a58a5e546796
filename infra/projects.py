"""SageMaker Projects: what a member starts the repository of a model with, wired to the team's pipeline and roles.

The template lies in S3, as SageMaker recommends since 2025: no Service Catalog, and no Git host that must be there. A
project is a CodeBuild project in the team's VPC and its log. Its source is an archive that the member brings with one
command, so it works in a network without a way out, and with any Git host or none.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from core.config.model import Model
from core.contracts.projects import RESOURCE_TYPE, SOURCES, ProjectFiles, RepositorySettings
from infra import grants
from infra.custom_resource import CustomResourceFunction
from infra.network import NetworkIds
from infra.part import Part
from infra.project_template import project_template
from infra.roles import Role
from infra.statements import Statement, allow, pass_role
from infra.tenant import Tenant

SEED = Path(__file__).parents[1] / "project-seed"
NAME = "projects"
LAUNCH, BUILD = "project-launch", "project-build"
"""Kinds of role: of CloudFormation for a project's resources, of a project's build."""


class Projects(Part):
    """The template, one archive of seed code a model, and the two roles; nothing for a team without models."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, network: NetworkIds, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        if not tenant.team.projects or not tenant.team.models:
            return
        Role(self, "Launch", tenant, kind=LAUNCH, service="cloudformation.amazonaws.com", grants=self._launch())
        build = Role(self, "Build", tenant, kind=BUILD, service="codebuild.amazonaws.com", grants=self._build(key_arn))
        seed = Asset(self, "Seed", path=str(SEED), exclude=["**/__pycache__"])
        bucket = tenant.bucket("projects")
        files = ProjectFiles(
            bucket=bucket,
            template=project_template(tenant, network=network, key_arn=key_arn, role_arn=build.arn),
            seed_bucket=seed.s3_bucket_name,
            seed_key=seed.s3_object_key,
            settings={model.name: self._settings(model).to_json() for model in tenant.team.models},
        )
        function = CustomResourceFunction(
            self,
            "Function",
            tenant,
            name=NAME,
            key_arn=key_arn,
            variables={},
            grants=self._placing(f"{self.arns.bucket(seed.s3_bucket_name)}/{seed.s3_object_key}"),
        )
        function.resource("Files", RESOURCE_TYPE, files.properties(), after=[build.resource])

    def _settings(self, model: Model) -> RepositorySettings:
        names = self.names.model(model.name)
        return RepositorySettings(
            model=model.name,
            label=model.label,
            features={
                feature.name: f"{feature.kind} {feature.size}" if feature.size else feature.kind
                for feature in model.signature.features
            },
            region=self.tenant.region,
            data_bucket=self.tenant.bucket("data"),
            labelled_prefix=names.data_prefix,
            pipeline=names.pipeline,
            projects_bucket=self.tenant.bucket("projects"),
        )

    def _placing(self, seed: str) -> list[Statement]:
        bucket = self.arns.bucket(self.tenant.bucket("projects"))
        write = ["s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject"]
        return [allow(["s3:GetObject"], [seed]), allow(write, [f"{bucket}/*"])]

    def _launch(self) -> list[Statement]:
        """What is in the template, and nothing else."""
        builds = self.names.project_build("*")
        logs = ["CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", "TagResource"]
        more = ["UntagResource", "AssociateKmsKey", "DisassociateKmsKey", "ListTagsForResource"]
        groups = self.arns.of("logs", f"log-group:/aws/codebuild/{builds}*")
        projects = [f"codebuild:{verb}Project" for verb in ("Create", "Update", "Delete")]
        return [
            allow([*projects, "codebuild:BatchGetProjects"], [self.arns.of("codebuild", f"project/{builds}")]),
            allow([f"logs:{action}" for action in (*logs, *more)], [groups]),
            allow(["logs:DescribeLogGroups"], ["*"]),
            pass_role([self.arns.role(self.names.role(BUILD))], "codebuild.amazonaws.com"),
        ]

    def _build(self, key_arn: str) -> list[Statement]:
        """Its source, the labelled rows, the pipelines, its log, and a place in the network."""
        builds = self.names.project_build("*")
        run = ["StartPipelineExecution", "DescribePipelineExecution", "ListPipelineExecutionSteps"]
        streams = self.arns.of("logs", f"log-group:/aws/codebuild/{builds}*")
        return [
            *grants.read(self.tenant, "projects", f"{SOURCES}*"),
            allow(["s3:GetObjectVersion"], [f"{self.arns.bucket(self.tenant.bucket('projects'))}/{SOURCES}*"]),
            *grants.write(self.tenant, "data", "*/labelled/*"),
            allow([f"sagemaker:{action}" for action in run], grants.ours(self.tenant)),
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], [streams]),
            *grants.join_network(self.tenant),
            *grants.use_key(key_arn),
        ]
