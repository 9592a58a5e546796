"""What a run of the monitor knows before it reads anything of the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from containers.model import TrainedModel
from containers.monitor.bias import Baselines
from containers.monitor.capture import Span
from containers.monitor.recent import Counted
from containers.monitor.window import Reading
from core.contracts.evaluation import Evaluation
from core.contracts.policy import WatchPolicy
from core.contracts.release import Release
from core.contracts.reports import Windows
from core.fairness.fairlearn import Told
from core.statistics.baseline import Baseline


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched, and against what."""

    schedule: str
    """Name of the schedule that the metrics carry."""
    policy: WatchPolicy
    release: Release
    model: TrainedModel
    baseline: Baseline
    constraints: dict[str, Any]
    """Content of the baseline's constraints.json."""
    evaluation: Evaluation
    bias: Baselines
    """Bias of the training set."""
    recent: tuple[Counted, ...]
    """Windows that were counted before, oldest first."""
    windows: Windows | None = None
    """Which of those before were told of; None where that says nothing."""
    disparities: Mapping[str, Told] = field(default_factory=dict)
    """Between groups of the training set, by facet; empty where its analysis does not tell them."""
    unchecked: tuple[str, ...] = ()
    """What of the team's file the model does not know, and `policy` leaves out (`containers.monitor.ahead`)."""

    @property
    def reading(self) -> Reading:
        signature = self.model.signature
        return Reading(
            self.baseline,
            self.policy,
            signature.threshold,
            signature.sensitive,
            signature.target,
            signature.positive,
            () if signature.plain else signature.features,
        )

    def span(self, start: datetime, end: datetime) -> Span:
        """Answers count from the release on."""
        return Span(start, end, since=datetime.fromisoformat(self.release.released_at))
