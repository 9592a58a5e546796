"""Windows whose labels are known but not told: what is estimated of them, by the monitor's own functions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from bench.estimates.worlds import MODELS, SHIFTS, WORLDS, Values, model
from containers.model import TrainedModel
from containers.monitor.estimated import estimates
from containers.monitor.likeness import likeness
from containers.monitor.multivariate import tell_apart
from core.contracts.policy import WatchPolicy
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION
from core.statistics.baseline import Baseline
from core.statistics.calibration import calibrate
from core.statistics.categories import Categories
from core.statistics.confusion import ConfusionMatrix
from core.statistics.estimate import Estimate, estimate_binary, estimate_multiclass
from core.statistics.held import Held
from core.statistics.quality import quality
from core.statistics.support import refusal, unlike

SIZES = ((400, 1500), (1200, 1500), (2000, 2000))
"""Held-out rows, rows of the window."""
TRIALS = 12
WORKERS = 2
Work = tuple[str, str, int, int, int]
"""Names of a world and a shift, held-out rows, rows of the window, seed."""


@dataclass(frozen=True)
class Met:
    """One metric of one window."""

    world: str
    shift: str
    held: int
    metric: str
    holds: bool
    """Whether the interval holds what labels tell."""
    plain: bool | None
    """The same of the interval by held-out rows without weights; None for a number."""
    off: float
    """What was estimated less what labels tell."""
    half: float
    """Half the interval."""


@dataclass(frozen=True)
class Refused:
    """A window of which nothing is estimated."""

    world: str
    shift: str
    held: int
    why: str


def everything() -> list[Met | Refused]:
    """Every world, shift and size, `TRIALS` windows each."""
    work = [
        (world, shift, *size, seed) for world in WORLDS for shift in SHIFTS for size in SIZES for seed in range(TRIALS)
    ]
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(WORKERS) as pool:
        return [each for found in pool.map(window, work, chunksize=TRIALS) for each in found]


def window(work: Work) -> list[Met | Refused]:
    """Another test set and another window each time."""
    name, shift, held_rows, now_rows, seed = work
    world, (made, training) = WORLDS[name], model(name, seed % MODELS)
    random = np.random.default_rng([seed, held_rows, now_rows, [*SHIFTS].index(shift)])
    held, labels = world.draw(held_rows, random)
    now, truth = world.draw(now_rows, random, shift)
    baseline = _baseline(made, training, held, labels)
    together = tell_apart(training, now, WatchPolicy().minimum_rows)
    number, usual = world.problem == REGRESSION, WatchPolicy().multivariate_threshold
    why = refusal(baseline, now, together.low if together else None, usual, number=number)
    weights = np.empty(0) if why or baseline.held is None else likeness(baseline.held.rows, now)
    if why := why or unlike(weights):
        return [Refused(world.name, shift, held_rows, why)]
    found, plain = estimates(made, baseline, now, weights), _plain(made, baseline, now)
    known = _known(made, now, truth)
    return [
        Met(
            world.name,
            shift,
            held_rows,
            metric,
            _holds(one, known[metric]),
            _holds(plain[metric], known[metric]) if metric in plain else None,
            one.value - known[metric],
            (one.high - one.low) / 2,
        )
        for metric, one in found.items()
        if metric in known
    ]


def _baseline(made: TrainedModel, training: Values, held: Values, labels: Values) -> Baseline:
    """What the training pipeline keeps, as far as estimates need it. Every number lies inside its support."""
    calibration = None
    if made.signature.problem != REGRESSION:
        scores = made.probabilities(held).astype(np.float64)
        calibration = calibrate(scores.reshape(len(held), -1), labels.astype(np.int64))
    none = Categories({}, 0)
    return Baseline(len(training), (), none, training, calibration=calibration, held=Held.of(held, labels))


def _plain(made: TrainedModel, baseline: Baseline, now: Values) -> dict[str, Estimate]:
    scores = made.probabilities(now).astype(np.float64)
    if baseline.calibration is None:
        return {}
    if made.signature.problem == BINARY:
        return estimate_binary(scores, made.signature.threshold, baseline.calibration)
    return estimate_multiclass(scores, baseline.calibration)


def _known(made: TrainedModel, now: Values, truth: Values) -> dict[str, float]:
    """What labels tell."""
    scores = made.probabilities(now).astype(np.float64)
    if made.signature.problem == BINARY:
        return quality(truth == 1, scores >= made.signature.threshold, scores)
    if made.signature.problem == MULTICLASS:
        return ConfusionMatrix.of(truth.astype(np.int64), scores.argmax(axis=1), scores.shape[1]).multiclass()
    off = scores - truth
    mse = float((off**2).mean())
    return {"mae": float(np.abs(off).mean()), "mse": mse, "rmse": mse**0.5}


def _holds(one: Estimate, known: float) -> bool:
    return one.low <= known <= one.high


def share(held: Iterable[bool]) -> float:
    """Of those that are true; NaN of none."""
    found: Sequence[bool] = list(held)
    return sum(found) / len(found) if found else float("nan")
