"""What remediation needs beside the ledger and the topic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.contracts.alarms import Watched, watched
from core.contracts.parameters import TrainingParameters
from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.remediation.facts import Evidence, NoEvidence
from lambdas.ports import TeamPorts


@dataclass(frozen=True, slots=True)
class Listed:
    """An execution as the list of a pipeline shows it."""

    arn: str
    name: str
    """Its display name."""
    status: str


class Pipelines(Protocol):
    """The training pipelines. Both raise NotThere where the pipeline does not exist, and Unavailable."""

    def executions(self, pipeline: str) -> tuple[Listed, ...]:
        """The newest ones, newest first."""

    def start(self, pipeline: str, token: str, name: str, parameters: TrainingParameters) -> str:
        """ARN of the execution that this token started, now or before. Raises QuotaReached, Conflicting, Refused."""


class Findings(Protocol):
    """What is known of a model's health."""

    def evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        """The newest report with its diagnosis. Raises Unavailable."""

    def batch_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        """The same of the batch that was scored last. Raises Unavailable."""

    def late_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        """The same of the window that was judged last by labels that came late. Raises Unavailable."""

    def late_batch_evidence(self, policy: ModelPolicy) -> Evidence | NoEvidence:
        """The same of the batch that was judged last by them. Raises Unavailable."""

    def release(self, model: str) -> Release | None:
        """What is in service. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that is in ALARM now."""

    arn: str
    name: str
    since: datetime
    reason: str
    made: datetime | None = None
    """When it was made or last changed."""


class Alarms(Protocol):
    """The team's alarms."""

    def standing(self) -> tuple[Standing, ...]:
        """Those in ALARM. Raises Unavailable."""

    def made(self, name: str) -> datetime | None:
        """When an alarm was made or last changed; None where there is none. Raises Unavailable."""


class Releases(Protocol):
    """Who brings versions to the endpoints."""

    def switch(self, model: str) -> None:
        """Say that the ledger wants another version in service. A hint: a sweep finds it as well. Raises Unavailable,
        Refused."""


@dataclass(frozen=True, slots=True)
class Ports(TeamPorts):
    """Everything outside."""

    pipelines: Pipelines
    findings: Findings
    alarms: Alarms
    releases: Releases
    most_runs: int = 0
    """At once in the environment; 0 where nobody has bounded that."""

    @property
    def watched(self) -> dict[str, Watched]:
        return watched(self.team, self.policies)
