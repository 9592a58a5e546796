"""What can be decided about an episode. Each decision carries its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.contracts.parameters import TrainingParameters
from core.remediation.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Retrain:
    """Start one execution. The same episode gives the same token and name on every try."""

    token: str
    display_name: str
    parameters: TrainingParameters
    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Start nothing before a person has approved this run, until then."""

    parameters: TrainingParameters
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class PutBack:
    """Put another version into service: the one that served before, or the team's fallback."""

    version: int
    why: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """Stop starts and deployments of the model until a person lifts that."""

    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Start nothing; nobody needs to act."""

    outcome: Outcome
    why: str
    quiet: bool = False
    """It is written down, and nobody is told: it comes to pass with every new environment."""


@dataclass(frozen=True, slots=True)
class Escalate:
    """Start nothing; a person has to act."""

    outcome: Outcome
    why: str


Act = Retrain | Ask | PutBack | Freeze
"""Something is done, or asked for."""
Decision = Act | Hold | Escalate
