"""The templates of one team's environment as they would stand in an account: references replaced by what they become.

What a template leaves to AWS (a generated id) becomes a text of AWS's form, the same wherever it is referred to; what
cannot be known before a deployment (a custom resource's answer) becomes a text in `${...}`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.acknowledged import ACKNOWLEDGED

Template = Mapping[str, Any]

ARN_KINDS = {
    "AWS::KMS::Key": ("kms", "key/"),
    "AWS::EC2::VPC": ("ec2", "vpc/"),
    "AWS::Lambda::Function": ("lambda", "function:"),
    "AWS::SQS::Queue": ("sqs", ""),
    "AWS::DynamoDB::Table": ("dynamodb", "table/"),
    "AWS::Logs::LogGroup": ("logs", "log-group:"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "alarm:"),
    "AWS::SageMaker::Domain": ("sagemaker", "domain/"),
}
SHORT = {"SecurityGroup": "sg", "NetworkInterface": "eni", "RouteTable": "rtb", "InternetGateway": "igw"}


@dataclass(frozen=True)
class Resource:
    """One resource, with its references resolved."""

    stack: str
    """Last part of the stack's name: network, artifacts, ..."""
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    """Its name where it has one, else an id of the form that AWS generates."""
    arn: str = ""

    @property
    def acknowledged(self) -> dict[str, str]:
        """Control or scanner's rule -> reason."""
        first, second = ACKNOWLEDGED
        found = self.metadata.get(first, {}).get(second, {})
        return {str(control): str(reason) for control, reason in found.items()}

    def __str__(self) -> str:
        return f"{self.stack}/{self.name}" if self.name else f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True)
class Stage:
    """All stacks of one team in one environment."""

    name: str
    account: str
    region: str
    resources: tuple[Resource, ...]

    def of(self, *types: str) -> Iterator[Resource]:
        return (resource for resource in self.resources if resource.type in types)

    @cached_property
    def keys(self) -> frozenset[str]:
        """ARNs of the team's own KMS keys, and the names that stand for them."""
        aliases = {f"arn:aws:kms:{self.region}:{self.account}:{each.name}" for each in self.of("AWS::KMS::Alias")}
        return frozenset(aliases | {name for key in self.of("AWS::KMS::Key") for name in (key.arn, key.name)})

    @property
    def prefix(self) -> str:
        """First part of every name of this environment."""
        return f"{self.name}-"


def load(assembly: Path) -> list[Stage]:
    """Every stage of a cloud assembly, that is, of what `cdk synth` leaves."""
    folders = sorted(folder for folder in assembly.glob("assembly-*") if (folder / "manifest.json").is_file())
    if not folders:
        raise LookupError(
            f"{assembly} holds no stage; a cloud assembly has folders named assembly-<team>-<environment>"
        )
    return [_load_stage(folder) for folder in folders]


def stage_of(name: str, account: str, region: str, templates: Mapping[str, Template]) -> Stage:
    """A stage of templates that are already read, by the last part of their stack's name."""
    return Stage(name, account, region, tuple(_resolved(account, region, templates)))


def template_files(folder: Path) -> dict[str, Path]:
    """The template of each stack in the folder of one stage, by the last part of the stack's name."""
    name = folder.name.removeprefix("assembly-")
    manifest = json.loads((folder / "manifest.json").read_text())
    stacks = (each["properties"] for each in manifest["artifacts"].values() if each["type"].endswith(":stack"))
    return {each["stackName"].removeprefix(f"{name}-"): folder / each["templateFile"] for each in stacks}


def _load_stage(folder: Path) -> Stage:
    manifest = json.loads((folder / "manifest.json").read_text())
    places = {each["environment"] for each in manifest["artifacts"].values() if each["type"].endswith(":stack")}
    (place,) = places  # a stage lies in one account and region
    account, region = place.removeprefix("aws://").split("/")
    templates = {stack: json.loads(file.read_text()) for stack, file in template_files(folder).items()}
    return stage_of(folder.name.removeprefix("assembly-"), account, region, templates)


def _resolved(account: str, region: str, templates: Mapping[str, Template]) -> Iterator[Resource]:
    resolver = _Resolver(account, region, templates)
    for stack, template in templates.items():
        for logical_id, resource in template.get("Resources", {}).items():
            properties = resolver.value(stack, resource.get("Properties", {}))
            name = resolver.name_of(stack, logical_id)
            arn = resolver.arn_of(stack, logical_id)
            yield Resource(stack, logical_id, resource["Type"], properties, resource.get("Metadata", {}), name, arn)


@dataclass(frozen=True)
class _Resolver:
    account: str
    region: str
    templates: Mapping[str, Template]

    @cached_property
    def _exports(self) -> dict[str, tuple[str, Any]]:
        return {
            json.dumps(output["Export"]["Name"]): (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def value(self, stack: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self.value(stack, item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self._reference(stack, argument)
            if function.startswith("Fn::"):
                return self._call(stack, function, argument)
        return {key: self.value(stack, item) for key, item in value.items()}

    def _call(self, stack: str, function: str, argument: Any) -> Any:
        if function == "Fn::GetAtt":
            logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
            return self._attribute(stack, logical_id, attribute)
        if function == "Fn::ImportValue" and json.dumps(argument) in self._exports:
            return self.value(*self._exports[json.dumps(argument)])
        if function == "Fn::Join":
            return argument[0].join(str(part) for part in self.value(stack, argument[1]))
        if function == "Fn::Sub":
            return self._substitute(stack, argument)
        return f"${{{function} {json.dumps(self.value(stack, argument))}}}"

    def _reference(self, stack: str, name: str) -> str:
        pseudo = {
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in self.templates[stack].get("Resources", {}):
            return self.name_of(stack, name)
        return pseudo.get(name, f"${{{name}}}")

    def _attribute(self, stack: str, logical_id: str, attribute: str) -> str:
        if attribute == "Arn":
            return self.arn_of(stack, logical_id)
        if attribute in ("GroupId", "AllocationId", "Id"):
            return self.name_of(stack, logical_id)
        return f"${{{stack}.{logical_id}.{attribute}}}"

    def name_of(self, stack: str, logical_id: str) -> str:
        resource = self.templates[stack]["Resources"][logical_id]
        properties = resource.get("Properties", {})
        kind = resource["Type"].rpartition("::")[2]
        for name in (f"{kind}Name", "Name"):
            if isinstance(properties.get(name), str):
                return str(properties[name])
        generated = hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:17]
        return f"{SHORT.get(kind, kind.lower())}-{generated}"

    def arn_of(self, stack: str, logical_id: str) -> str:
        type, name = self.templates[stack]["Resources"][logical_id]["Type"], self.name_of(stack, logical_id)
        match type:
            case "AWS::S3::Bucket":
                return f"arn:aws:s3:::{name}"
            case "AWS::IAM::Role":
                return f"arn:aws:iam::{self.account}:role/{name}"
            case "AWS::IAM::ManagedPolicy":
                return f"arn:aws:iam::{self.account}:policy/{name}"
        service, _, kind = type.lower().removeprefix("aws::").partition("::")
        service, path = ARN_KINDS.get(type, (service, f"{kind}/"))
        return f"arn:aws:{service}:{self.region}:{self.account}:{path}{name}"

    def _substitute(self, stack: str, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def replaced(match: re.Match[str]) -> str:
            name = match.group(1)
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in variables:
                return str(self.value(stack, variables[name]))
            logical_id, _, attribute = name.partition(".")
            return self._attribute(stack, logical_id, attribute) if attribute else self._reference(stack, name)

        return re.sub(r"\$\{([^}]+)\}", replaced, text)


def listed(value: Any) -> list[Any]:
    """What IAM and CloudFormation take alone or as a list, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else [value]
