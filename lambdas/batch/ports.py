"""What batch scoring needs from the outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.contracts.batch import BatchPolicy
from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.names import ModelNames, TeamNames
from core.remediation.intake import Home
from lambdas.ports import Ledger


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform job."""

    name: str
    status: str
    made: datetime
    ended: datetime | None
    why: str = ""
    """It failed."""

    @property
    def over(self) -> bool:
        return self.status in ("Completed", "Failed", "Stopped")


class Jobs(Protocol):
    """The transform jobs, and the runs of the monitor over them. All raise Unavailable, Refused."""

    def transform(self, name: str) -> Transform | None:
        """None where there is none."""

    def made(self, beginning: str, start: datetime, end: datetime) -> tuple[Transform, ...]:
        """Those whose names begin so that were made in [start, end), the newest first."""

    def score(self, names: ModelNames, model: str, due: datetime, policy: BatchPolicy) -> None:
        """Start the transform job that is due then, with a model of SageMaker. Raises Conflicting where there is a job
        of this name already."""

    def stop(self, name: str) -> None: ...

    def runs(self, beginning: str, start: datetime) -> Mapping[str, str]:
        """Name -> status of the monitor's runs since then whose names begin so."""

    def watch(self, names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy) -> None:
        """Start the run of the monitor over a job that has completed. Raises Conflicting where it was started."""

    def judge(self, names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy, attempt: int) -> None:
        """Start the run that looks at it again, for late labels. Raises Conflicting where this attempt was started."""


class Rows(Protocol):
    """The rows that wait."""

    def any(self, prefix: str) -> bool:
        """Whether an object that holds something lies below a prefix of the data bucket. Raises Unavailable."""


class Releases(Protocol):
    """What is in service."""

    def release(self, model: str) -> Release | None:
        """Raises Unavailable."""


class Metrics(Protocol):
    """CloudWatch's metrics. Both raise Unavailable, Refused."""

    def publish(self, data: Sequence[Mapping[str, Any]]) -> None: ...

    def signs(self, schedule: str, start: datetime, end: datetime) -> Set[datetime]:
        """The minutes in [start, end) for which a batch of the schedule has left a data point of `rows`: it was
        watched, or nothing was to be scored."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What asks for batches."""

    every: timedelta
    changed: datetime
    """Made, or changed for the last time."""


class Schedules(Protocol):
    """EventBridge Scheduler's."""

    def find(self, name: str) -> Schedule | None:
        """None where there is none that is switched on. Raises Unavailable, Refused."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside."""

    team: TeamNames
    home: Home
    policies: Mapping[str, ModelPolicy]
    ledger: Ledger
    jobs: Jobs
    rows: Rows
    releases: Releases
    metrics: Metrics
    schedules: Schedules

    def names(self, model: str) -> ModelNames:
        return self.team.model(model)

    @property
    def by_endpoint(self) -> dict[str, ModelPolicy]:
        """The policies by the names of their endpoints."""
        return {self.names(model).endpoint: policy for model, policy in self.policies.items()}
