"""What goes into a model and what comes out: lies beside the model in model.tar.gz."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from core.contracts.problem import BINARY, MULTICLASS, Problem, Target

FeatureKind = Literal["numeric", "categorical"]
FILE = "signature.json"


@dataclass(frozen=True, slots=True)
class Feature:
    name: str
    kind: FeatureKind


@dataclass(frozen=True, slots=True)
class Signature:
    """A model over a row of named features.

    A request is CSV without a header, one row a line, the features in this order (categorical values as numbers),
    or JSON `{"instances": [[...], ...]}`. The answer has the same form, and its rows depend on the problem:

    - binary: `predicted_label,probability`, or `{"predictions": [{"predicted_label": 1, "probability": 0.83}, ...]}`;
      `predicted_label` is 1 where the probability of the positive class is at least `threshold`, else 0;
    - multiclass: `predicted_label,p0,p1,...`, or `{"predicted_label": 2, "probabilities": [0.1, 0.2, 0.7]}`;
      `predicted_label` is the class with the largest probability, of several the first;
    - regression: `score`, or `{"score": 3.2}`.

    The label of a data set is 1 or 0, a class from 0 to `classes` - 1, or a finite number.
    """

    features: tuple[Feature, ...]
    label: str
    sensitive: tuple[str, ...] = ()
    threshold: float = 0.5
    """Of a binary problem; no other one has it."""
    problem: Problem = BINARY
    classes: int = 2
    """Of a multiclass problem three and more; 2 of a binary one, 0 of a regression."""
    positive: tuple[int, ...] = (1,)
    """Labels that are good for whom they are given to: what fairness counts. Empty for a regression, and where a
    multiclass problem has no sensitive features."""

    def __post_init__(self) -> None:
        """Raises ValueError for a problem that cannot have so many classes, or not these positive ones."""
        target = self.target
        if self.problem == BINARY and self.positive != (1,):
            raise ValueError(f"the positive labels of a binary problem are {self.positive}; accepted: 1")
        strange = [label for label in self.positive if not 0 <= label < target.classes]
        if strange:
            raise ValueError(f"positive labels {strange}; accepted: classes of the {self.problem} problem")
        if self.problem == MULTICLASS and self.sensitive and not self.positive:
            raise ValueError("sensitive features of a multiclass problem need positive labels")

    @property
    def target(self) -> Target:
        return Target(self.problem, self.classes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Signature:
        """A file that says nothing of a problem is of a binary classifier."""
        value = json.loads(text)
        return cls(
            features=tuple(Feature(**feature) for feature in value["features"]),
            label=value["label"],
            sensitive=tuple(value["sensitive"]),
            threshold=float(value["threshold"]),
            problem=value.get("problem", BINARY),
            classes=int(value.get("classes", 2)),
            positive=tuple(value.get("positive", (1,))),
        )
