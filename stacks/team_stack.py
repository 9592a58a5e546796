"""A stack of one team's environment: its name, its place, its tags."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from infra.template_stack import TemplateStack
from infra.tenant import Tenant


class TeamStack(TemplateStack):
    """`kind` is the last part of the stack's name, as in `TeamNames.stack`."""

    def __init__(self, scope: Construct, kind: str, tenant: Tenant, description: str) -> None:
        super().__init__(
            scope,
            kind,
            name=tenant.names.stack(kind),
            description=f"{description} of {tenant.names.prefix}",
            env=cdk.Environment(account=tenant.account, region=tenant.region),
            tags=tenant.tags,
        )
