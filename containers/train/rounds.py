"""Boosting round by round, with early stopping, checkpoints and an end on request."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from containers.boosting import xgboost
from containers.dataset import Dataset
from containers.train.checkpoints import Checkpoints, Progress
from containers.train.hosts import Hosts
from core.contracts.hyperparameters import Hyperparameters
from core.contracts.stages import TRAIN, VALIDATION

EVERY = 10
"""Rounds between two checkpoints."""
SCORE = "validation:logloss"
"""What early stopping watches. A proper score: it also falls while the ranking stays the same."""


class Interrupted(RuntimeError):
    """The job was told to stop; a checkpoint was left."""


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
    resumed gives the same model: `seed_per_iteration` makes the sample of a round depend on the round alone.
    """
    sets = [(_matrix(training), TRAIN), (_matrix(validation), VALIDATION)]
    parameters = _parameters(settings)
    resumed = checkpoints.newest(parameters)
    booster = resumed[0] if resumed else xgboost().Booster(parameters, [matrix for matrix, _ in sets])
    scores, lines = (list(resumed[1].scores), list(resumed[1].lines)) if resumed else ([], [])
    if resumed and hosts.first:
        print(f"continuing after round {len(scores)}", flush=True)
    while not _done(scores, settings):
        booster.update(sets[0][0], len(scores))
        found = _metrics(booster.eval_set(sets, len(scores)))
        scores.append(found[SCORE])
        lines.append(" ".join(f"{name}={value}" for name, value in found.items()))
        if hosts.first:
            print(f"round {len(scores)}: {lines[-1]}", flush=True)
        stopped = hosts.any(stop())
        if hosts.first and (stopped or len(scores) % EVERY == 0):
            checkpoints.save(booster, Progress(tuple(scores), tuple(lines)))
        if stopped:
            raise Interrupted(f"told to stop after round {len(scores)}; a checkpoint is in {checkpoints.folder}")
    best = _best(scores)
    if hosts.first:
        print(f"best round {best + 1}: {lines[best]}", flush=True)
    return Fitted(booster[: best + 1], best + 1, lines[best])


def _done(scores: list[float], settings: Hyperparameters) -> bool:
    if len(scores) >= settings.num_round:
        return True
    return bool(scores) and len(scores) - 1 - _best(scores) >= settings.early_stopping_rounds


def _best(scores: list[float]) -> int:
    return min(range(len(scores)), key=scores.__getitem__)


def _matrix(data: Dataset) -> Any:
    return xgboost().DMatrix(data.rows, data.labels, feature_names=list(data.signature.names))


def _parameters(settings: Hyperparameters) -> dict[str, Any]:
    loop = ("num_round", "early_stopping_rounds")
    return {
        **{name: value for name, value in asdict(settings).items() if name not in loop},
        "objective": "binary:logistic",
        "tree_method": "hist",
        "eval_metric": ["logloss", "auc"],
        "seed_per_iteration": True,
        "nthread": len(os.sched_getaffinity(0)),
    }


def _metrics(text: str) -> dict[str, float]:
    """xgboost's line `[3]\\ttrain-logloss:0.61\\t...` with the names of `core.contracts.training.METRICS`."""
    pairs = (part.rpartition(":") for part in text.split("\t")[1:])
    return {name.replace("-", ":", 1): float(value) for name, _, value in pairs}
