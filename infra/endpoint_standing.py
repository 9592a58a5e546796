"""Whether a model's endpoint stands, where deployments can read it: CloudFormation itself cannot ask for that."""

from __future__ import annotations

from constructs import Construct

from core.contracts.managed import STANDS_NOT
from infra.part import Part
from infra.tenant import Tenant


class EndpointStanding(Part):
    """`lambdas/settle` writes what is true. A deployment that sets it back is mended by settle's next sweep."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: str) -> None:
        super().__init__(scope, id, tenant)
        names = self.names.model(model)
        self.add(
            "Parameter",
            "AWS::SSM::Parameter",
            {
                "Name": names.standing_parameter,
                "Type": "String",
                "Description": f"Whether {names.endpoint} stands; lambdas/settle keeps it",
                "Value": STANDS_NOT,
            },
        )
