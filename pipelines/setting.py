"""What every step of one model's pipeline shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.parameters import ParameterString

from core.config.environment import Environment
from core.config.model import Model
from core.config.team import Team
from core.contracts import definition as placeholder
from core.contracts.environment import JobEnvironment
from core.contracts.instances import has_local_storage
from core.contracts.parameters import TrainingParameters
from core.names import ModelNames
from pipelines.offline import session

VOLUME_GB = 30


@dataclass(frozen=True)
class Setting:
    """A model in an environment of its team, in an account, and the images of its jobs: name -> URI."""

    team: Team
    environment: Environment
    model: Model
    account: str
    region: str
    image_uris: Mapping[str, str]

    def folder(self, folder: str) -> Any:
        """S3 URI of one folder of this execution, without a slash at its end."""
        bucket = self.names.of.bucket("models", self.account, self.region)
        prefix = f"s3://{bucket}/{self.names.artifact_prefix}".rstrip("/")
        return Join(on="/", values=[prefix, ExecutionVariables.PIPELINE_EXECUTION_ID, folder])

    def role(self, kind: str) -> str:
        return f"arn:aws:iam::{self.account}:role/{self.names.of.role(kind)}"

    @cached_property
    def names(self) -> ModelNames:
        return self.team.names(self.environment).model(self.model.name)

    @property
    def tags(self) -> dict[str, str]:
        """SageMaker gives a pipeline's jobs none of the pipeline's own tags."""
        return self.team.names(self.environment).tags(self.team.cost_center)

    @cached_property
    def session(self) -> Any:
        return session(self.region, self.names.of.bucket("models", self.account, self.region))

    @cached_property
    def parameters(self) -> dict[str, Any]:
        return {
            name: ParameterString(name=name, default_value=default)
            for name, default in TrainingParameters.defaults().items()
        }

    @cached_property
    def job_environment(self) -> dict[str, str]:
        team, environment = self.team.team, self.environment.name
        return JobEnvironment(team, environment, self.model.name, self.account, self.region).variables()

    @cached_property
    def subnets(self) -> list[str]:
        return [placeholder.subnet(index) for index in range(len(self.environment.network.availability_zones))]


def volume_key(instance_type: str) -> str | None:
    """The team's key; None where the instance has disks of its own, which SageMaker encrypts by itself."""
    return None if has_local_storage(instance_type) else placeholder.KEY_ARN
