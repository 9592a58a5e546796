"""What stands around the endpoints: their role, and the alarms that roll a release back.

Models, endpoint configs and endpoints themselves belong to the release path (`lambdas/promote`), so that no deployment
of this stack ever puts an old model back.
"""

from __future__ import annotations

from constructs import Construct

from infra.endpoint_alarms import EndpointAlarms
from infra.endpoint_standing import EndpointStanding
from infra.job_roles import serving_role
from infra.teardown import EndpointsEnd
from infra.tenant import Tenant
from stacks.team_stack import TeamStack


class ServingStack(TeamStack):
    def __init__(self, scope: Construct, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, "serving", tenant, "Role and alarms of the endpoints")
        role = serving_role(self, tenant, key_arn)
        EndpointsEnd(self, "EndpointsEnd", tenant, after=[role.resource])
        for model in tenant.team.models:
            EndpointAlarms(self, model.name, tenant, model=model.name)
            EndpointStanding(self, f"{model.name}.standing", tenant, model=model.name)
