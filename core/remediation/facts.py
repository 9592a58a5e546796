"""What is known when an episode is decided on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.contracts.release import Release
from core.contracts.reports import MonitorReport
from core.diagnosis import Diagnosis
from core.remediation.episode import Occasion
from core.remediation.rows import EpisodeRow, ModelRow, TeamRow


@dataclass(frozen=True, slots=True)
class Evidence:
    """The newest report on a model, with its diagnosis."""

    report: MonitorReport
    diagnosis: Diagnosis
    waited_s: int = 0
    """The window was judged so long after its end, for labels to come."""

    @property
    def judged(self) -> datetime:
        return self.end + timedelta(seconds=self.waited_s)

    @property
    def end(self) -> datetime:
        return datetime.fromisoformat(self.report.end).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class NoEvidence:
    """There is no report to judge by."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Read together; `now` is the ledger's clock at that reading."""

    now: datetime
    trouble: Occasion
    team: TeamRow
    model: ModelRow
    episode: EpisodeRow
    unfinished: tuple[str, ...] | None
    """ARNs of the pipeline's executions that have not ended, whoever started them; None where there is no pipeline."""
    evidence: Evidence | NoEvidence
    release: Release | None
    """What is in service; None before the first release."""
    alarm_made: datetime | None = None
    """When the alarm was made or last changed; None where no alarm stands behind the episode."""
    response: str = ""
    """What the policy's table gives to the verdict; empty where no alarm stands behind the episode."""
    most_runs: int = 0
    """As many runs may be under way at once in the environment; 0 where nobody has bounded that."""
    of_batches: bool = False
    """The episode is about the model's batches, and the evidence is of them."""
