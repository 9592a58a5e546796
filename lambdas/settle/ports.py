"""What settling needs beside the ledger and the topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.contracts.policy import ReleasePolicy
from core.contracts.release import Release
from core.governance.refusals import Refusal
from core.remediation.promotion import Endpoint
from core.remediation.run import Execution
from lambdas.ports import TeamPorts


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Where the files of a package lie."""

    model_uri: str
    baseline_uri: str
    """S3 prefix, ending in a slash."""
    evaluation_uri: str


class Runs(Protocol):
    """The pipeline executions and what they registered."""

    def execution(self, arn: str) -> Execution | None:
        """None where SageMaker knows none. Raises Unavailable."""

    def approval(self, package_arn: str) -> str | None:
        """Approval status of a package; None where it does not exist. Raises Unavailable."""

    def artifacts(self, package_arn: str) -> Artifacts:
        """Raises NotThere, Unavailable."""


class Endpoints(Protocol):
    """The endpoints, their autoscaling, and the record of what is in service."""

    def endpoint(self, name: str) -> Endpoint | None:
        """None where there is none. Raises Unavailable."""

    def scale(self, endpoint: str, policy: ReleasePolicy) -> None:
        """Let the endpoint's fleet follow its load. Doing it again changes nothing. Raises Unavailable, Refused."""

    def write_release(self, model: str, release: Release) -> None:
        """Raises Unavailable."""


class Standings(Protocol):
    """What deployments read of the endpoints."""

    def keep(self, model: str) -> None:
        """Write down whether the endpoint stands now. Doing it again changes nothing. Raises Unavailable, Refused."""


class Refusals(Protocol):
    """What CloudFormation said to the hourly deployment. All raise Unavailable, Refused."""

    def waiting(self) -> tuple[Refusal, ...]:
        """Those that nobody has forgotten; for a while nobody else gets them."""

    def forget(self, refusals: tuple[Refusal, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class Ports(TeamPorts):
    """Everything outside."""

    runs: Runs
    endpoints: Endpoints
    standings: Standings
    refusals: Refusals | None
    """None where there is no hourly deployment."""
