"""Everything of one team in one environment: the network, what work is kept in, then four that need only those."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import Construct

from infra.shared_grants import SharedGrants
from infra.template_stack import finish
from infra.tenant import Tenant
from stacks.artifacts import ArtifactsStack
from stacks.network import NetworkStack
from stacks.operations import OperationsStack
from stacks.serving import ServingStack
from stacks.studio import StudioStack
from stacks.training import TrainingStack


class TeamStage(cdk.Stage):
    """`definitions` holds the compiled training pipeline of each model, by the model's name."""

    def __init__(self, scope: Construct, tenant: Tenant, *, definitions: Mapping[str, str]) -> None:
        super().__init__(scope, tenant.names.prefix)
        network = NetworkStack(self, tenant)
        artifacts = ArtifactsStack(self, tenant, network=network.ids)
        artifacts.add_stack_dependency(network)
        ids, key_arn = network.ids, artifacts.key_arn
        serving = ServingStack(self, tenant, key_arn=key_arn)
        operations = OperationsStack(self, tenant, network=ids, key_arn=key_arn)
        rest = (
            StudioStack(self, tenant, network=ids, key_arn=key_arn),
            TrainingStack(self, tenant, network=ids, key_arn=key_arn, definitions=definitions),
            serving,
            operations,
        )
        for stack in rest:
            stack.add_stack_dependency(artifacts)
        operations.add_stack_dependency(serving)  # it goes by what is told there of the endpoints
        SharedGrants(network, "Shared", tenant, [network, artifacts, *rest])
        finish([network, artifacts, *rest])
