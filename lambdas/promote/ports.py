"""What a promotion needs beside the ledger and the topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.contracts.policy import ReleasePolicy
from core.names import ModelNames
from core.remediation.promotion import Deploy, Endpoint, Package
from lambdas.ports import TeamPorts


class Registry(Protocol):
    """The model packages."""

    def package(self, arn: str) -> Package:
        """With its evaluation, where it has one that can be read. Raises NotThere, Unavailable."""

    def newest_approved(self, group: str) -> str | None:
        """ARN of the newest approved package of a group. Raises Unavailable."""


class Endpoints(Protocol):
    """The models, endpoint configs and endpoints. What exists already under a name is left as it is."""

    def endpoint(self, name: str) -> Endpoint | None:
        """None where there is none. Raises Unavailable."""

    def prepare(self, names: ModelNames, release: str, package_arn: str, instances: int, policy: ReleasePolicy) -> None:
        """Model and endpoint config of the name `release`. Raises Refused, Unavailable."""

    def deploy(self, endpoint: str, release: str, how: Deploy, policy: ReleasePolicy) -> None:
        """Create the endpoint, or update it. Raises Refused, Unavailable."""


@dataclass(frozen=True, slots=True)
class Ports(TeamPorts):
    """Everything outside."""

    registry: Registry
    endpoints: Endpoints
