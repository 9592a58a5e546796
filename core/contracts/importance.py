"""What each version of a model leaned on, in training and in the newest window that it answered: `importance.json`.

Lies beside `latest.json`; every run of the monitor brings its own window in. A window is brought in twice without a
trace, and an older one never takes the place of a newer one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from core.contracts import kept

VERSION = 1
MOST = 50
"""Versions that are kept: those that were released last."""

Shares = Mapping[str, float]
"""Of each feature: its part of the total mean absolute attribution, 0 to 1."""


@dataclass(frozen=True, slots=True)
class VersionImportance:
    """One model package that was watched."""

    package_arn: str
    released_at: str
    """ISO 8601 in UTC, as is `end`; of a version that was released again, the last time."""
    end: str
    """Of the newest window."""
    rows: int
    """That were explained of it."""
    training: Shares
    window: Shares
    training_groups: Shares = field(default_factory=dict)
    """Of each group of features, whose attributions are summed row by row first."""
    window_groups: Shares = field(default_factory=dict)

    @property
    def version(self) -> str:
        """
        >>> VersionImportance("arn:aws:sagemaker:eu-west-1:1:model-package/risk-dev-churn/7", "", "", 0, {}, {}).version
        '7'
        """
        return self.package_arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Importance:
    """The oldest release first."""

    versions: tuple[VersionImportance, ...] = ()

    def brought_in(self, found: VersionImportance) -> Importance:
        """With a window of one version, unless a later one of the same version is there."""
        known = next((one for one in self.versions if one.package_arn == found.package_arn), None)
        if known is not None and datetime.fromisoformat(known.end) > datetime.fromisoformat(found.end):
            return self
        others = [one for one in self.versions if one.package_arn != found.package_arn]
        ordered = sorted([*others, found], key=lambda one: (datetime.fromisoformat(one.released_at), one.package_arn))
        return Importance(tuple(ordered[-MOST:]))

    def to_json(self) -> str:
        return json.dumps({"version": VERSION, "versions": [asdict(one) for one in self.versions]}, indent=2)

    def ended_by(self, now: datetime) -> Importance:
        """Without windows that have not ended: a time that was typed wrong would stand before all that come."""
        return Importance(tuple(one for one in self.versions if datetime.fromisoformat(one.end) <= now))

    @classmethod
    def from_json(cls, content: str | bytes) -> Importance:
        """A version of which something cannot be read is left out. Raises ValueError for a file that is none, or of
        another version."""
        found = kept.document(content, VERSION).get("versions")
        if not isinstance(found, list):
            raise ValueError(f"importance has versions {found!r}, accepted: a list")
        return cls(tuple(read for one in found if (read := _read(one)) is not None))


def _read(value: Any) -> VersionImportance | None:
    try:
        named = kept.mapping(value)
        kept.time(named["released_at"])
        kept.time(named["end"])
        return VersionImportance(
            package_arn=kept.text(named["package_arn"]),
            released_at=named["released_at"],
            end=named["end"],
            rows=kept.count(named["rows"]),
            training=kept.shares(named["training"]),
            window=kept.shares(named["window"]),
            training_groups=kept.shares(named.get("training_groups", {})),
            window_groups=kept.shares(named.get("window_groups", {})),
        )
    except (ValueError, KeyError):
        return None
