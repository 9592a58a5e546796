"""What a stack's template holds, as plain data; docs/decisions/0015 says why the CDK need not know it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

from infra.references import REF, Reference, replaced

MOST_RESOURCES = 500
"""CloudFormation's limit for one template."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource in the template of `stack`."""

    stack: str
    logical_id: str

    @property
    def ref(self) -> str:
        """What Ref returns: mostly the id that AWS generates."""
        return self.get_att(REF)

    def get_att(self, attribute: str) -> str:
        """What Fn::GetAtt returns."""
        return str(Reference(self.stack, self.logical_id, attribute))


@dataclass(frozen=True)
class Template:
    """Resources and outputs of one stack; `stack` is its name."""

    stack: str
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    conditions: dict[str, dict[str, Any]] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    """Stacks that this one imports from, once it is finished."""

    def add(self, path: Sequence[str], definition: Mapping[str, Any], after: Iterable[Resource] = ()) -> Resource:
        """`path`: ids of the constructs around the resource, and its own. Raises ValueError where it is taken."""
        resource = Resource(self.stack, logical_id(path))
        if resource.logical_id in self.resources:
            raise ValueError(f"{self.stack} has two resources {'/'.join(path)}; their ids must differ")
        waits = sorted({self._own(other, path).logical_id for other in after})
        self.resources[resource.logical_id] = {**definition, **({"DependsOn": waits} if waits else {})}
        return resource

    def switch(self, name: str, description: str, *, told_by: str, on: str) -> tuple[str, str]:
        """The conditions that the SSM parameter `told_by` says `on`, and that it says anything else. CloudFormation
        reads it whenever the stack is deployed; it must be there before. Raises ValueError for a name that is taken."""
        if name in self.parameters:
            raise ValueError(f"{self.stack} has two parameters {name}; their names must differ")
        self.parameters[name] = {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": told_by,
            "Description": description,
        }
        says = {"Fn::Equals": [{"Ref": name}, on]}
        self.conditions[f"{name}On"] = says
        self.conditions[f"{name}Off"] = {"Fn::Not": [says]}
        return f"{name}On", f"{name}Off"

    def finished(self, others: Mapping[str, Template]) -> dict[str, Any]:
        """Resources in CloudFormation's words. `others`: templates around, by stack; they get the exports needed here.

        So all templates are finished before the outputs of the first are final.
        """
        if len(self.resources) > MOST_RESOURCES:
            raise ValueError(
                f"stack {self.stack} has {len(self.resources)} resources and CloudFormation takes {MOST_RESOURCES}; "
                "move some of the models into another team's file"
            )

        def written(reference: Reference) -> dict[str, Any]:
            if reference.stack == self.stack:
                return reference.intrinsic()
            self.needs.add(reference.stack)
            return {"Fn::ImportValue": others[reference.stack].export(reference)}

        self.outputs.update(replaced(self.outputs, written))
        finished: dict[str, Any] = replaced(self.resources, written)
        return finished

    def export(self, reference: Reference) -> str:
        """Name under which other stacks import what a reference stands for."""
        id = f"Exports{reference.logical_id}{reference.attribute.replace('.', '')}"
        name = f"{self.stack}:{id}"
        self.outputs[id] = {"Value": reference.intrinsic(), "Export": {"Name": name}}
        return name

    def _own(self, other: Resource, path: Sequence[str]) -> Resource:
        if other.stack != self.stack:
            id = "/".join(path)
            raise ValueError(f"{id} cannot wait for {other.logical_id} of stack {other.stack}; let its stack wait")
        return other


def logical_id(path: Sequence[str]) -> str:
    """As the CDK names what it makes: letters and digits of the path, and a hash where the path has parts.

    >>> logical_id(["Key"]), logical_id(["Network", "Vpc"])
    ('Key', 'NetworkVpcFAC8F4A5')
    """
    letters = re.sub(r"[^A-Za-z0-9]", "", "".join(_without_repeats(path)))
    if len(path) == 1:
        return letters
    return letters[:240] + md5("/".join(path).encode(), usedforsecurity=False).hexdigest()[:8].upper()


def _without_repeats(path: Sequence[str]) -> Iterator[str]:
    last = ""
    for part in path:
        if not last.endswith(part):
            yield part
            last = part
