"""Trains LightGBM for Homeostat (docs/own-training.md): two data sets and hyperparameters in, a model out.

SageMaker runs it in a container, with its folders below /opt/ml; SAGEMAKER_BASE_DIR names another place for them.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import lightgbm
import numpy as np

ROOT = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
CHANNELS, MODEL, CHECKPOINT = ROOT / "input" / "data", ROOT / "model", ROOT / "checkpoints" / "model.txt"
CHECKPOINT_EVERY = 25
"""Rounds. SageMaker keeps the folder of checkpoints, and fills it again after an interruption (`spot: true`)."""


def main() -> None:
    settings = json.loads((ROOT / "input" / "config" / "hyperparameters.json").read_text())  # every value is a text
    rounds, patience = int(settings.pop("num_iterations", 200)), int(settings.pop("early_stopping_round", 20))
    signature = json.loads((CHANNELS / "train" / "signature.json").read_text())
    parameters = {"objective": signature["problem"], "verbosity": -1, **settings}
    if signature["problem"] == "multiclass":
        parameters["num_class"] = signature["classes"]
    training = read("train")
    done = lightgbm.Booster(model_file=CHECKPOINT).current_iteration() if CHECKPOINT.exists() else 0
    print(f"{training.data.shape[0]} rows, {done} rounds were done before", flush=True)
    booster = lightgbm.train(
        parameters,
        training,
        max(rounds - done, 1),
        [read("validation")],
        ["validation"],
        init_model=CHECKPOINT if done else None,
        callbacks=[lightgbm.early_stopping(patience), lightgbm.log_evaluation(10), keep],
    )
    MODEL.mkdir(parents=True, exist_ok=True)
    booster.save_model(MODEL / "model.txt", num_iteration=booster.best_iteration)
    shutil.copy(CHANNELS / "train" / "signature.json", MODEL)


def read(channel: str) -> lightgbm.Dataset:
    """A header, then one row a line: the label, the columns of the signature in order, `nan` for what is missing."""
    table = np.loadtxt(CHANNELS / channel / "data.csv", delimiter=",", skiprows=1, ndmin=2)
    return lightgbm.Dataset(table[:, 1:], table[:, 0], free_raw_data=False)


def keep(state: lightgbm.callback.CallbackEnv) -> None:
    """Written aside first: a checkpoint is whole or absent."""
    if (state.iteration + 1) % CHECKPOINT_EVERY == 0:
        CHECKPOINT.parent.mkdir(parents=True, exist_ok=True)
        state.model.save_model(CHECKPOINT.with_suffix(".part"))
        CHECKPOINT.with_suffix(".part").replace(CHECKPOINT)


if __name__ == "__main__":
    try:
        main()
    except Exception as fault:
        (ROOT / "output").mkdir(parents=True, exist_ok=True)
        (ROOT / "output" / "failure").write_text(f"{type(fault).__name__}: {fault}")  # the job's FailureReason
        raise
