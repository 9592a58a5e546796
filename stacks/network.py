"""What the team's workloads run in and cannot get out of: the network, and the permissions boundary of every role."""

from __future__ import annotations

from constructs import Construct

from infra.boundary import Boundary
from infra.endpoints import Endpoints
from infra.network import Network
from infra.tenant import Tenant
from stacks.team_stack import TeamStack


class NetworkStack(TeamStack):
    def __init__(self, scope: Construct, tenant: Tenant) -> None:
        super().__init__(scope, "network", tenant, "Network and permissions boundary")
        network = Network(self, "Network", tenant)
        Boundary(self, "Boundary", tenant, network=network.ids)
        Endpoints(self, "Endpoints", network)
        self.ids = network.ids
