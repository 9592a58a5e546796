"""What the steps need from the outside, as protocols: AWS implements them in the functions, fakes in the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.names import ModelNames, TeamNames
from core.remediation.intake import Home
from core.remediation.notice import Notice
from core.remediation.rows import EpisodeRow, ModelRow, Row, TeamRow


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows as they stood together at `now`, the ledger's own clock, which is never ahead of a later commit."""

    now: datetime
    rows: Mapping[Key, Row]

    @property
    def team(self) -> TeamRow:
        row = self.rows.get(Key.team())
        return row if isinstance(row, TeamRow) else TeamRow()

    def model(self, model: str) -> ModelRow:
        row = self.rows.get(Key.of_model(model))
        return row if isinstance(row, ModelRow) else ModelRow(model=model)

    def episode(self, model: str, episode: str) -> EpisodeRow | None:
        row = self.rows.get(Key.episode(model, episode))
        return row if isinstance(row, EpisodeRow) else None


class Ledger(Protocol):
    """The one place where starts and deployments are decided."""

    def read(self, *keys: Key) -> Reading:
        """The rows of the keys that have one, read consistently. Raises Unavailable."""

    def commit(self, *rows: Row, unchanged: tuple[Row, ...] = ()) -> None:
        """Write all rows or none. Each row carries the revision that was read and is stored with the next one.

        Raises Stale where any of them, or of `unchanged`, has another revision by now; Unavailable where it is not
        known whether the rows were written.
        """


class Topic(Protocol):
    """The team's notifications."""

    def publish(self, notice: Notice) -> None:
        """Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class TeamPorts:
    """What every function has: the team, its own list of what may be touched, its ledger and its notifications."""

    team: TeamNames
    home: Home
    policies: Mapping[str, ModelPolicy]
    ledger: Ledger
    topic: Topic

    def names(self, model: str) -> ModelNames:
        return self.team.model(model)

    @property
    def by_endpoint(self) -> dict[str, ModelPolicy]:
        """The policies by the names of their endpoints."""
        return {self.names(model).endpoint: policy for model, policy in self.policies.items()}
