"""A data set as the pipeline's steps hand it on: `data.csv` and `signature.json` in one folder."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from containers.targets import Labels, as_labels, is_label, written
from core.contracts import signature, stages
from core.contracts.signature import Signature


@dataclass(frozen=True)
class Dataset:
    """Rows with their labels; a missing value is NaN (`nan` in the file)."""

    signature: Signature
    rows: NDArray[np.float64]
    """(rows, columns), in the signature's order."""
    labels: Labels

    @classmethod
    def read(cls, folder: Path) -> Dataset:
        """Raises ValueError for a file that is not what `write` leaves."""
        form = Signature.from_file((folder / signature.FILE).read_bytes())
        file = folder / stages.DATA_FILE
        with file.open(encoding="utf-8") as lines:
            if (header := lines.readline().rstrip("\r\n").split(",")) != columns(form):
                raise ValueError(f"{file} has the columns {', '.join(header)}; expected {', '.join(columns(form))}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # a file without rows is a data set without rows
                table = np.loadtxt(lines, delimiter=",", dtype=np.float64, ndmin=2)
        table = table.reshape(-1, len(header))
        if not all(is_label(form.target, label) for label in np.unique(table[:, 0]).tolist()):
            raise ValueError(f"{file} has labels other than {form.target.labels.replace(' or ', ' and ')}")
        return cls(form, np.ascontiguousarray(table[:, 1:]), as_labels(form.target, table[:, 0]))

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / signature.FILE).write_text(self.signature.to_json(), encoding="utf-8")
        with (folder / stages.DATA_FILE).open("w", encoding="utf-8", newline="\n") as out:
            out.write(",".join(columns(self.signature)) + "\n")
            for label, row in zip(self.labels.tolist(), self.rows.tolist(), strict=True):
                out.write(f"{written(label)},{','.join(map(repr, row))}\n")

    def __len__(self) -> int:
        return len(self.labels)

    def columns_of(self, names: Sequence[str]) -> NDArray[np.float64]:
        """The named columns, in the order asked for. Raises LookupError for one that the data set lacks."""
        own = self.signature.column_names
        if missing := [name for name in names if name not in own]:
            raise LookupError(f"the data set has no {', '.join(missing)}; it has {', '.join(own)}")
        return self.rows[:, [own.index(name) for name in names]]


def columns(form: Signature) -> list[str]:
    return [form.label, *form.column_names]
