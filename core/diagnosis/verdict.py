"""What a diagnosis says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from core.contracts.parameters import TrainOn


class Verdict(StrEnum):
    """From harmless to harmful: more drift in a report never moves its verdict up this list."""

    HEALTHY = "HEALTHY"
    """Nothing that was measured has moved."""
    BENIGN_DRIFT = "BENIGN_DRIFT"
    """Inputs moved; what the model makes of them, and its quality where it is known, did not."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """Too few rows, labels that could not be used, or a loss that one window of this size shows by chance."""
    ESTIMATED_LOSS = "ESTIMATED_LOSS"
    """Without labels the model's quality is estimated to have fallen; that holds only if the relation of inputs to
    label is as it was."""
    LABELS_NEEDED = "LABELS_NEEDED"
    """The model answers on other grounds than before; only labels can tell whether it is wrong."""
    REAL_DRIFT = "REAL_DRIFT"
    """Quality fell, or the model decides on other grounds and there are labels to learn from."""
    UPSTREAM_FAULT = "UPSTREAM_FAULT"
    """The data is broken. A model trained on it would learn the fault."""


class Drift(StrEnum):
    """What kind of drift it is: which of P(X), the inputs, and P(y | X), the label given the inputs, moved."""

    NONE = "none"
    DATA = "data drift"
    """Inputs moved; whether the relation to the label did is not known: there are no labels, or the model decides on
    other grounds and labels do not settle it."""
    VIRTUAL = "virtual drift"
    """Inputs moved; the model decides as before, and labels show it as right as before: the relation holds."""
    REAL = "real drift"
    """Labels show that what the model learned no longer holds, for the rows that come in now."""
    UNCLEAR = "unclear"
    """The data is broken, or too little of it."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A verdict on one window, with what speaks for it."""

    verdict: Verdict
    features: tuple[str, ...]
    """Features concerned, those that the model leans on most first."""
    evidence: tuple[str, ...]
    """Sentences with the numbers that were compared."""
    cause: str
    """The likely cause, in words."""
    confidence: str
    """How sure, and why, in words."""
    blind_spots: tuple[str, ...]
    """What this report cannot exclude."""
    response: str
    """What to do, in words."""
    train_on: TrainOn | None
    """What a retraining should learn from; None where none would help."""
    drift: Drift = Drift.UNCLEAR

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Diagnosis:
        value = json.loads(text)
        lists = {name: tuple(value[name]) for name in ("features", "evidence", "blind_spots")}
        kinds = {"verdict": Verdict(value["verdict"]), "drift": Drift(value.get("drift", Drift.UNCLEAR))}
        return cls(**{**value, **lists, **kinds})
