"""Files in, files out: channels and hyperparameters -> a model, by SageMaker's contract for training containers."""

from __future__ import annotations

import json
from collections.abc import Callable

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from containers.targets import one_sided
from containers.train.checkpoints import Checkpoints, fingerprint
from containers.train.hosts import Hosts
from containers.train.rounds import boost
from core.contracts.hyperparameters import Hyperparameters
from core.contracts.problem import BINARY
from core.contracts.stages import TRAIN, VALIDATION


def main(folders: MlFolders, stop: Callable[[], bool] = lambda: False) -> None:
    """Train and save.

    `stop` is asked after every round; when it says so, `Interrupted` is raised. Raises
    ValueError for hyperparameters or data sets that cannot be used.
    """
    settings = Hyperparameters.parse(_hyperparameters(folders))
    training, validation = (Dataset.read(folders.channel(name)) for name in (TRAIN, VALIDATION))
    _check(training, validation)
    if training.signature.problem != BINARY and settings.scale_pos_weight != 1:
        raise ValueError("hyperparameters: scale_pos_weight is of a binary problem, which this is not")
    checkpoints = Checkpoints(folders.checkpoints, fingerprint(settings, training, validation))
    hosts = Hosts.read(folders.resources)
    with hosts.together():
        fitted = boost(hosts.part(training), hosts.part(validation), settings, checkpoints, hosts, stop)
    if hosts.first:
        TrainedModel(training.signature, XgboostModel(fitted.booster)).save(folders.model)


def _hyperparameters(folders: MlFolders) -> dict[str, str]:
    if not folders.hyperparameters.exists():
        return {}
    texts: dict[str, str] = json.loads(folders.hyperparameters.read_text(encoding="utf-8"))
    return texts


def _check(training: Dataset, validation: Dataset) -> None:
    if training.signature != validation.signature:
        raise ValueError("the training and the validation set have different signatures")
    for name, data in ((TRAIN, training), (VALIDATION, validation)):
        if training.signature.problem == BINARY and not 0 < int(data.labels.sum()) < len(data):
            raise ValueError(
                f"the {name} set needs rows of both labels: "
                f"{int(data.labels.sum())} of its {len(data)} rows have the label 1"
            )
        if why := one_sided(data.signature.target, data.labels, every=name == TRAIN):
            raise ValueError(f"of the {len(data)} rows of the {name} set, {why}")
