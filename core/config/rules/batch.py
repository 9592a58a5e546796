"""Batch scoring that could never run, or never be told of."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.batch import Batch
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
        yield from _labels(team, index, batch)
        most = LONGEST_EVALUATION_H // batch.every_hours
        if periods > most:
            found = f"found {batch.every_hours} with monitoring.alarm_periods of {periods}"
            accepted = (
                f"accepted: at most {LONGEST_EVALUATION_H // periods}, because an alarm looks back a week at most"
            )
            yield ("models", index, "batch", "every_hours"), f"{found}; {accepted}"


def _labels(team: Team, index: int, batch: Batch) -> Iterator[Finding]:
    """The second look at a batch comes when it has ended, while its rows and its manifests are still there."""
    path, hours = ("models", index, "batch", "labels_within_hours"), batch.labels_within_hours
    if not hours:
        return
    if not batch.join:
        yield path, f"found {hours} with join: false; accepted: 0, or join: true, for the rows may be gone by then"
    if team.models[index].monitoring.engine == "managed":
        yield path, f"found {hours} with engine: managed; accepted: 0, for SageMaker's schedules look once"
    if hours * 60 <= batch.max_runtime_minutes:
        found = f"found {hours}, but a batch may take {batch.max_runtime_minutes} minutes"
        yield path, f"{found}; accepted: more than that, or 0"
    for environment in team.environments:
        if hours > (most := environment.retention.capture_days * 24):
            found = f"found {hours}, but {environment.name} deletes what is captured after {most} h"
            yield path, f"{found}; accepted: at most {most}"
