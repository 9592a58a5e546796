"""Batch scoring that could never run, or never be told of."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.plain import Finding
from core.config.rules.models import LONGEST_EVALUATION_H
from core.config.team import Team
from core.contracts.batch import ANSWERS


def findings(team: Team) -> Iterator[Finding]:
    for index, model in enumerate(team.models):
        if model.batch is None:
            continue
        batch, periods = model.batch, model.monitoring.alarm_periods
        if batch.rows == ANSWERS:
            yield (
                ("models", index, "batch", "rows"),
                f"found {ANSWERS!r}, where the answers lie; accepted: another name",
            )
        if batch.max_runtime_minutes > batch.every_hours * 60:
            found = f"found {batch.max_runtime_minutes}, but the next run starts after {batch.every_hours} h"
            yield (
                ("models", index, "batch", "max_runtime_minutes"),
                f"{found}; accepted: {batch.every_hours * 60} at most",
            )
        most = LONGEST_EVALUATION_H // batch.every_hours
        if periods > most:
            found = f"found {batch.every_hours} with monitoring.alarm_periods of {periods}"
            accepted = (
                f"accepted: at most {LONGEST_EVALUATION_H // periods}, because an alarm looks back a week at most"
            )
            yield ("models", index, "batch", "every_hours"), f"{found}; {accepted}"
