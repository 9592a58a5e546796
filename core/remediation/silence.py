"""When a monitor is silent: no report for too long, since the last one or since the release that it should watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.contracts.release import Release
from core.remediation.facts import Evidence, NoEvidence

LATE_PERIODS = 2
"""So old, the next report is late by a whole period: an alarm about it is believed."""
OVERDUE_PERIODS = 3
"""So old, two runs in a row are missing and the second had a whole period to come: a sweep says so by itself."""


def last_sign(evidence: Evidence | NoEvidence, release: Release | None) -> datetime | None:
    """The newest time at which the monitor was known to work or had nothing to do; None before the first release."""
    if release is None:
        return None
    released = datetime.fromisoformat(release.released_at).astimezone(UTC)
    return max(released, evidence.end) if isinstance(evidence, Evidence) else released


def older(last: datetime, now: datetime, periods: int, period_s: int) -> bool:
    return now - last > timedelta(seconds=periods * period_s)
