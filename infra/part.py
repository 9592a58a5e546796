"""Base of the constructs here: it adds CloudFormation resources that carry the team's tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import CfnResource, RemovalPolicy
from constructs import Construct

from infra.acknowledged import ACKNOWLEDGED
from infra.tagging import TAGS_AS_MAP, UNTAGGED
from infra.tenant import Tenant


class Part(Construct):
    """A construct that works for one tenant."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id)
        self.tenant = tenant
        self.names = tenant.names
        self.arns = tenant.arns

    def add(
        self,
        id: str,
        type: str,
        properties: Mapping[str, Any],
        *,
        holds_data: bool = False,
        after: Iterable[CfnResource] = (),
        acknowledges: Mapping[str, str] | None = None,
    ) -> CfnResource:
        """One resource. `after`: made once these are there, where no reference says so.

        A resource that holds data outlives its stack unless the tenant destroys data. `acknowledges`: why something is
        accepted that `infra.guard` or a scanner finds on this resource, by the control's or rule's id.
        """
        resource = CfnResource(self, id, type=type, properties={**properties, **self._tags(type)})
        for other in after:
            resource.add_resource_dependency(other)
        if acknowledges:
            section, key = ACKNOWLEDGED
            resource.add_metadata(section, {key: dict(acknowledges)})
        if holds_data:
            destroys = self.tenant.destroys_data
            resource.apply_removal_policy(RemovalPolicy.DESTROY if destroys else RemovalPolicy.RETAIN)
        return resource

    def _tags(self, type: str) -> dict[str, Any]:
        if type in UNTAGGED or type.startswith("Custom::"):
            return {}
        if type in TAGS_AS_MAP:
            return {TAGS_AS_MAP[type]: self.tenant.tags}
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tenant.tags.items()]}
