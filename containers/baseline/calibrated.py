"""What the model's answers are worth, on rows that it never saw: by them quality is estimated without labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from containers.dataset import Dataset
from containers.model import TrainedModel
from core.contracts.problem import REGRESSION
from core.statistics.calibration import Calibration, calibrate
from core.statistics.held import Held

LEAST_UNSEEN = 500
"""Rows of a test set by which answers are compared: with fewer, chance takes more off a distance than learning adds."""


def held_out(folder: Path) -> Dataset | None:
    """The test set in `folder`: training rows would say that the model is better than it is, and the validation set
    chose how long it trained. None where there is no such set."""
    test = Dataset.read(folder) if folder.is_dir() else None
    return test if test is not None and len(test) else None


def unseen(training: Dataset, test: Dataset | None) -> Dataset:
    """What answers are compared with: a model is surer of rows that it learned from, so these are the test set's, and
    the training set's only where there are too few of it."""
    return test if test is not None and len(test) >= LEAST_UNSEEN else training


def calibration(model: TrainedModel, test: Dataset | None) -> Calibration | None:
    """None where there is too little of it, and for a regression, whose answers are no probabilities."""
    if test is None or model.signature.problem == REGRESSION:
        return None
    scores = model.probabilities(_rows(model, test)).astype(np.float64)
    return calibrate(scores.reshape(len(test), -1), np.asarray(test.labels).astype(np.int64))


def kept(model: TrainedModel, test: Dataset | None) -> Held | None:
    """Some of its rows, with their labels."""
    return None if test is None else Held.of(_rows(model, test), np.asarray(test.labels, np.float64))


def _rows(model: TrainedModel, test: Dataset) -> np.ndarray:
    return test.columns_of(model.signature.column_names)
