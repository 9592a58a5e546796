"""A model's quality in the form of the managed monitor: blocks of its `statistics.json` and `constraints.json`.

Source: SageMaker developer guide, "Model quality metrics and Amazon CloudWatch monitoring", and its schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from core.contracts.problem import LOWER_IS_BETTER, MANAGED_BLOCK, Problem, limit
from core.contracts.reports import ABOVE, BELOW
from core.statistics.intervals import Z


def statistics(
    problem: Problem,
    metrics: Mapping[str, float],
    interval: Callable[[str], tuple[float, float]],
    matrix: Sequence[Sequence[int]],
) -> dict[str, Any]:
    """`{"regression_metrics": {"rmse": {"value": 3.2, "standard_deviation": 0.1}, ...}}`; of classes with their
    confusion matrix, by label and then by answer.

    The standard deviation is half of the metric's 95 % interval in units of 1.96, null where that has no end.
    """
    block: dict[str, Any] = {}
    if matrix:
        block["confusion_matrix"] = {
            str(label): {str(answer): count for answer, count in enumerate(line)} for label, line in enumerate(matrix)
        }
    for name, value in metrics.items():
        low, high = interval(name)
        deviation = (high - low) / (2 * Z)
        block[name] = {"value": value, "standard_deviation": deviation if isfinite(deviation) else None}
    return {f"{MANAGED_BLOCK[problem]}_metrics": block}


def constraints(problem: Problem, metric: str, baseline: float, allowed: float) -> dict[str, Any]:
    """What the watched metric may not pass: `{"regression_constraints": {"rmse": {"threshold": ..., ...}}}`."""
    told = {"threshold": limit(metric, baseline, allowed), "comparison_operator": operator(metric)}
    return {f"{MANAGED_BLOCK[problem]}_constraints": {metric: told}}


def operator(metric: str) -> str:
    """On which side of its threshold a metric is worse."""
    return ABOVE if metric in LOWER_IS_BETTER else BELOW
