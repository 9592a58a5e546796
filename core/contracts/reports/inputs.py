"""What a report tells of the inputs, and of what the model makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FeatureReport:
    """One feature in the window against the baseline. Distances lie between 0 and 1."""

    name: str
    completeness: float
    baseline_completeness: float
    drift: float
    """Distance from the training set that the policy asks for; by default the Kolmogorov-Smirnov distance (numeric)
    or the L-infinity distance (categorical), corrected for sample size. Of an embedding Somers' D of a classifier of
    its vectors (`core.statistics.wholes`), of a text the largest of its columns' distances."""
    attribution_share: float
    """This feature's part of the total mean absolute attribution in the window, 0 to 1."""
    baseline_share: float
    attribution_drift: float
    """Kolmogorov-Smirnov distance of the attributions' distributions, corrected for sample size."""
    threshold: float = 0.2
    """Of `drift`."""
    recent_drift: float | None = None
    """The same distance from the windows before this one, together; None where there were none."""
    distances: Mapping[str, float] = field(default_factory=dict)
    """All distances from the training set, by name, as they are (not corrected for sample size)."""
    attribution_mean: float = 0.0
    """Signed mean of the attributions in the window, in log-odds; and in the training set."""
    baseline_attribution_mean: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)
    """Drift of each column that a text becomes, by the column's name; `drift` and `distances` are of the one that moved
    most. Empty of everything else."""
    recent_attribution_drift: float | None = None
    """`attribution_drift` from the windows before this one, together; None where there were none."""
    attribution_distances: Mapping[str, float] = field(default_factory=dict)
    """All distances of the attributions from training's, by name, as they are (`core.statistics.attributed`)."""


@dataclass(frozen=True, slots=True)
class GroupReport:
    """A group of features: their attributions, summed row by row before anything is made of them."""

    name: str
    features: tuple[str, ...]
    share: float
    """Mean |sum| as a part of the features' total mean absolute attribution: at most the sum of their shares, and less
    by what cancels inside the group."""
    baseline_share: float
    drift: float
    """Kolmogorov-Smirnov distance of the sums' distributions, corrected for sample size."""
    mean: float
    """Signed mean of the sums."""
    baseline_mean: float
    recent_drift: float | None = None
    """From the windows before this one, together; None where there were none."""
    distances: Mapping[str, float] = field(default_factory=dict)
    """As `FeatureReport.attribution_distances`."""


@dataclass(frozen=True, slots=True)
class Multivariate:
    """How well a classifier tells the window's rows from the training set's: all features together."""

    auc: float
    """0.5: not at all; 1: always. On rows that it was not trained on."""
    low: float
    high: float
    """95 % confidence interval."""


@dataclass(frozen=True, slots=True)
class Outliers:
    """Numbers of one column that the training set would hardly have held. Shares are of the numbers that are there."""

    column: str
    share: float
    """Far out: below `low` or above `high`."""
    baseline: float
    """The same in the training set."""
    outside: float
    """Below the smallest number of the training set, or above its largest."""
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Rows that are like none of training, though each of their values may be usual (`core.statistics.anomalies`)."""

    share: float
    low: float
    high: float
    """95 % confidence interval of the share."""
    baseline: float
    """Rows of the training set, each against all others, that lie as far."""
    rows: int
    """Rows that were looked at: a random sample of the window."""
    trained: int
    """Rows of the training set that they were compared with."""
    features: Mapping[str, float] = field(default_factory=dict)
    """What sets those rows apart: the largest parts of the squared distance to the training row that is nearest, by
    feature, on average."""


@dataclass(frozen=True, slots=True)
class DataQuality:
    """Shares of what arrived, 0 (none) to 1 (all), in the four dimensions of data quality."""

    accuracy: float
    """Cells that hold a value of the feature's type and, of a category, one of the training set."""
    completeness: float
    """Cells that are there."""
    consistency: float
    """Rows of the right width that break no rule between columns."""
    timeliness: float
    """Rows that were fresh; 1 where no freshness is asked for."""
    duplicates: float
    """Rows that were sent before in the window, as a share; estimated within a few percent."""
    outliers: float = 0.0
    """Numbers that lie far out of the training set's (`core.statistics.fences`)."""
    anomalies: float | None = None
    """Rows that are like none of training (`Anomalies`), of a sample; None where there were too few."""
    misplaced: float = 0.0
    """Requests that lie in the files of the window's hours and are of other hours: they came late, or a clock is ahead.
    They are in no other number."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows before this one that the release in service should have been watched in."""

    expected: int
    found: int
    """Those that have a report."""
    missing: tuple[str, ...] = ()
    """When the newest of the others ended, ISO 8601 in UTC, a few of them; of batches, when they were due."""
    told_late: int = 0
    """Of those found, how many were first told of when the window after them was due already."""
    late: tuple[str, ...] = ()
    """The newest of these, in the same way."""
