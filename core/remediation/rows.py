"""The rows of the ledger, as records. Each write names the revision that was read, so none is ever lost.

A model's own row holds everything on which a start depends. Whoever changes an episode writes the model's row in the
same transaction, so all changes to one model happen one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.contracts.ledger import Key
from core.contracts.quotas import State
from core.remediation.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """What holds for the whole team environment."""

    frozen: str = ""
    """Why remediation is stopped by a person; empty where it is not."""
    starts_frozen: str = ""
    """Why no run is started, while deployments go on: the budget is spent. A person empties it."""
    budget_month: str = ""
    """The month for which the budget has frozen starts: once a month, also where a person has lifted that."""
    budget_announced: str = ""
    """The month of which that was announced."""
    revision: int = 0
    """0 is a row that was never written."""

    @property
    def no_starts(self) -> str:
        """Why no run is started for any model; empty where runs may be."""
        return self.frozen or self.starts_frozen

    @property
    def key(self) -> Key:
        return Key.team()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One episode has the model's row to itself until its start is recorded or given up."""

    episode: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The execution that was recorded last and has not been settled."""

    episode: str
    execution_arn: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A registered package that is not in service yet."""

    episode: str
    package_arn: str
    version: int
    approved: bool
    """False where a person has to approve it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The package that is on its way to the endpoint."""

    episode: str
    package_arn: str
    version: int
    before: str
    """When the endpoint had last changed, as it was read before it was asked to change; empty where there was none."""
    at: datetime
    requested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """Everything on which a start or a deployment of one model depends."""

    model: str
    frozen: str = ""
    claim: Claim | None = None
    run: Run | None = None
    starts: tuple[datetime, ...] = ()
    """Times of the starts of the last day and of the newest one, oldest first, by the ledger's clock."""
    month: str = ""
    spent_cents: int = 0
    """Estimated cost of the month's starts."""
    attempts: int = 0
    """Starts since a model was last released."""
    candidates: tuple[Candidate, ...] = ()
    """Better models that wait for approval or for their deployment."""
    deployment: Deployment | None = None
    in_service: int = 0
    """Version of the package in service; 0 before the first."""
    blocked: tuple[int, ...] = ()
    """Versions above the one in service that were rolled back: never again without a person."""
    unannounced: tuple[str, ...] = ()
    """Episodes with an outcome that was not announced yet."""
    revision: int = 0

    @property
    def key(self) -> Key:
        return Key.of_model(self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """When an outcome was first reached, and why."""

    at: datetime
    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    """One episode, with what was known when it was decided on."""

    id: str
    model: str
    source: str
    """ARN of the alarm; of the package for a run that a person started; name of the monitor that is silent."""
    raised_at: datetime
    round: int = 1
    reason: str
    """The alarm's own words."""
    outcome: Outcome | None = None
    why: str = ""
    decided_at: datetime | None = None
    history: tuple[Entry, ...] = ()
    """Only ever appended to: each outcome once, when it was first reached."""
    announced: tuple[Outcome, ...] = ()
    report_end: str = ""
    """End of the newest window when this was decided."""
    verdict: str = ""
    """Of the diagnosis of that window."""
    train_on: str = ""
    recent_from: str = ""
    recent_until: str = ""
    """The run that was decided on; empty where none was."""
    deferrals: int = 0
    not_before: datetime | None = None
    execution_arn: str = ""
    package_arn: str = ""
    revision: int = 0

    @property
    def key(self) -> Key:
        return Key.episode(self.model, self.id)

    @property
    def to_announce(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.history if entry.outcome not in self.announced)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """An event that was refused: quarantined for a person to look at, for some weeks."""

    digest: str
    reason: str
    at: datetime
    head: str
    """The first characters of the body."""
    expires_at: int
    revision: int = 0

    @property
    def key(self) -> Key:
        return Key.rejected(self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaRow:
    """How a quota stood when it was last looked at: what is new is said once."""

    name: str
    state: State
    wanted: int
    case_id: str = ""
    since: datetime
    announced: bool = False
    revision: int = 0

    @property
    def key(self) -> Key:
        return Key.quota(self.name)


Row = TeamRow | ModelRow | EpisodeRow | RejectedRow | QuotaRow
