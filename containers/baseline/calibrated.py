"""What the model's scores are worth, on rows that it never saw: what quality is estimated by where no label arrives."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from containers.dataset import Dataset
from containers.model import TrainedModel
from core.contracts.problem import REGRESSION
from core.statistics.calibration import Calibration, calibrate


def calibration(model: TrainedModel, folder: Path) -> Calibration | None:
    """Learned from the test set in `folder`: training rows would say that the model is better than it is, and the
    validation set chose how long it trained. None where there is no such set or too little of it, and for a regression,
    whose answers are no probabilities.
    """
    if model.signature.problem == REGRESSION or not folder.is_dir():
        return None
    test = Dataset.read(folder)
    if not len(test):
        return None
    scores = model.probabilities(test.columns_of(model.signature.column_names)).astype(np.float64)
    return calibrate(scores.reshape(len(test), -1), np.asarray(test.labels).astype(np.int64))
