"""Kinds of all the alarms that a model has, by what they ask of people: dashboards show them so."""

from __future__ import annotations

from core.config.model import Model
from core.contracts import alarms
from infra.model_alarms import troubles
from infra.warning_alarms import warnings


def alarm_kinds(model: Model) -> dict[str, list[str]]:
    """Title -> kinds; a model without batches has none under theirs, and one that warns of nothing no warnings."""
    batches = [*map(alarms.of_batch, troubles(model)), alarms.BATCH_FAILURES, alarms.BATCH_IDLE]
    return {
        "Models": [*troubles(model), alarms.FAILURES, alarms.ERRORS, alarms.LATENCY],
        "Batches": batches if model.batch else [],
        "Warnings: trouble is near": warnings(model),
    }
