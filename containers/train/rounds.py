"""Boosting round by round, with early stopping, checkpoints and an end on request."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from containers.boosting import xgboost
from containers.dataset import Dataset
from containers.train.checkpoints import Checkpoints, Progress
from containers.train.hosts import Hosts
from core.contracts.hyperparameters import Hyperparameters
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Target
from core.contracts.stages import TRAIN, VALIDATION
from core.contracts.training import EVALUATED

EVERY = 10
"""Rounds between two checkpoints."""
SMALL = 50_000
"""Rows up to which one thread is faster than the handing over between several."""
OBJECTIVES = {BINARY: "binary:logistic", MULTICLASS: "multi:softprob", REGRESSION: "reg:squarederror"}


class Interrupted(RuntimeError):
    """The job was told to stop. It goes on from the last whole stretch of `EVERY` rounds."""


@dataclass(frozen=True)
class Fitted:
    """The trees up to the best round, and what that round's line of the log said."""

    booster: Any
    trees: int
    line: str


def boost(
    training: Dataset,
    validation: Dataset,
    settings: Hyperparameters,
    checkpoints: Checkpoints,
    hosts: Hosts,
    stop: Callable[[], bool],
) -> Fitted:
    """Train from the newest checkpoint, or from nothing.

    Ends after `num_round` rounds, or `early_stopping_rounds` after the best one. A run that was interrupted and
    resumed gives the same model, byte for byte: every run, interrupted or not, goes on from its own checkpoint after
    each `EVERY` rounds, because what xgboost keeps in memory beside the trees (its samplers' state, cached sums) is
    in no file; and `seed_per_iteration` makes the random numbers of a round depend on the round alone.
    """
    sets = [(_matrix(training), TRAIN), (_matrix(validation), VALIDATION)]
    target = training.signature.target
    parameters = _parameters(settings, target, len(training) + len(validation))
    score = f"{VALIDATION}:{EVALUATED[target.problem][0]}"
    progress, trees = checkpoints.newest() or (Progress(), None)
    if trees and hosts.first:
        print(f"continuing after round {len(progress.lines)}", flush=True)
    while not _done(progress.scores, settings):
        booster = xgboost().Booster(parameters, [matrix for matrix, _ in sets], trees)
        for _ in range(EVERY):
            booster.update(sets[0][0], len(progress.scores))
            progress = progress.after(_metrics(booster.eval_set(sets, len(progress.scores))), score)
            if hosts.first:
                print(f"round {len(progress.scores)}: {progress.lines[-1]}", flush=True)
            if hosts.any(stop()):
                raise Interrupted(f"told to stop after round {len(progress.scores)}")
            if _done(progress.scores, settings):
                break
        trees = booster.save_raw("ubj")
        if hosts.first:
            checkpoints.save(trees, progress)
    best = _best(progress.scores)
    if hosts.first:
        print(f"best round {best + 1}: {progress.lines[best]}", flush=True)
    return Fitted(xgboost().Booster(model_file=trees)[: best + 1], best + 1, progress.lines[best])


def _done(scores: Sequence[float], settings: Hyperparameters) -> bool:
    if len(scores) >= settings.num_round:
        return True
    return bool(scores) and len(scores) - 1 - _best(scores) >= settings.early_stopping_rounds


def _best(scores: Sequence[float]) -> int:
    return min(range(len(scores)), key=scores.__getitem__)


def _matrix(data: Dataset) -> Any:
    return xgboost().DMatrix(data.rows, data.labels, feature_names=list(data.signature.column_names))


def _parameters(settings: Hyperparameters, target: Target, rows: int) -> dict[str, Any]:
    left_out = ("num_round", "early_stopping_rounds", *(() if target.problem == BINARY else ("scale_pos_weight",)))
    return {
        **{name: value for name, value in asdict(settings).items() if name not in left_out},
        "objective": OBJECTIVES[target.problem],
        **({"num_class": target.classes} if target.problem == MULTICLASS else {}),
        "tree_method": "hist",
        "eval_metric": list(EVALUATED[target.problem]),
        "seed_per_iteration": True,
        "nthread": 1 if rows <= SMALL else len(os.sched_getaffinity(0)),
    }


def _metrics(text: str) -> dict[str, float]:
    """xgboost's line `[3]\\ttrain-logloss:0.61\\t...` with the names of `core.contracts.training.metrics_of`."""
    pairs = (part.rpartition(":") for part in text.split("\t")[1:])
    return {name.replace("-", ":", 1): float(value) for name, _, value in pairs}
