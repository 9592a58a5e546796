"""The model's quality where no labels arrive, estimated where that is honest."""

from __future__ import annotations

import numpy as np

from containers.model import TrainedModel
from core.contracts.evaluation import Evaluation
from core.contracts.policy import WatchPolicy
from core.contracts.problem import BINARY, REGRESSION
from core.contracts.reports import MERE_DRIFT, EstimatedQuality, Multivariate, Violation
from core.statistics.baseline import Baseline
from core.statistics.distances import Floats
from core.statistics.estimate import Estimate, estimate_binary, estimate_multiclass
from core.statistics.support import refusal


def estimated(
    model: TrainedModel,
    baseline: Baseline,
    policy: WatchPolicy,
    evaluation: Evaluation,
    rows: Floats,
    together: Multivariate | None,
    violations: tuple[Violation, ...],
) -> EstimatedQuality:
    """By a sample of the window's `rows`; with the reason in place of numbers where it would mislead."""
    metric = policy.quality_metric
    before = evaluation.metrics.get(metric)
    why = _refused(model, baseline, policy, rows, together, violations)
    found = {} if why else _estimates(model, baseline, rows)
    if not why and metric not in found:
        why = f"{metric} is not estimated; {', '.join(sorted(found))} are"
    if why:
        return EstimatedQuality(metric, before, refused=why)
    own = found[metric]
    values = {name: one.value for name, one in found.items()}
    return EstimatedQuality(metric, before, own.value, own.low, own.high, len(rows), values)


def _refused(
    model: TrainedModel,
    baseline: Baseline,
    policy: WatchPolicy,
    rows: Floats,
    together: Multivariate | None,
    violations: tuple[Violation, ...],
) -> str:
    if model.signature.problem == REGRESSION:
        return "a regression's answers say nothing of how far they are from the truth"
    if any(violation.check not in MERE_DRIFT for violation in violations):
        return "the data breaks constraints: what the model makes of it is no evidence"
    return refusal(baseline, rows, together.low if together else None, policy.multivariate_threshold)


def _estimates(model: TrainedModel, baseline: Baseline, rows: Floats) -> dict[str, Estimate]:
    assert baseline.calibration is not None  # else it was refused
    scores = model.probabilities(rows).astype(np.float64)
    if model.signature.problem == BINARY:
        return estimate_binary(scores, model.signature.threshold, baseline.calibration)
    return estimate_multiclass(scores, baseline.calibration)
