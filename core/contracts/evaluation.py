"""What a gate says of a new model: written by `containers/gates`, read by the pipeline's condition and by people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["BETTER", "WORSE", "INCONCLUSIVE"]
FILE = "evaluation.json"
PROPERTY_FILE = "Evaluation"
"""Name of the pipeline's property file."""
VERDICT_PATH = "verdict"
REASON_PATH = "reason"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Challenger against champion on the same rows. Only BETTER may be released."""

    verdict: Verdict
    reason: str
    rows: int
    metric: str
    challenger: float
    champion: float | None
    """None where nothing is in service yet: then the best constant answer is the one to beat."""
    low: float
    """Bounds of the confidence interval of challenger minus champion (or minus the best constant answer); where the
    metric is an error, of champion minus challenger: above 0 the challenger is better."""
    high: float
    confidence: float
    metrics: dict[str, float]
    """All metrics of the challenger (`core.contracts.problem.QUALITY_METRICS`)."""
    groups: dict[str, dict[str, float]]
    """The same metrics per value of each sensitive attribute, keyed `attribute=value`."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Evaluation:
        return cls(**json.loads(text))
