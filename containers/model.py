"""A trained model as it lies in model.tar.gz: one framework's model and `signature.json`, perhaps `background.npy`."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.frameworks import background as backgrounds
from containers.frameworks import files
from containers.frameworks.files import ARCHIVE, BACKGROUND
from containers.frameworks.predictor import Contributions, Predictor, Rows
from core.contracts import signature
from core.contracts.explaining import Method
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION
from core.contracts.signature import Signature

__all__ = ["ARCHIVE", "Rows", "TrainedModel"]

MODULES = {
    "model.json": "xgboost_model",
    "model.txt": "lightgbm_model",
    "model.pt2": "torch_model",
    "model.onnx": "onnx_model",
}
"""Of `containers.frameworks`, by the file that they read: only that of the model at hand is imported."""
NEAR = 1e-3
"""Probabilities of all classes miss 1 by less than this."""


@dataclass(frozen=True)
class TrainedModel:
    """A model with what goes into it and comes out of it."""

    signature: Signature
    predictor: Predictor
    background: NDArray[np.float32] | None = None
    """[rows, columns]: what a row is compared with to explain it, where that is not in the model itself."""

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> TrainedModel:
        """From a folder that holds the files, or the archive that holds them. Raises ValueError for anything else."""
        read = files.read(folder)
        signed = Signature.from_file(read[signature.FILE])
        file = files.model_file(read)
        framework = importlib.import_module(f"containers.frameworks.{MODULES[file]}")
        predictor: Predictor = framework.read(read[file], signed.target, threads)
        width = len(signed.columns)
        if predictor.columns is not None and predictor.columns != width:
            raise ValueError(f"the model in {folder} takes {predictor.columns} features, its signature names {width}")
        if predictor.needs_background and BACKGROUND not in read:
            raise ValueError(
                f"{folder} holds no {BACKGROUND}: {file} needs rows to compare with, or nothing of it can be explained"
            )
        given = backgrounds.read(read[BACKGROUND], width) if predictor.needs_background else None
        model = cls(signed, predictor, given)
        model._check_outputs(folder)
        return model

    def files(self) -> dict[str, bytes]:
        """Contents of the archive, by name."""
        made = {self.predictor.file: self.predictor.content(), signature.FILE: self.signature.to_json().encode()}
        return made if self.background is None else {**made, BACKGROUND: backgrounds.content(self.background)}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files().items():
            (folder / name).write_bytes(content)

    def probabilities(self, rows: Rows) -> NDArray[np.float32]:
        """Of a binary problem the probability of the positive class [rows], of a multiclass one of each class [rows,
        classes]; of a regression the score [rows], which is no probability.

        `rows` has the signature's columns, in order; NaN is a missing value.
        """
        return self.predictor.scores(rows)

    def labels(self, probabilities: NDArray[np.float32]) -> NDArray[Any]:
        """What the model says: whether it is 1 (compared as float32, the numbers that are answered, so both always
        agree), the class with the largest probability, or the score."""
        if self.signature.problem == BINARY:
            return probabilities >= np.float32(self.signature.threshold)
        return probabilities if self.signature.problem == REGRESSION else probabilities.argmax(axis=1)

    def answered(self, rows: Rows) -> NDArray[np.float64]:
        """One number a row, the one that is watched: the probability of the positive class, the class, or the score."""
        said = self.probabilities(rows)
        return (self.labels(said) if self.signature.problem == MULTICLASS else said).astype(np.float64)

    @property
    def outputs(self) -> int:
        """How many are explained: each class of many, else one."""
        return self.signature.classes if self.signature.problem == MULTICLASS else 1

    def contributions(self, rows: Rows, outputs: list[int], by: Method) -> Contributions:
        """Of columns; see `Predictor.contributions`."""
        compared = None if self.background is None else self.background.astype(np.float64)
        return self.predictor.contributions(rows, outputs, compared, by)

    def _check_outputs(self, folder: Path) -> None:
        """A model of another problem would answer nonsense, and so would one that answers to one row alone."""
        wanted = () if self.signature.problem != MULTICLASS else (self.signature.classes,)
        rows = np.zeros((3, len(self.signature.columns))) if self.background is None else self.background
        for some, called in ((rows[:1], "one row"), (rows, f"{len(rows)} rows")):
            found = self.probabilities(some)
            if found.shape != (len(some), *wanted):
                raise ValueError(
                    f"the model in {folder} answers numbers of shape {found.shape} to {called}, "
                    f"its signature says {(len(some), *wanted)}"
                )
        self._check_numbers(found, folder)
        half = rows[: (len(rows) + 1) // 2]
        if self.background is not None and not np.allclose(self.probabilities(half), found[: len(half)], atol=NEAR):
            raise ValueError(
                f"the model in {folder} answers a row otherwise beside other rows: it was saved as it trains (dropout, "
                "batch norm), not as it answers"
            )

    def _check_numbers(self, found: NDArray[np.float32], folder: Path) -> None:
        strange = ~np.isfinite(found)
        if self.signature.problem != REGRESSION:
            strange |= (found < 0) | (found > 1)
        if strange.any():
            row = int(np.argwhere(strange)[0][0]) + 1
            asked = "zeros" if self.background is None else f"row {row} of {BACKGROUND}"
            said = "a finite number" if self.signature.problem == REGRESSION else "a probability"
            raise ValueError(f"the model in {folder} answers {found[strange][0]} to {asked}, which is not {said}")
        if self.signature.problem == MULTICLASS and (np.abs(found.sum(axis=1) - 1) > NEAR).any():
            raise ValueError(f"the probabilities that the model in {folder} answers to one row do not sum to 1")
