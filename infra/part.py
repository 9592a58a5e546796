"""Base of the constructs here: it adds CloudFormation resources that carry the team's tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from constructs import Construct

from infra.acknowledged import ACKNOWLEDGED
from infra.tagging import TAGS_AS_MAP, UNTAGGED
from infra.template import Resource, Template
from infra.template_stack import TemplateStack
from infra.tenant import Tenant


class Part(Construct):
    """A construct that works for one tenant. `scope`: a stack, or another part."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id)
        self.tenant = tenant
        self.names = tenant.names
        self.arns = tenant.arns
        self._template: Template
        self._path: tuple[str, ...]
        if isinstance(scope, Part):
            self._template, self._path = scope._template, (*scope._path, id)
        elif isinstance(scope, TemplateStack):
            self._template, self._path = scope.template, (id,)
        else:
            raise TypeError(f"{id} is made in a {type(scope).__name__}; accepted: a Part or a TemplateStack")

    def add(
        self,
        id: str,
        type: str,
        properties: Mapping[str, Any],
        *,
        holds_data: bool = False,
        after: Iterable[Resource] = (),
        when: str | None = None,
        acknowledges: Mapping[str, str] | None = None,
    ) -> Resource:
        """One resource. `after`: made once these are there, where no reference says so.

        `when` names a condition of the template (`switch`); without it the resource is always there.
        A resource that holds data outlives its stack unless the tenant destroys data. `acknowledges`: why something is
        accepted that `infra.guard` or a scanner finds on this resource, by the control's or rule's id.
        """
        definition: dict[str, Any] = {"Type": type, "Properties": {**properties, **self._tags(type, properties)}}
        if holds_data:
            policy = "Delete" if self.tenant.destroys_data else "Retain"
            definition |= {"UpdateReplacePolicy": policy, "DeletionPolicy": policy}
        if acknowledges:
            section, key = ACKNOWLEDGED
            definition["Metadata"] = {section: {key: dict(acknowledges)}}
        if when:
            definition["Condition"] = when
        return self._template.add((*self._path, id), definition, after)

    def switch(self, name: str, description: str, *, told_by: str, on: str) -> tuple[str, str]:
        """Conditions of the stack: that the SSM parameter `told_by` says `on` at a deployment, and that it does not."""
        return self._template.switch(name, description, told_by=told_by, on=on)

    def output(self, id: str, value: str, description: str) -> None:
        """An output of the stack: what people look up after a deployment."""
        self._template.outputs[id] = {"Value": value, "Description": description}

    def _tags(self, type: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The team's tags behind those that the resource brings."""
        if type in UNTAGGED or type.startswith("Custom::"):
            return {}
        if type in TAGS_AS_MAP:
            return {TAGS_AS_MAP[type]: self.tenant.tags}
        own = [{"Key": key, "Value": value} for key, value in self.tenant.tags.items()]
        return {"Tags": [*properties.get("Tags", ()), *own]}
