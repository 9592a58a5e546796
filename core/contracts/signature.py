"""What goes into a model and what comes out: lies beside the model in model.tar.gz."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from core.contracts.problem import BINARY, MULTICLASS, Problem, Target

FeatureKind = Literal["numeric", "categorical", "boolean", "text", "embedding"]
ColumnKind = Literal["numeric", "categorical", "boolean", "language", "dimension"]
NUMBERS: frozenset[str] = frozenset({"numeric", "dimension"})
"""Kinds of column that are compared as numbers, all others as categories."""
OF_TEXT: tuple[tuple[str, ColumnKind], ...] = (
    ("length", "numeric"),
    ("words", "numeric"),
    ("symbols", "numeric"),
    ("language", "language"),
)
"""What becomes of a text: characters, words, share of characters that are neither letters nor spaces, language."""
FILE = "signature.json"


@dataclass(frozen=True, slots=True)
class Column:
    """One number of a row, as the model takes it."""

    name: str
    kind: ColumnKind
    feature: str
    """What it was made of."""


def owner(column: str) -> str:
    """The feature that a column is of: the names of features have no dots.

    >>> owner("note.length"), owner("age")
    ('note', 'age')
    """
    return column.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Feature:
    """What a request gives: one value, but for an embedding, which is `size` numbers that belong together."""

    name: str
    kind: FeatureKind
    size: int = 0
    """Of an embedding; 0 of everything else."""

    def __post_init__(self) -> None:
        """Raises ValueError for an embedding without dimensions, and for dimensions of anything else."""
        if (self.kind == "embedding") != (self.size > 0):
            raise ValueError(f"{self.name} is {self.kind} of size {self.size}; an embedding has one, nothing else")

    @property
    def whole(self) -> bool:
        """Whether several columns of the model are this one feature."""
        return self.kind in ("text", "embedding")

    @property
    def columns(self) -> tuple[Column, ...]:
        """
        >>> [column.name for column in Feature("face", "embedding", 2).columns]
        ['face.0', 'face.1']
        """
        if self.kind == "text":
            return tuple(Column(f"{self.name}.{part}", kind, self.name) for part, kind in OF_TEXT)
        if self.kind == "embedding":
            return tuple(Column(f"{self.name}.{at}", "dimension", self.name) for at in range(self.size))
        return (Column(self.name, self.kind, self.name),)

    def to_value(self) -> dict[str, Any]:
        return {"name": self.name, "kind": self.kind} | ({"size": self.size} if self.size else {})


def watched(feature: Feature) -> tuple[str, ...]:
    """Names of what the drift of a feature is told of: itself, and each column of a text.

    >>> watched(Feature("face", "embedding", 2)), watched(Feature("age", "numeric"))
    (('face',), ('age',))
    """
    columns = tuple(column.name for column in feature.columns) if feature.kind == "text" else ()
    return feature.name, *columns


@dataclass(frozen=True)
class Signature:
    """A model over a row of named features.

    A request is CSV without a header, one row a line, the features in this order (categorical values as numbers,
    booleans as true and false or 1 and 0, texts in quotes where they hold commas, quotes or line breaks), or JSON
    `{"instances": [[...], ...]}`. An embedding is one list of numbers, in CSV as a JSON list in quotes; or, if all
    embeddings of the row are, so many cells of their own. An empty cell or null is a missing value. The model itself
    takes `columns`. The answer has the same form, and its rows depend on the problem:

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
        """Of the features."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What the model takes, in order: those of one feature stand together."""
        return tuple(column for feature in self.features for column in feature.columns)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def plain(self) -> bool:
        """Whether every feature is one number in a request as well."""
        return all(feature.kind in ("numeric", "categorical") for feature in self.features)

    def to_value(self) -> dict[str, Any]:
        return {**asdict(self), "features": [feature.to_value() for feature in self.features]}

    def to_json(self) -> str:
        return json.dumps(self.to_value(), indent=2)

    @classmethod
    def from_file(cls, content: str | bytes) -> Signature:
        """What `FILE` holds, which a team's own program may have written. Raises ValueError for anything else."""
        try:
            found = cls.from_json(content)
            for feature in found.features:
                if not isinstance(feature.name, str) or feature.kind not in get_args(FeatureKind):
                    accepted = ", ".join(get_args(FeatureKind))
                    raise ValueError(f"a feature {feature.name!r} of kind {feature.kind!r}; accepted: {accepted}")
            if not found.features or not 0 <= found.threshold <= 1:
                said = f"{len(found.features)} features and the threshold {found.threshold}"
                raise ValueError(f"it has {said}; accepted: at least one, and 0 to 1")
            if len(set(found.names)) < len(found.names) or not set(found.sensitive) <= set(found.names):
                raise ValueError("a feature is named twice, or a sensitive one is none of them")
        except KeyError as missing:
            raise ValueError(f"{FILE} is no signature: it has no {missing}") from None
        except (ValueError, TypeError, AttributeError, RecursionError) as fault:
            raise ValueError(f"{FILE} is no signature: {fault}") from None
        return found

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
