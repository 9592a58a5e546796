"""Metrics that a training job prints, and the expressions by which SageMaker finds them in its log."""

from __future__ import annotations

NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"

METRICS = {name: f"{name}={NUMBER}" for name in ("train:logloss", "train:auc", "validation:logloss", "validation:auc")}
"""Name of the metric -> regular expression over a line of the log, as in `validation:auc=0.81`."""
