"""Keys of the ledger: `infra` makes the table, Lambdas read and write its rows.

One table a team environment (`TeamNames.ledger`). A row is one record of `core.remediation`: the model's own row, an
episode, what a person did to the ledger, an event that was rejected, a quota, what was told of a model's batches, or
the team's freeze.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

PARTITION_KEY = "model"
SORT_KEY = "row"
"""Both are strings."""
REVISION = "revision"
"""Number of the row's version; every write names the one that it read."""
EXPIRES_AT = "expires_at"
"""Time-to-live attribute, seconds since 1970; only rejected events carry it."""
TEAM = "*"
"""Partition of the rows that belong to no model; no model can be called so."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Where a row lies."""

    model: str
    row: str

    @classmethod
    def team(cls) -> Key:
        """The row that freezes the whole team environment."""
        return cls(TEAM, "team")

    @classmethod
    def of_model(cls, model: str) -> Key:
        return cls(model, "model")

    @classmethod
    def episode(cls, model: str, episode: str) -> Key:
        return cls(model, f"episode#{episode}")

    @classmethod
    def act(cls, model: str, at: datetime, digest: str) -> Key:
        """What a person did, in order of time within the model, or within `TEAM`."""
        return cls(model, f"act#{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}#{digest}")

    @classmethod
    def batch(cls, model: str) -> Key:
        """Which of a model's batches people were told of."""
        return cls(model, "batch")

    @classmethod
    def quota(cls, name: str) -> Key:
        """How a quota stood when it was last looked at."""
        return cls(TEAM, f"quota#{name}")

    @classmethod
    def rejected(cls, digest: str) -> Key:
        """An event that was refused, by the SHA-256 of its body."""
        return cls(TEAM, f"rejected#{digest}")
