"""What the team's work is kept in: the key, the buckets, the image repositories and their build, the tables."""

from __future__ import annotations

from constructs import Construct

from infra.buckets import Buckets
from infra.default_group import DefaultGroup
from infra.guard_rails import GuardRails
from infra.image_build import ImageBuild
from infra.images import Images
from infra.key import Key
from infra.network import NetworkIds
from infra.queries import Queries
from infra.teardown import Teardown
from infra.tenant import Tenant
from stacks.team_stack import TeamStack


class ArtifactsStack(TeamStack):
    """After the network: the buckets' policies name its VPC (docs/decisions/0007), and every role its boundary."""

    def __init__(self, scope: Construct, tenant: Tenant, *, network: NetworkIds) -> None:
        super().__init__(scope, "artifacts", tenant, "Key, buckets, images and tables")
        self.key_arn = Key(self, "Key", tenant).key_arn
        GuardRails(self, "GuardRails", tenant, key_arn=self.key_arn)
        DefaultGroup(self, "DefaultGroup", tenant, network=network, key_arn=self.key_arn)
        teardown = Teardown(self, "Teardown", tenant, network=network, key_arn=self.key_arn)
        Buckets(self, "Buckets", tenant, key_arn=self.key_arn, vpc=network.vpc, teardown=teardown)
        Images(self, "Images", tenant, key_arn=self.key_arn)
        ImageBuild(self, "ImageBuild", tenant, key_arn=self.key_arn)
        Queries(self, "Queries", tenant, key_arn=self.key_arn)
