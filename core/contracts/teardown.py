"""What an environment needs done before CloudFormation can remove it: custom resources of `lambdas/teardown`.

Each does its work when it is deleted; where it stands among the other resources says when that is, since CloudFormation
deletes in the reverse order of creation. It hands over every value as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

MANAGED_TAG = "ManagedByAmazonSageMakerResource"
"""SageMaker puts it on what it makes for a domain in the customer's VPC; its value is the domain's ARN."""


@dataclass(frozen=True, slots=True)
class StudioUse:
    """Stands after the domain and its members: applications, spaces and profiles go before CloudFormation begins.

    When it is created, the team's tags go onto what SageMaker made for the domain, so that it can be found, and be
    told from another team's, when the domain is gone.
    """

    TYPE = "Custom::HomeostatStudioUse"
    domain: str
    vpc: str

    def properties(self) -> dict[str, Any]:
        return {"Domain": self.domain, "Vpc": self.vpc}

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Self:
        return cls(properties["Domain"], properties["Vpc"])


@dataclass(frozen=True, slots=True)
class MemberUse:
    """Stands after a member's profile: without it, a person who leaves the team's file would keep what runs.

    SageMaker deletes no profile that has applications or spaces, and CloudFormation takes that for done.
    """

    TYPE = "Custom::HomeostatMemberUse"
    domain: str
    member: str

    def properties(self) -> dict[str, Any]:
        return {"Domain": self.domain, "Member": self.member}

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Self:
        return cls(properties["Domain"], properties["Member"])


@dataclass(frozen=True, slots=True)
class StudioLeftovers:
    """Stands before the domain: mount targets, interfaces, groups and perhaps the homes go once the domain is gone."""

    TYPE = "Custom::HomeostatStudioLeftovers"
    vpc: str
    workloads: str
    """The team's own security group."""
    deletes_homes: bool

    def properties(self) -> dict[str, Any]:
        return {"Vpc": self.vpc, "Workloads": self.workloads, "DeletesHomes": self.deletes_homes}

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Self:
        return cls(properties["Vpc"], properties["Workloads"], is_true(properties["DeletesHomes"]))


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Stands after the endpoints' role, in whose name SageMaker takes their interfaces out of the VPC again.

    Endpoints, their configurations and models go, which the release path made and no template.
    """

    TYPE = "Custom::HomeostatEndpoints"

    def properties(self) -> dict[str, Any]:
        return {}

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Self:
        return cls()


@dataclass(frozen=True, slots=True)
class Work:
    """Stands after the pipelines and the roles of their jobs: executions and jobs end, and packages perhaps go."""

    TYPE = "Custom::HomeostatWork"
    deletes_packages: bool

    def properties(self) -> dict[str, Any]:
        return {"DeletesPackages": self.deletes_packages}

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Self:
        return cls(is_true(properties["DeletesPackages"]))


@dataclass(frozen=True, slots=True)
class Contents:
    """Stands after buckets and backup vaults that are to be deleted: CloudFormation deletes empty ones only."""

    TYPE = "Custom::HomeostatContents"
    buckets: tuple[str, ...] = ()
    vaults: tuple[str, ...] = ()

    def properties(self) -> dict[str, Any]:
        return {"Buckets": list(self.buckets), "Vaults": list(self.vaults)}

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Self:
        return cls(tuple(properties["Buckets"]), tuple(properties["Vaults"]))


def is_true(value: Any) -> bool:
    """
    >>> is_true("true"), is_true("false"), is_true(True)
    (True, False, True)

    Raises ValueError for anything else.
    """
    if str(value).lower() not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
    return str(value).lower() == "true"
