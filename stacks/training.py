"""What makes models: features, runs, roles of the jobs; for each model a pipeline, a package group and a policy."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from infra.feature_groups import FeatureGroups
from infra.job_roles import pipeline_role, processing_role, training_role
from infra.mlflow import Mlflow
from infra.network import NetworkIds
from infra.projects import Projects
from infra.teardown import WorkEnds
from infra.tenant import Tenant
from infra.training_pipeline import TrainingPipeline
from stacks.team_stack import TeamStack


class TrainingStack(TeamStack):
    """`definitions` holds the compiled pipeline of each model, by the model's name."""

    def __init__(
        self, scope: Construct, tenant: Tenant, *, network: NetworkIds, key_arn: str, definitions: Mapping[str, str]
    ) -> None:
        super().__init__(scope, "training", tenant, "Training pipelines and model registry")
        FeatureGroups(self, "FeatureGroups", tenant, key_arn=key_arn)
        if tenant.team.mlflow:
            Mlflow(self, "Mlflow", tenant, key_arn=key_arn)
        jobs = [training_role(self, tenant, key_arn), processing_role(self, tenant, key_arn)]
        role = pipeline_role(self, tenant, key_arn)
        pipelines = [
            TrainingPipeline(
                self,
                model.name,
                tenant,
                model=model,
                definition=definitions[model.name],
                network=network,
                key_arn=key_arn,
                role=role,
            ).resource
            for model in tenant.team.models
        ]
        WorkEnds(self, "WorkEnds", tenant, after=[*(each.resource for each in jobs), *pipelines])
        Projects(self, "Projects", tenant, network=network, key_arn=key_arn)
