"""What a run of the monitor has to say, before any of it is written or published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from containers.monitor.bias import FacetBias
from containers.monitor.recent import Counted
from core.contracts.reports import MonitorReport
from core.diagnosis import Diagnosis
from core.statistics.distances import Floats
from core.statistics.sample import Sample


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that one run has to say."""

    report: MonitorReport
    diagnosis: Diagnosis
    statistics: dict[str, Any]
    constraints: dict[str, Any]
    """As they were applied: the baseline's, with the policy's threshold of drift."""
    attributions: dict[str, float]
    """Mean absolute attribution of each feature (`containers.attributions`); empty where no row was explained."""
    expected: float | None
    """Log-odds, or score, of a row of which nothing is known: what attributions add to. None where no row was
    explained, and where each class has its own."""
    quality: dict[str, float]
    """All metrics of the model on labelled rows; empty where there are not enough of them."""
    enough: bool
    """Whether the window holds enough rows to prove anything, and `seen_enough` whether enough was seen of it, read
    or not, to tell that requests are malformed."""
    seen_enough: bool
    partial: bool
    """Whether the window held more requests than are read."""
    facets: tuple[FacetBias, ...]
    counted: Counted
    """For the windows that come."""
    explained: Sample
    """Rows of the window, and `attributed` what was made of them: [rows, features]."""
    attributed: Floats
    positive: str = "1"
    """Labels that fairness counts as good, as Clarify writes them."""
    repeated: int = 0
    """Requests that were left out, for another one before them has their id."""
