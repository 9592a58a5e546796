"""What goes into a model and what comes out: lies beside the model in model.tar.gz."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

FeatureKind = Literal["numeric", "categorical"]
FILE = "signature.json"


@dataclass(frozen=True, slots=True)
class Feature:
    name: str
    kind: FeatureKind


@dataclass(frozen=True, slots=True)
class Signature:
    """A binary classifier over a row of named features.

    A request is CSV without a header, one row a line, the features in this order (categorical values as numbers),
    or JSON `{"instances": [[...], ...]}`. The answer has the same form: CSV rows `predicted_label,probability`, or
    `{"predictions": [{"predicted_label": 1, "probability": 0.83}, ...]}`; `predicted_label` is 1 where the
    probability of the positive class is at least `threshold`, else 0. The label of a data set is 1 or 0.
    """

    features: tuple[Feature, ...]
    label: str
    sensitive: tuple[str, ...] = ()
    threshold: float = 0.5

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Signature:
        value = json.loads(text)
        return cls(
            features=tuple(Feature(**feature) for feature in value["features"]),
            label=value["label"],
            sensitive=tuple(value["sensitive"]),
            threshold=float(value["threshold"]),
        )
