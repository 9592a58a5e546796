"""A small truth to learn: who is `ill` follows from `dose` and `age`, with some noise; `site` says nothing."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from containers.boosting import xgboost
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from core.contracts.signature import Feature, Signature
from core.contracts.stages import TRAIN, VALIDATION

SIGNATURE = Signature(
    (Feature("dose", "numeric"), Feature("age", "numeric"), Feature("site", "categorical")), "ill", ("site",)
)


def rows(count: int, seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    return np.column_stack(
        (random.normal(size=count), random.normal(size=count), random.integers(0, 3, size=count).astype(float))
    ).round(6)


def dataset(count: int, seed: int = 0, turned: bool = False) -> Dataset:
    """`turned`: the concept is the opposite, as after a drift."""
    values = rows(count, seed)
    noise = np.random.default_rng(seed + 1000).normal(scale=0.3, size=count)
    return Dataset(SIGNATURE, values, ((values[:, 0] + 0.5 * values[:, 1] + noise) > 0) != turned)


def model(data: Dataset, rounds: int = 20) -> TrainedModel:
    parameters = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1}
    booster = xgboost().train(parameters, xgboost().DMatrix(data.rows, data.labels), rounds)
    return TrainedModel(data.signature, XgboostModel(booster))


def channels(folders: MlFolders, count: int = 300, hyperparameters: Mapping[str, str] | None = None) -> None:
    """Input of a training job."""
    dataset(count, seed=1).write(folders.channel(TRAIN))
    dataset(count // 3, seed=2).write(folders.channel(VALIDATION))
    folders.hyperparameters.parent.mkdir(parents=True)
    folders.hyperparameters.write_text(json.dumps(dict(hyperparameters or {})))


def archive(trained: TrainedModel, folder: Path) -> None:
    """model.tar.gz in the folder, as SageMaker makes it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        for name, content in trained.files().items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
