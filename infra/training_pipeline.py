"""A model's training pipeline, its package group and its policy: what there is to train, register and decide with."""

from __future__ import annotations

from constructs import Construct

from core.config.model import Model
from core.contracts import definition as placeholder
from core.contracts.policy_parts import part_names, parts
from core.costs import price, run_cost
from infra.guard.serving import FEW_INSTANCES, PRODUCTION
from infra.network import NetworkIds
from infra.part import Part
from infra.roles import Role
from infra.tenant import Tenant

PARALLEL_STEPS = 4
"""Baseline and gate run side by side; more is the room that later steps get."""
STEPS_READ_BY_THEMSELVES = (
    "Training is isolated. The processing steps find their data in S3 by themselves, which an isolated container "
    "cannot; they run in the team's private subnets, where S3 is reached by an endpoint with a policy."
)
ONE_INSTANCE = (
    "The team's file asks for one instance in an environment that is not production: the loss of an instance there "
    "costs minutes of a test, a second instance costs money all the time."
)


class TrainingPipeline(Part):
    """`definition` is the compiled pipeline; its placeholders become the ids that AWS generated."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        tenant: Tenant,
        *,
        model: Model,
        definition: str,
        network: NetworkIds,
        key_arn: str,
        role: Role,
    ) -> None:
        super().__init__(scope, id, tenant)
        names = self.names.model(model.name)
        group = self.add(
            "Packages",
            "AWS::SageMaker::ModelPackageGroup",
            {
                "ModelPackageGroupName": names.package_group,
                "ModelPackageGroupDescription": f"Models of {names.endpoint}",
            },
            holds_data=True,
        )
        self.resource = self.add(
            "Pipeline",
            "AWS::SageMaker::Pipeline",
            {
                "PipelineName": names.pipeline,
                "PipelineDescription": f"Trains, judges and registers {names.endpoint}",
                "PipelineDefinition": {"PipelineDefinitionBody": fill(definition, network, key_arn)},
                "RoleArn": role.arn,
                "ParallelismConfiguration": {"MaxParallelExecutionSteps": PARALLEL_STEPS},
            },
            after=[group, role.resource],
            acknowledges={"SM-10": STEPS_READ_BY_THEMSELVES},
        )
        values = parts(self._policy(model))
        for number, (name, value) in enumerate(
            zip(part_names(names.policy_parameter, len(values)), values, strict=True), 1
        ):
            self.add(
                "Policy" if number == 1 else f"Policy{number}",
                "AWS::SSM::Parameter",
                {
                    "Name": name,
                    "Type": "String",
                    "Description": f"How {names.endpoint} is watched, remediated and released",
                    "Value": value,
                },
                acknowledges=self._small_fleet(model) if number == 1 else None,
            )

    def _small_fleet(self, model: Model) -> dict[str, str]:
        """In production the guard asks for two instances, and nothing here answers for less."""
        production = self.tenant.environment.name.startswith(PRODUCTION)
        return {} if production or model.serving.minimum_instances >= FEW_INSTANCES else {"SM-04": ONE_INSTANCE}

    def _policy(self, model: Model) -> str:
        training = model.training
        cost = run_cost(
            training.instance_type,
            training.instance_count,
            training.processing_instance_type,
            training.max_runtime_minutes,
            self.tenant.region,
        )
        types = {training.instance_type, training.processing_instance_type}
        prices = {name: price(name, self.tenant.region) for name in sorted(types)}
        return model.policy(self.names.model(model.name), cost, prices).to_json()


def fill(definition: str, network: NetworkIds, key_arn: str) -> dict[str, object]:
    """The definition with ids in place of its placeholders, as CloudFormation's Fn::Sub."""
    ids = {placeholder.KEY_ARN: ("Key", key_arn), placeholder.SECURITY_GROUP: ("Group", network.security_group)}
    for index, subnet in enumerate(network.subnets):
        ids[placeholder.subnet(index)] = (f"Subnet{index}", subnet)
    text = definition.replace("${", "${!")  # what looks like a variable to Fn::Sub but is the pipeline's own
    for mark, (name, _) in ids.items():
        text = text.replace(mark, f"${{{name}}}")
    return {"Fn::Sub": [text, {name: value for name, value in ids.values() if f"${{{name}}}" in text}]}
