"""A team's templates as they would stand in an account: every reference replaced by what it becomes."""

from __future__ import annotations

import copy
import hashlib
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
    id: str
    """Its physical id: its name where it has one, else one of the form that AWS generates."""
    deletion_policy: str = "Delete"
    condition: str | None = None


@dataclass
class Deployed:
    """Resources of all stacks of one stage. Faults are seeded into a `copy`."""

    account: str
    region: str
    resources: list[Resource] = field(default_factory=list)
    needs: dict[str, set[str]] = field(default_factory=dict)
    """Stack -> stacks whose outputs it imports."""
    reads: dict[str, set[str]] = field(default_factory=dict)
    """Stack -> names of the SSM parameters that CloudFormation reads when it is deployed."""

    def of(self, type: str) -> Iterator[dict[str, Any]]:
        return (resource.properties for resource in self.resources if resource.type == type)

    def one(self, type: str, **properties: Any) -> dict[str, Any]:
        """The one resource of a type that has these properties."""
        found = [each for each in self.of(type) if properties.items() <= each.items()]
        assert len(found) == 1, f"{len(found)} resources of type {type} have {properties}"
        return found[0]

    @property
    def key_arn(self) -> str:
        """Of the team's one key."""
        (key,) = [resource for resource in self.resources if resource.type == "AWS::KMS::Key"]
        return f"arn:aws:kms:{self.region}:{self.account}:key/{key.id}"

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
        deployed.reads[stack] = {
            parameter["Default"]
            for parameter in template.get("Parameters", {}).values()
            if parameter["Type"].startswith("AWS::SSM::Parameter::Value")
        }
        resolver = _Resolver(deployed, templates, exports)
        for logical_id, resource in template["Resources"].items():
            deployed.resources.append(
                Resource(
                    stack,
                    resource["Type"],
                    resolver.value(stack, resource.get("Properties", {})),
                    resolver.id_of(stack, logical_id),
                    resource.get("DeletionPolicy", "Delete"),
                    resource.get("Condition"),
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
            return self._attribute(stack, *argument)
        if function == "Fn::ImportValue":
            source, value = self.exports[argument]
            self.deployed.needs[stack].add(source)
            return self.value(source, value)
        if function == "Fn::Join":
            return argument[0].join(self.value(stack, part) for part in argument[1])
        if function == "Fn::Sub":
            return self._substitute(stack, argument)
        if function == "Fn::Select":
            return self.value(stack, argument[1])[int(argument[0])]
        if function == "Fn::Split":
            return self.value(stack, argument[1]).split(argument[0])
        raise AssertionError(f"{function} is not resolved here")

    def _reference(self, stack: str, name: str) -> str:
        pseudo = {"AWS::Region": self.deployed.region, "AWS::AccountId": self.deployed.account, "AWS::Partition": "aws"}
        if name in pseudo:
            return pseudo[name]
        type = self.templates[stack]["Resources"][name]["Type"]
        return self._attribute(stack, name, "Arn") if type.endswith("JobDefinition") else self.id_of(stack, name)

    def _attribute(self, stack: str, logical_id: str, attribute: str) -> str:
        id = self.id_of(stack, logical_id)
        if attribute == "Arn":
            _, service, kind = self.templates[stack]["Resources"][logical_id]["Type"].lower().split("::")
            return f"arn:aws:{service}:{self.deployed.region}:{self.deployed.account}:{kind}/{id}"
        return id if attribute in ("GroupId", "AllocationId") else f"{id}-{attribute.lower()}"

    def id_of(self, stack: str, logical_id: str) -> str:
        resource = self.templates[stack]["Resources"][logical_id]
        properties = resource.get("Properties", {})
        named = next((properties[name] for name in PHYSICAL_NAMES if isinstance(properties.get(name), str)), None)
        kind = resource["Type"].rpartition("::")[2]
        kind = {"SecurityGroup": "sg"}.get(kind, kind.lower())
        generated = hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:12]
        return str(named) if named else f"{kind}-{generated}"

    def _substitute(self, stack: str, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def replaced(match: re.Match[str]) -> str:
            name = match.group(1)
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            return str(self.value(stack, variables[name]) if name in variables else self._reference(stack, name))

        return re.sub(r"\$\{([^}]+)\}", replaced, text)
