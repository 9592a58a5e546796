"""The model's quality where no labels arrive, estimated where that is honest."""

from __future__ import annotations

import numpy as np

from containers.model import TrainedModel
from containers.monitor.guessed import estimate_errors
from containers.monitor.likeness import likeness
from core.contracts.evaluation import Evaluation
from core.contracts.policy import WatchPolicy
from core.contracts.problem import BINARY, REGRESSION
from core.contracts.reports import MERE_DRIFT, EstimatedQuality, Multivariate, Violation
from core.statistics.baseline import Baseline
from core.statistics.calibration import calibrate
from core.statistics.distances import Floats
from core.statistics.estimate import Estimate, estimate_binary, estimate_multiclass
from core.statistics.support import refusal, unlike


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
    weights = np.empty(0) if why or baseline.held is None else likeness(baseline.held.rows, rows)
    why = why or unlike(weights)
    found = {} if why else estimates(model, baseline, rows, weights)
    if not why and not found:
        why = "the held-out rows that the baseline keeps hold too few of a class"
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
    if any(violation.check not in MERE_DRIFT for violation in violations):
        return "the data breaks constraints: what the model makes of it is no evidence"
    number, low = model.signature.problem == REGRESSION, together.low if together else None
    return refusal(baseline, rows, low, policy.multivariate_threshold, number=number)


def estimates(model: TrainedModel, baseline: Baseline, rows: Floats, weights: Floats) -> dict[str, Estimate]:
    """By held-out rows of which those that are like the window's count for more."""
    held, plain = baseline.held, baseline.calibration
    assert held is not None  # else it was refused
    before, now = (model.probabilities(each).astype(np.float64) for each in (held.rows, rows))
    if model.signature.problem == REGRESSION:
        return estimate_errors(before - held.labels, held.rows, rows, weights)
    weighed = calibrate(before.reshape(len(before), -1), held.labels.astype(np.int64), weights)
    if weighed is None:
        return {}
    if model.signature.problem == BINARY:
        return estimate_binary(now, model.signature.threshold, weighed, plain)
    return estimate_multiclass(now, weighed, plain)
