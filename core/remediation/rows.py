"""The rows of the ledger, as records. Each write names the revision that was read, so none is ever lost.

A model's own row holds everything on which a start depends. Whoever changes an episode writes the model's row in the
same transaction, so all changes to one model happen one after the other. Only a claim on a notice is written alone: it
changes nothing on which a start depends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.contracts.ledger import Key
from core.contracts.quotas import State
from core.remediation.outcomes import Outcome
from core.remediation.parts import Approval, Candidate, Claim, Deployment, Entry, Request, Run, Switch, Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """What holds for the whole team environment."""

    frozen: str = ""
    """Why remediation is stopped by a person; empty where it is not."""
    frozen_by: str = ""
    starts_frozen: str = ""
    """Why no run is started, while deployments go on: the budget is spent. A person empties it."""
    budget_month: str = ""
    """The month for which the budget has frozen starts: once a month, also where a person has lifted that."""
    budget_announced: str = ""
    """The month of which that was announced."""
    refusals_told: tuple[str, ...] = ()
    """Why the hourly deployment is refused, as people were told."""
    running: tuple[str, ...] = ()
    """Models with a claim or a run, where the environment bounds how many there may be at once."""
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
class ModelRow:
    """Everything on which a start or a deployment of one model depends."""

    model: str
    frozen: str = ""
    """Why nothing is started or deployed; empty where that is not so. A person lifts it."""
    frozen_by: str = ""
    claim: Claim | None = None
    run: Run | None = None
    starts: tuple[datetime, ...] = ()
    """Times of the starts of the last day and of the newest one, oldest first, by the ledger's clock."""
    month: str = ""
    spent_cents: int = 0
    """Cost of the month's starts: what their jobs were billed, and estimates where that is not known."""
    attempts: int = 0
    """Starts since a model was last released."""
    candidates: tuple[Candidate, ...] = ()
    """Better models that wait for approval or for their deployment."""
    deployment: Deployment | None = None
    in_service: int = 0
    """Version of the package in service; 0 before the first."""
    served: tuple[int, ...] = ()
    """Versions that were in service before, in that order: those that a rollback may go back to."""
    blocked: tuple[int, ...] = ()
    """Versions that were rolled back or taken out of service: never again without a person."""
    switch: Switch | None = None
    switched_at: datetime | None = None
    asked: str = ""
    """The episode that waits for a person's answer, or has it and could not start yet."""
    waiting: tuple[str, ...] = ()
    """Episodes without an alarm that are tried again later."""
    unannounced: tuple[str, ...] = ()
    """Episodes with an outcome that was not announced yet."""
    revision: int = 0

    @property
    def key(self) -> Key:
        return Key.of_model(self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    """One episode, with what was known when it was decided on."""

    id: str
    model: str
    source: str
    """ARN of the alarm, or of the package of a run that a person started; name of the silent monitor or of the
    schedule; id of a request."""
    trouble: str = ""
    """`core.remediation.episode.Occasion`; empty for a run that a person started."""
    raised_at: datetime
    round: int = 1
    reason: str
    """The alarm's own words, or the asker's."""
    request: Request | None = None
    outcome: Outcome | None = None
    why: str = ""
    decided_at: datetime | None = None
    history: tuple[Entry, ...] = ()
    """Only ever appended to: each outcome once, when it was first reached."""
    announced: tuple[Outcome, ...] = ()
    telling: tuple[Telling, ...] = ()
    """Claims on what is to be announced."""
    report_end: str = ""
    """End of the newest window when this was decided."""
    verdict: str = ""
    """Of the diagnosis of that window."""
    cause: str = ""
    evidence: tuple[str, ...] = ()
    """What the verdict rests on, in sentences."""
    response: str = ""
    """`core.contracts.policy.Response` that the policy gives to it."""
    train_on: str = ""
    recent_from: str = ""
    recent_until: str = ""
    without: str = ""
    """The run that was decided on, or that a person is asked about; empty where none was."""
    approval: Approval | None = None
    version: int = 0
    """The version that was to be put back; 0 where none was."""
    deferrals: int = 0
    not_before: datetime | None = None
    execution_arn: str = ""
    cents: int = 0
    billed: bool = False
    """What its run cost, as in `Entry`."""
    package_arn: str = ""
    revision: int = 0

    @property
    def key(self) -> Key:
        return Key.episode(self.model, self.id)

    @property
    def to_announce(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.history if entry.outcome not in self.announced)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    """What a person did to the ledger. Never changed."""

    model: str
    """Or `core.contracts.ledger.TEAM`."""
    at: datetime
    by: str
    what: str
    why: str
    digest: str
    revision: int = 0

    @property
    def key(self) -> Key:
        return Key.act(self.model, self.at, self.digest)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """What people were told of a model's batches: each once, by an event or by a sweep."""

    model: str
    told: tuple[datetime, ...] = ()
    """When those were due that did not come about, of the last days."""
    revision: int = 0

    @property
    def key(self) -> Key:
        return Key.batch(self.model)


Row = TeamRow | ModelRow | EpisodeRow | ActRow | RejectedRow | QuotaRow | BatchRow
