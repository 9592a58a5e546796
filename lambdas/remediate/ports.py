"""What remediation needs beside the ledger and the topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.contracts.alarms import Watched, watched
from core.contracts.parameters import TrainingParameters
from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.names import ModelNames, TeamNames
from core.remediation.facts import Evidence, NoEvidence
from core.remediation.intake import Home
from lambdas.ports import Ledger, Topic


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

    def release(self, model: str) -> Release | None:
        """What is in service. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that is in ALARM now."""

    arn: str
    name: str
    since: datetime
    reason: str


class Alarms(Protocol):
    """The team's alarms."""

    def standing(self) -> tuple[Standing, ...]:
        """Those in ALARM. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside, and the team's own list of what may be touched."""

    team: TeamNames
    home: Home
    policies: Mapping[str, ModelPolicy]
    ledger: Ledger
    topic: Topic
    pipelines: Pipelines
    findings: Findings
    alarms: Alarms

    def names(self, model: str) -> ModelNames:
        return self.team.model(model)

    @property
    def watched(self) -> dict[str, Watched]:
        return watched(self.team, self.policies)
