"""Metrics that a training job prints, and the expressions by which SageMaker finds them in its log."""

from __future__ import annotations

from collections.abc import Mapping

from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem

NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"

EVALUATED: Mapping[Problem, tuple[str, str]] = {
    BINARY: ("logloss", "auc"),
    MULTICLASS: ("mlogloss", "merror"),
    REGRESSION: ("rmse", "mae"),
}
"""XGBoost's `eval_metric`. Early stopping watches the first: a proper score, it also falls while the ranking stays."""


def metrics_of(problem: Problem) -> dict[str, str]:
    """Name of the metric -> regular expression over a line of the log, as in `validation:auc=0.81`."""
    names = (f"{data}:{metric}" for data in ("train", "validation") for metric in EVALUATED[problem])
    return {name: f"{name}={NUMBER}" for name in names}


METRICS = metrics_of(BINARY)
