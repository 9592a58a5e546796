"""What the team's work is kept in: the key, the buckets, the image repositories."""

from __future__ import annotations

from constructs import Construct

from infra.buckets import Buckets
from infra.guard_rails import GuardRails
from infra.images import Images
from infra.key import Key
from infra.tenant import Tenant
from stacks.team_stack import TeamStack


class ArtifactsStack(TeamStack):
    def __init__(self, scope: Construct, tenant: Tenant) -> None:
        super().__init__(scope, "artifacts", tenant, "Key, buckets and image repositories")
        self.key_arn = Key(self, "Key", tenant).key_arn
        GuardRails(self, "GuardRails", tenant, key_arn=self.key_arn)
        Buckets(self, "Buckets", tenant, key_arn=self.key_arn)
        Images(self, "Images", tenant, key_arn=self.key_arn)
