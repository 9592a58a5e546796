"""What a report tells of the answers: how right they are, and whom they treat worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.contracts.problem import LOWER_IS_BETTER, loss


@dataclass(frozen=True, slots=True)
class QualityReport:
    """The model's quality on the window's labelled rows, with a 95 % confidence interval."""

    metric: str
    value: float
    low: float
    high: float
    baseline: float
    labels: int

    @property
    def loss(self) -> float:
        """How much worse than at the release (`core.contracts.problem.loss`)."""
        return loss(self.metric, self.value, self.baseline)

    @property
    def certain(self) -> bool:
        """Whether the interval lies on the worse side of the baseline."""
        return self.low > self.baseline if self.metric in LOWER_IS_BETTER else self.high < self.baseline

    @property
    def worst_loss(self) -> float:
        """The loss, had the model been as bad as the interval allows."""
        return loss(self.metric, self.high if self.metric in LOWER_IS_BETTER else self.low, self.baseline)


@dataclass(frozen=True, slots=True)
class EstimatedQuality:
    """The model's quality as held-out rows like the window's tell it, without labels; or why it is not estimated.

    It assumes that the relation of inputs to label is as it was: it cannot see concept drift.
    """

    metric: str
    baseline: float | None
    """Measured when the model was released."""
    value: float | None = None
    """None where `refused` says why, as the bounds."""
    low: float | None = None
    high: float | None = None
    """95 % interval of what labels of the same rows would give, if that relation holds."""
    rows: int = 0
    """Rows that it was estimated from."""
    values: Mapping[str, float] = field(default_factory=dict)
    """All metrics, by their names in the managed model-quality report."""
    refused: str = ""

    @property
    def loss(self) -> float | None:
        """How much worse than at the release; 0 where the interval does not exclude that nothing was lost, and None
        where nothing is known."""
        if self.value is None or self.low is None or self.high is None or self.baseline is None:
            return None
        worse = self.low > self.baseline if self.metric in LOWER_IS_BETTER else self.high < self.baseline
        return max(0.0, loss(self.metric, self.value, self.baseline)) if worse else 0.0


@dataclass(frozen=True, slots=True)
class LabelLines:
    """What became of the lines of labels that were read for a window. They lie by the hour of their collection: lines
    for requests of other windows are among them."""

    came: int = 0
    joined: int = 0
    """Lines that labelled an answer; a later line may have labelled it otherwise."""
    unreadable: int = 0
    ambiguous: int = 0
    """Lines for an id that several requests of the window bear: nobody knows which of them is meant."""
    sampled: bool = False
    """Whether a random sample of the window's answers alone was there to be joined: there were too many."""

    def __add__(self, other: LabelLines) -> LabelLines:
        return LabelLines(
            self.came + other.came,
            self.joined + other.joined,
            self.unreadable + other.unreadable,
            self.ambiguous + other.ambiguous,
            self.sampled or other.sampled,
        )

    @property
    def elsewhere(self) -> int:
        """Lines for no answer of the window that counts."""
        return self.came - self.joined - self.unreadable - self.ambiguous


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """The model's quality on one value of one feature."""

    feature: str
    value: str
    quality: QualityReport
    """Its baseline is that of the whole model."""
    before: QualityReport | None = None
    """On held-out rows of the same value; None where these are too few."""
    fell: bool = False
    """The model lost more there, against those rows, than is allowed, beyond what chance gives so many segments."""

    @property
    def loss(self) -> float:
        """Against those rows; 0 where they are too few."""
        return loss(self.quality.metric, self.quality.value, self.before.value) if self.before else 0.0


@dataclass(frozen=True, slots=True)
class BiasReport:
    """One bias metric of one group of a sensitive feature against all other groups."""

    facet: str
    group: str
    metric: str
    value: float
    """May be infinite (disparate impact of a rest of whom nobody is accepted)."""
    low: float | None
    high: float | None
    baseline: float | None
    """In the training set."""
    recent: float | None = None
    """In the windows before this one, together; None where they do not tell it."""


Disparities = Mapping[str, Mapping[str, float | None]]
"""By Fairlearn's name (`demographic_parity_difference`), then by method: `between_groups` or `to_overall`. None where
no group tells it."""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """One group of a facet, as a line of Fairlearn's MetricFrame."""

    group: str
    rows: int
    labels: int
    """Rows whose label is known."""
    rates: Mapping[str, float | None]
    """By name (`selection_rate`, `true_positive_rate`); None where no row tells it."""


@dataclass(frozen=True, slots=True)
class FacetRates:
    """The rates of all groups of a sensitive feature, or of an intersection of several, and how far apart they are."""

    facet: str
    overall: Mapping[str, float | None]
    """Of all rows."""
    groups: tuple[GroupRates, ...]
    """That have rows."""
    disparities: Disparities
    """Of groups with enough rows."""
    baseline: Disparities = field(default_factory=dict)
    """In the training set; empty where it is not known."""
    recent: Disparities = field(default_factory=dict)
    """In the windows before this one, together; empty where there were none."""

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> FacetRates:
        return cls(**{**value, "groups": tuple(GroupRates(**group) for group in value["groups"])})
