"""The network: logged, closed, and with private ways to AWS that have policies of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.contracts.default_group import RESOURCE_TYPE
from infra.guard.control import Control, Subject, always, of
from infra.guard.policies import condition_keys, everybody, statements
from infra.guard.stage import Stage, listed

VPC, GROUP = "AWS::EC2::VPC", "AWS::EC2::SecurityGroup"
ANYWHERE = ("0.0.0.0/0", "::/0")
WANTED_ENDPOINTS = (
    "sagemaker.api",
    "sagemaker.runtime",
    "sts",
    "logs",
    "monitoring",
    "ecr.api",
    "ecr.dkr",
    "kms",
    "s3",
)
NO_VPC = "An existing VPC belongs to somebody else."


def _own_vpc(stage: Stage) -> bool:
    return any(stage.of(VPC))


def _flow_logged(stage: Stage, subject: Subject) -> str | None:
    for log in stage.of("AWS::EC2::FlowLog"):
        if log.properties.get("ResourceId") == subject.resource.name:
            kind = log.properties.get("TrafficType")
            return None if kind == "ALL" else f"flow logs of {kind} only"
    return "no flow log"


def _rules(stage: Stage) -> Iterator[Subject]:
    """Security groups with each of their rules."""
    for group in stage.of(GROUP):
        yield Subject(group, {"Description": group.properties.get("GroupDescription")}, "the group")
        for direction in ("Ingress", "Egress"):
            for index, rule in enumerate(listed(group.properties.get(f"SecurityGroup{direction}"))):
                yield Subject(group, {**rule, "direction": direction}, f"{direction} {index}")
    for rule in stage.of(f"{GROUP}Ingress", f"{GROUP}Egress"):
        yield Subject(rule, {**rule.properties, "direction": rule.type.removeprefix(GROUP)}, "the rule")


def _closed(stage: Stage, subject: Subject) -> str | None:
    rule: Mapping[str, Any] = subject.value
    if rule.get("direction") == "Ingress" and (rule.get("CidrIp") in ANYWHERE or rule.get("CidrIpv6") in ANYWHERE):
        return f"lets in {rule.get('CidrIp') or rule.get('CidrIpv6')}"
    return None if rule.get("Description") else "no description"


def _no_public_address(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("MapPublicIpOnLaunch")
    return None if found is False else f"MapPublicIpOnLaunch is {found}"


def _endpoints(stage: Stage) -> Iterator[Subject]:
    """Each VPC with each service that it must reach, and each endpoint that there is."""
    for vpc in stage.of(VPC):
        for service in WANTED_ENDPOINTS:
            yield Subject(vpc, service, service)
    for endpoint in stage.of("AWS::EC2::VPCEndpoint"):
        yield Subject(endpoint, None, "")


def _private_way(stage: Stage, subject: Subject) -> str | None:
    if subject.value is None:
        return _limited(subject)
    name = f"com.amazonaws.{stage.region}.{subject.value}"
    for endpoint in stage.of("AWS::EC2::VPCEndpoint"):
        same = endpoint.properties.get("VpcId") == subject.resource.name
        if same and endpoint.properties.get("ServiceName") == name:
            return None
    return f"no endpoint of {name}"


def _limited(subject: Subject) -> str | None:
    policy = subject.properties.get("PolicyDocument")
    if policy is None:
        return "no policy of its own: everybody may do everything through it"
    for statement in statements(policy):
        open_to_all = everybody(statement) and not condition_keys(statement)
        if statement.get("Effect") == "Allow" and open_to_all and "*" in listed(statement.get("Resource")):
            return "lets everybody through to everything"
    return None


def _default_closed(stage: Stage, subject: Subject) -> str | None:
    for resource in stage.resources:
        if resource.type == RESOURCE_TYPE and subject.resource.name in map(str, resource.properties.values()):
            return None
    return "its default security group lets its members talk to each other and to everybody"


NETWORK = (
    Control(
        "NET-01",
        "The VPC keeps flow logs",
        "a flow log of ALL traffic",
        of(VPC),
        _flow_logged,
        needed=_own_vpc,
        absent=NO_VPC,
    ),
    Control(
        "NET-02",
        "Nothing comes in from anywhere, and every rule says why it is there",
        "no ingress from 0.0.0.0/0 or ::/0; descriptions",
        _rules,
        _closed,
        needed=always,
    ),
    Control(
        "NET-03",
        "Nothing gets a public address by itself",
        "MapPublicIpOnLaunch: false",
        of("AWS::EC2::Subnet"),
        _no_public_address,
        needed=_own_vpc,
        absent=NO_VPC,
    ),
    Control(
        "NET-04",
        "AWS is reached by private endpoints, each with a policy",
        f"endpoints of {', '.join(WANTED_ENDPOINTS)}, no policy that lets everybody do everything",
        _endpoints,
        _private_way,
        needed=_own_vpc,
        absent=NO_VPC,
    ),
    Control(
        "NET-05",
        "The default security group is closed",
        "a custom resource that takes its rules away",
        of(VPC),
        _default_closed,
        needed=_own_vpc,
        absent=NO_VPC,
    ),
)
