"""What a model is asked: which of two classes, which of many, or how much. Decides its labels, answers and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Problem = Literal["binary", "multiclass", "regression"]
BINARY: Problem = "binary"
MULTICLASS: Problem = "multiclass"
REGRESSION: Problem = "regression"

LEAST_CLASSES, MOST_CLASSES = 3, 1000
"""Of a multiclass problem."""

QUALITY_METRICS: Mapping[Problem, tuple[str, ...]] = {
    BINARY: ("accuracy", "auc", "f1", "precision", "recall"),
    MULTICLASS: (
        "accuracy",
        "weighted_precision",
        "weighted_recall",
        "weighted_f0_5",
        "weighted_f1",
        "weighted_f2",
    ),
    REGRESSION: ("mae", "mse", "rmse", "r2"),
}
"""Metrics by which a model may be judged, by their names in the managed model-quality report."""

USUAL_METRIC: Mapping[Problem, str] = {BINARY: "accuracy", MULTICLASS: "accuracy", REGRESSION: "rmse"}
"""What is watched where a team says nothing."""

LEAST_OF_EITHER = 5
"""Rows of either label without which no area under the ROC curve is judged: its interval holds from so many on."""

LOWER_IS_BETTER = frozenset({"mae", "mse", "rmse"})
"""Errors: they have a unit and no largest value. Of every other metric, more is better and 1 is perfect."""

MANAGED_TYPE: Mapping[Problem, str] = {
    BINARY: "BinaryClassification",
    MULTICLASS: "MulticlassClassification",
    REGRESSION: "Regression",
}
"""`ProblemType` of a managed model-quality job."""

MANAGED_BLOCK: Mapping[Problem, str] = {
    BINARY: "binary_classification",
    MULTICLASS: "multiclass_classification",
    REGRESSION: "regression",
}
"""Beginning of the names under which the managed files hold a problem's metrics and constraints."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one model answers. `classes` is 2 of a binary problem, 0 of a regression.

    >>> Target("multiclass", 2)
    Traceback (most recent call last):
    ...
    ValueError: a multiclass problem with 2 classes; accepted: 3 to 1000
    """

    problem: Problem = BINARY
    classes: int = 2

    def __post_init__(self) -> None:
        accepted = {BINARY: (2, 2), MULTICLASS: (LEAST_CLASSES, MOST_CLASSES), REGRESSION: (0, 0)}
        if self.problem not in accepted:
            raise ValueError(f"the problem {self.problem!r}; accepted: {', '.join(accepted)}")
        low, high = accepted[self.problem]
        if not low <= self.classes <= high:
            numbers = f"{low}" if low == high else f"{low} to {high}"
            raise ValueError(f"a {self.problem} problem with {self.classes} classes; accepted: {numbers}")

    @property
    def labels(self) -> str:
        """The labels that there are, in words."""
        if self.problem == REGRESSION:
            return "a finite number"
        return "0 or 1" if self.problem == BINARY else f"a whole number from 0 to {self.classes - 1}"


def limit(metric: str, baseline: float, allowed: float) -> float:
    """The value of a metric at which its loss is the one that is allowed.

    >>> round(limit("accuracy", 0.9, 0.1), 3), round(limit("rmse", 10.0, 0.1), 3)
    (0.8, 11.0)
    """
    return baseline * (1 + allowed) if metric in LOWER_IS_BETTER else baseline - allowed


def loss(metric: str, value: float, baseline: float) -> float:
    """How much worse `value` is than `baseline`; negative where it is better.

    Of a share (accuracy, r2) it is what was lost of it. Of an error it is the growth as a share of the baseline, since
    an error has the unit of the label: 0.1 is a tenth more. An error where there was none counts as 1.

    >>> round(loss("accuracy", 0.7, 0.9), 3), round(loss("rmse", 12.0, 10.0), 3), loss("mae", 1.0, 0.0)
    (0.2, 0.2, 1.0)
    """
    if metric not in LOWER_IS_BETTER:
        return baseline - value
    if not baseline:
        return 1.0 if value > 0 else 0.0
    return (value - baseline) / baseline
