"""A team's templates as they would stand in an account: every reference replaced by what it becomes."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

PHYSICAL_NAMES = ("FunctionName", "QueueName", "RoleName", "BucketName", "TableName", "Name", "UserProfileName")


@dataclass
class Resource:
    stack: str
    type: str
    properties: dict[str, Any]
    deletion_policy: str = "Delete"


@dataclass
class Deployed:
    """Resources of all stacks of one stage. Faults are seeded into a `copy`."""

    account: str
    region: str
    resources: list[Resource] = field(default_factory=list)
    needs: dict[str, set[str]] = field(default_factory=dict)
    """Stack -> stacks whose outputs it imports."""

    def of(self, type: str) -> Iterator[dict[str, Any]]:
        return (resource.properties for resource in self.resources if resource.type == type)

    def one(self, type: str, **properties: Any) -> dict[str, Any]:
        """The one resource of a type that has these properties."""
        found = [each for each in self.of(type) if properties.items() <= each.items()]
        assert len(found) == 1, f"{len(found)} resources of type {type} have {properties}"
        return found[0]

    def copy(self) -> Deployed:
        return copy.deepcopy(self)


def deploy(templates: Mapping[str, Mapping[str, Any]], account: str, region: str) -> Deployed:
    """Resolve all references within and between the stacks."""
    deployed = Deployed(account, region)
    exports = {
        output["Export"]["Name"]: (stack, output["Value"])
        for stack, template in templates.items()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }
    for stack, template in templates.items():
        deployed.needs[stack] = set()
        resolver = _Resolver(deployed, templates, exports)
        for resource in template["Resources"].values():
            deployed.resources.append(
                Resource(
                    stack,
                    resource["Type"],
                    resolver.value(stack, resource.get("Properties", {})),
                    resource.get("DeletionPolicy", "Delete"),
                )
            )
    return deployed


@dataclass
class _Resolver:
    deployed: Deployed
    templates: Mapping[str, Mapping[str, Any]]
    exports: Mapping[str, tuple[str, Any]]

    def value(self, stack: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self.value(stack, item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._call(stack, function, argument)
        return {key: self.value(stack, item) for key, item in value.items()}

    def _call(self, stack: str, function: str, argument: Any) -> Any:
        if function == "Ref":
            return self._reference(stack, argument)
        if function == "Fn::GetAtt":
            return f"{self._id(stack, argument[0])}.{argument[1]}"
        if function == "Fn::ImportValue":
            source, value = self.exports[argument]
            self.deployed.needs[stack].add(source)
            return self.value(source, value)
        if function == "Fn::Join":
            return argument[0].join(self.value(stack, part) for part in argument[1])
        if function == "Fn::Sub":
            return self._substitute(stack, argument)
        raise AssertionError(f"{function} is not resolved here")

    def _reference(self, stack: str, name: str) -> str:
        pseudo = {"AWS::Region": self.deployed.region, "AWS::AccountId": self.deployed.account, "AWS::Partition": "aws"}
        return pseudo[name] if name in pseudo else self._id(stack, name)

    def _id(self, stack: str, logical_id: str) -> str:
        properties = self.templates[stack]["Resources"][logical_id].get("Properties", {})
        named = next((properties[name] for name in PHYSICAL_NAMES if isinstance(properties.get(name), str)), None)
        return str(named) if named else f"{stack}/{logical_id}"

    def _substitute(self, stack: str, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def replaced(match: re.Match[str]) -> str:
            name = match.group(1)
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            return str(self.value(stack, variables[name]) if name in variables else self._reference(stack, name))

        return re.sub(r"\$\{([^}]+)\}", replaced, text)
