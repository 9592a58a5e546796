"""Where a training run stood, so that an interrupted one goes on as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from containers.boosting import xgboost
from containers.dataset import Dataset
from core.contracts.hyperparameters import Hyperparameters

FORM = "round-{:06d}.ubj"
NAME = re.compile(r"round-(\d{6})\.ubj")
KEPT = 2
"""The newest, and one more in case the newest was cut off while SageMaker copied it."""
PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Progress:
    """What there is to know beside the trees: one score a round done."""

    scores: tuple[float, ...]
    lines: tuple[str, ...]


def fingerprint(settings: Hyperparameters, training: Dataset, validation: Dataset) -> str:
    """Of everything that decides what is trained: a checkpoint of another run must not be continued."""
    digest = hashlib.sha256(json.dumps(asdict(settings)).encode() + training.signature.to_json().encode())
    for data in (training, validation):
        digest.update(data.rows.tobytes() + data.labels.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Checkpoints:
    """Files of a booster with its progress as an attribute: one file, renamed into place, is whole or absent."""

    folder: Path
    fingerprint: str

    def save(self, booster: Any, progress: Progress) -> None:
        content = {"fingerprint": self.fingerprint, **asdict(progress)}
        booster.set_attr(**{PROGRESS: json.dumps(content)})
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / "unfinished"
        unfinished.write_bytes(booster.save_raw("ubj"))
        booster.set_attr(**{PROGRESS: None})
        os.replace(unfinished, self.folder / FORM.format(len(progress.scores)))
        for _, old in self._found()[KEPT:]:
            old.unlink(missing_ok=True)

    def newest(self, parameters: dict[str, Any]) -> tuple[Any, Progress] | None:
        """The booster and progress of the last whole checkpoint of this very run."""
        for _, file in self._found():
            try:
                booster = xgboost().Booster(parameters, model_file=bytearray(file.read_bytes()))
            except xgboost().core.XGBoostError as fault:
                print(f"{file} is not a whole checkpoint: {str(fault).splitlines()[0]}", flush=True)
                continue
            content = json.loads(booster.attr(PROGRESS) or "{}")
            if content.pop("fingerprint", None) != self.fingerprint:
                print(f"{file} belongs to another run (other data or hyperparameters): not continued", flush=True)
                continue
            booster.set_attr(**{PROGRESS: None})
            return booster, Progress(tuple(content["scores"]), tuple(content["lines"]))
        return None

    def _found(self) -> list[tuple[int, Path]]:
        if not self.folder.is_dir():
            return []
        matches = ((NAME.fullmatch(file.name), file) for file in self.folder.iterdir())
        return sorted(((int(match[1]), file) for match, file in matches if match), reverse=True)
