"""What a window is compared with: `baseline.json`, left by `containers/baseline`, read by `containers/monitor`."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from core.contracts.explaining import Explaining
from core.contracts.signature import ColumnKind
from core.statistics.calibration import Calibration
from core.statistics.categories import Categories
from core.statistics.crossing import Crossing
from core.statistics.distances import Floats
from core.statistics.fences import Fences
from core.statistics.held import Held
from core.statistics.histogram import Histogram

VERSION = 2
Distribution = Histogram | Categories


@dataclass(frozen=True, slots=True, eq=False)
class FeatureBaseline:
    """One column of the model in the training set, and what the model made of it: one feature, as a rule."""

    name: str
    kind: ColumnKind
    completeness: float
    """Share of the rows in which the feature is present, 0 to 1."""
    distribution: Distribution
    minimum: float | None
    """None for categories, and where no row holds a number; as `maximum`."""
    maximum: float | None
    most_common: float
    """Upper bound of the share of the most frequent number among those present; 1 for categories."""
    attributions: Histogram
    """Of a sample of the rows, in log-odds."""
    share: float
    """This feature's part of the total mean absolute attribution, 0 to 1."""
    attribution_mean: float = 0.0
    """Signed mean of the attributions."""
    deviation: float = 0.0
    """Standard deviation of the numbers; 0 for categories."""
    fences: Fences | None = None
    """Beyond them a number is far out. None for categories and the numbers of embeddings, and in baselines of before
    they were kept: of those, nothing is said to be far out."""
    far_out: int = 0
    """Numbers of the training set beyond the fences."""
    attribution_deviation: float = 0.0
    """Of the attributions; 0 in baselines of before it was kept."""

    @property
    def present(self) -> int:
        return self.distribution.total


@dataclass(frozen=True, slots=True, eq=False)
class WholeBaseline:
    """A feature of several columns: a text or an embedding. Its columns have no attributions of their own: they are
    summed, row by row, before anything is made of them."""

    name: str
    kind: Literal["text", "embedding"]
    columns: tuple[str, ...]
    attributions: Histogram
    share: float
    attribution_mean: float
    attribution_deviation: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class GroupBaseline:
    """Features whose attributions are told together as well (`core.contracts.explaining`), summed row by row."""

    name: str
    features: tuple[str, ...]
    attributions: Histogram
    share: float
    """Mean |sum of the attributions|, as a part of the total of the features; at most the sum of their shares."""
    attribution_mean: float
    attribution_deviation: float


Unit = FeatureBaseline | WholeBaseline


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Everything that one training left to compare with."""

    rows: int
    features: tuple[FeatureBaseline, ...]
    """One for each column of the model."""
    predictions: Distribution
    """Of the predicted probabilities, the classes, or the scores: of held-out rows where there are enough."""
    sample: Floats = field(default_factory=lambda: np.empty((0, 0)))
    """Some of the rows, one column a feature, in 32 bits; NaN where a value is missing."""
    calibration: Calibration | None = None
    """What the model's scores are worth; None where too few rows were held out to learn it."""
    wholes: tuple[WholeBaseline, ...] = ()
    """Features that are several of the columns."""
    held: Held | None = None
    """Rows of the test set, with labels; None where there are none, and in baselines of before they were kept."""
    explaining: Explaining = field(default_factory=Explaining)
    """How the attributions were made."""
    groups: tuple[GroupBaseline, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    """Sensitive features that fairness tells together."""
    conditional_on: str = ""
    """Feature by whose groups conditional demographic disparity is summed; empty for none."""

    @property
    def units(self) -> tuple[Unit, ...]:
        """The features as a request gives them, in their order."""
        if not self.wholes:
            return self.features
        first = {whole.columns[0]: whole for whole in self.wholes}
        inner = {column for whole in self.wholes for column in whole.columns[1:]}
        return tuple(first.get(each.name, each) for each in self.features if each.name not in inner)

    @property
    def vector_columns(self) -> frozenset[str]:
        """The numbers of embeddings."""
        return frozenset(feature.name for feature in self.features if feature.kind == "dimension")

    def to_json(self) -> str:
        value = {
            "version": VERSION,
            "rows": self.rows,
            "features": [_feature(feature) for feature in self.features],
            "predictions": _distribution(self.predictions),
            "sample": b64encode(self.sample.astype("<f4").tobytes()).decode(),
            "calibration": self.calibration.to_value() if self.calibration else None,
            "explaining": self.explaining.to_value(),
        }
        if self.held is not None:
            value["held"] = self.held.to_value()
        if self.wholes:
            value["wholes"] = [_whole(whole) for whole in self.wholes]
        if self.crossings:
            value["crossings"] = [crossing.to_value() for crossing in self.crossings]
        if self.conditional_on:
            value["conditional_on"] = self.conditional_on
        if self.groups:
            value["groups"] = [_group(group) for group in self.groups]
        return json.dumps(value, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Baseline:
        """Raises ValueError for a file of another version."""
        value = json.loads(text)
        if value.get("version") != VERSION:
            raise ValueError(f"baseline has version {value.get('version')!r}, this code reads {VERSION}")
        features = tuple(_read_feature(feature) for feature in value["features"])
        sample = np.frombuffer(b64decode(value["sample"]), "<f4").reshape(-1, len(features)).astype(np.float64)
        calibration = Calibration.from_value(value["calibration"]) if value.get("calibration") else None
        wholes = tuple(_read_whole(whole) for whole in value.get("wholes", ()))
        held = Held.from_value(value["held"]) if value.get("held") else None
        explaining = Explaining.from_value(value["explaining"]) if "explaining" in value else Explaining()
        predictions = _read_distribution(value["predictions"])
        groups = tuple(_read_group(group) for group in value.get("groups", ()))
        return cls(
            *(value["rows"], features, predictions, sample, calibration, wholes, held, explaining, groups),
            crossings=tuple(map(Crossing.from_value, value.get("crossings", ()))),
            conditional_on=value.get("conditional_on", ""),
        )


def _whole(whole: WholeBaseline) -> dict[str, Any]:
    return {
        "name": whole.name,
        "kind": whole.kind,
        "columns": whole.columns,
        "attributions": _histogram(whole.attributions),
        "share": whole.share,
        "attribution_mean": whole.attribution_mean,
        "attribution_deviation": whole.attribution_deviation,
    }


def _read_whole(value: dict[str, Any]) -> WholeBaseline:
    read = {"columns": tuple(value["columns"]), "attributions": _read_histogram(value["attributions"])}
    return WholeBaseline(**{**value, **read})


def _group(group: GroupBaseline) -> dict[str, Any]:
    return {
        "name": group.name,
        "features": group.features,
        "attributions": _histogram(group.attributions),
        "share": group.share,
        "attribution_mean": group.attribution_mean,
        "attribution_deviation": group.attribution_deviation,
    }


def _read_group(value: dict[str, Any]) -> GroupBaseline:
    read = {"features": tuple(value["features"]), "attributions": _read_histogram(value["attributions"])}
    return GroupBaseline(**{**value, **read})


def _histogram(histogram: Histogram) -> dict[str, Any]:
    return {"edges": histogram.edges.tolist(), "counts": histogram.counts.tolist()}


def _read_histogram(value: dict[str, Any]) -> Histogram:
    return Histogram(np.array(value["edges"], float), np.array(value["counts"], np.int64))


def _distribution(found: Distribution) -> dict[str, Any]:
    if isinstance(found, Histogram):
        return _histogram(found)
    return {"counts": dict(found.counts), "other": found.other, **({"spread": found.spread} if found.spread else {})}


def _read_distribution(value: dict[str, Any]) -> Distribution:
    if "edges" in value:
        return _read_histogram(value)
    return Categories(value["counts"], value["other"], spread=tuple(value.get("spread", ())))


def _feature(feature: FeatureBaseline) -> dict[str, Any]:
    return {
        "name": feature.name,
        "kind": feature.kind,
        "completeness": feature.completeness,
        "distribution": _distribution(feature.distribution),
        "minimum": feature.minimum,
        "maximum": feature.maximum,
        "most_common": feature.most_common,
        "attributions": _histogram(feature.attributions),
        "attribution_mean": feature.attribution_mean,
        "attribution_deviation": feature.attribution_deviation,
        "deviation": feature.deviation,
        "share": feature.share,
        **({"fences": asdict(feature.fences), "far_out": feature.far_out} if feature.fences else {}),
    }


def _read_feature(value: dict[str, Any]) -> FeatureBaseline:
    read = {
        "distribution": _read_distribution(value["distribution"]),
        "attributions": _read_histogram(value["attributions"]),
        "fences": Fences(**value["fences"]) if value.get("fences") else None,
    }
    return FeatureBaseline(**{**value, **read})
