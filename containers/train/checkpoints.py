"""Where a training run stood, so that an interrupted one goes on as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from containers.dataset import Dataset
from core.contracts.hyperparameters import Hyperparameters

FORM = "round-{:06d}.ckpt"
NAME = re.compile(r"round-(\d{6})\.ckpt")
KEPT = 2
"""The newest, and one more in case the newest was cut off while SageMaker copied it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What there is to know beside the trees: a score and a line of the log for each round done."""

    scores: tuple[float, ...] = ()
    lines: tuple[str, ...] = ()

    def after(self, metrics: Mapping[str, float], score: str) -> Progress:
        """`score` names the metric that early stopping watches."""
        line = " ".join(f"{name}={value}" for name, value in metrics.items())
        return Progress((*self.scores, metrics[score]), (*self.lines, line))


def fingerprint(settings: Hyperparameters, training: Dataset, validation: Dataset) -> str:
    """Of everything that decides what is trained: a checkpoint of another run must not be continued."""
    digest = hashlib.sha256(json.dumps(asdict(settings)).encode() + training.signature.to_json().encode())
    for data in (training, validation):
        digest.update(data.rows.tobytes() + data.labels.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Checkpoints:
    """Each file is one line of JSON and then the trees, renamed into place: it is whole or absent."""

    folder: Path
    fingerprint: str

    def save(self, trees: bytes | bytearray, progress: Progress) -> None:
        head = {"fingerprint": self.fingerprint, "sha256": hashlib.sha256(trees).hexdigest(), **asdict(progress)}
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / "unfinished"
        unfinished.write_bytes(json.dumps(head).encode() + b"\n" + trees)
        os.replace(unfinished, self.folder / FORM.format(len(progress.scores)))
        for old in self._found()[KEPT:]:
            old.unlink(missing_ok=True)

    def newest(self) -> tuple[Progress, bytearray] | None:
        """Progress and trees of the last whole checkpoint of this very run."""
        for file in self._found():
            first, _, trees = file.read_bytes().partition(b"\n")
            try:
                head = json.loads(first)
                whole, own = head["sha256"] == hashlib.sha256(trees).hexdigest(), head["fingerprint"]
                progress = Progress(tuple(head["scores"]), tuple(head["lines"]))
            except (ValueError, KeyError, TypeError):
                whole = False
            if not whole:
                print(f"{file} is not a whole checkpoint: left aside", flush=True)
            elif own != self.fingerprint:
                print(f"{file} belongs to another run (other data or hyperparameters): not continued", flush=True)
            else:
                return progress, bytearray(trees)
        return None

    def _found(self) -> list[Path]:
        """Newest first."""
        if not self.folder.is_dir():
            return []
        return sorted((file for file in self.folder.iterdir() if NAME.fullmatch(file.name)), reverse=True)
