"""A trained model as it lies in model.tar.gz: `model.json` of xgboost and `signature.json`."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.boosting import xgboost
from core.contracts import signature
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION
from core.contracts.signature import Signature

MODEL_FILE = "model.json"
ARCHIVE = "model.tar.gz"
LARGEST = 2 << 30
"""Bytes of a file in the archive."""

Rows = NDArray[np.float64] | NDArray[np.float32]


@dataclass(frozen=True)
class TrainedModel:
    """A booster with what goes into it and comes out of it."""

    signature: Signature
    booster: Any
    """xgboost.Booster of the objective binary:logistic, multi:softprob or reg:squarederror."""

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> TrainedModel:
        """From a folder that holds the two files, or the archive that holds them."""
        read = _from_archive(folder / ARCHIVE) if (folder / ARCHIVE).exists() else _from_folder(folder)
        booster = xgboost().Booster({"nthread": threads}, model_file=bytearray(read[MODEL_FILE]))
        model = cls(Signature.from_json(read[signature.FILE]), booster)
        if booster.num_features() != len(model.signature.columns):
            raise ValueError(
                f"the model in {folder} takes {booster.num_features()} features, "
                f"its signature names {len(model.signature.columns)}"
            )
        model._check_outputs(folder)
        return model

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.booster.save_model(folder / MODEL_FILE)
        (folder / signature.FILE).write_text(self.signature.to_json(), encoding="utf-8")

    def probabilities(self, rows: Rows) -> NDArray[np.float32]:
        """Of a binary problem the probability of the positive class [rows], of a multiclass one of each class [rows,
        classes]; of a regression the score [rows], which is no probability.

        `rows` has the signature's columns, in order; NaN is a missing value.
        """
        scores: NDArray[np.float32] = self.booster.inplace_predict(rows, missing=np.nan, validate_features=False)
        return scores

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

    def _check_outputs(self, folder: Path) -> None:
        """A booster of another problem would answer nonsense."""
        if self.signature.problem == BINARY:
            return
        found = self.probabilities(np.zeros((1, len(self.signature.columns)))).shape
        wanted = (1,) if self.signature.problem == REGRESSION else (1, self.signature.classes)
        if found != wanted:
            raise ValueError(
                f"the model in {folder} answers numbers of shape {found} to one row, its signature says {wanted}"
            )


def _from_folder(folder: Path) -> dict[str, bytes]:
    missing = [name for name in (MODEL_FILE, signature.FILE) if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{folder} holds no {' and no '.join(missing)}: it is not a model that this platform trained")
    return {name: (folder / name).read_bytes() for name in (MODEL_FILE, signature.FILE)}


def _from_archive(archive: Path) -> dict[str, bytes]:
    """The two files by their names; whatever else lies in the archive is not touched, and nothing is unpacked."""
    found: dict[str, bytes] = {}
    with tarfile.open(archive) as members:
        for member in members:
            name = member.name.removeprefix("./")
            if name in (MODEL_FILE, signature.FILE) and member.isfile():
                if member.size > LARGEST:
                    raise ValueError(f"{name} in {archive} has {member.size} bytes, more than {LARGEST}")
                content = members.extractfile(member)
                assert content is not None  # isfile() said so
                found[name] = content.read()
    missing = {MODEL_FILE, signature.FILE} - found.keys()
    if missing:
        raise ValueError(f"{archive} holds no {' and no '.join(sorted(missing))}")
    return found
