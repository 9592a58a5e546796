"""The labelled data set: CSV files with a header."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from containers.prepare.rows import Collected, Fault, feature, label
from core.contracts.problem import Target
from core.contracts.signature import Signature

ACCEPTED = "a number or nothing for each feature, and {} for the label"


def read_labelled(folder: Path, signature: Signature) -> Collected:
    """Rows of every `*.csv` below the folder, in order of names. Columns that the model does not know are left out.

    Raises ValueError for a file without the columns of the signature, or one that is not CSV in UTF-8. Single rows
    that cannot be used are faults in the result.
    """
    collected = Collected()
    for file in sorted(folder.rglob("*.csv")):
        _read(file, file.relative_to(folder).as_posix(), signature, collected)
    return collected


def _read(file: Path, name: str, signature: Signature, collected: Collected) -> None:
    wanted = [signature.label, *signature.names]
    accepted = ACCEPTED.format(signature.target.labels)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = csv.reader(text)
            header = [cell.strip() for cell in next(lines, [])]
            positions = _positions(name, header, wanted)
            for number, cells in _cells(lines):
                try:
                    row, flag = _row(cells, len(header), positions, wanted, signature.target)
                except ValueError as fault:
                    collected.faults.append(Fault(name, number, str(fault), accepted))
                else:
                    collected.add(name, row, flag)
    except UnicodeDecodeError as fault:
        raise ValueError(f"{name} is not UTF-8 text: {fault.reason}") from None
    except csv.Error as fault:
        raise ValueError(f"{name} is not CSV: {fault}") from None


def _positions(name: str, header: list[str], wanted: list[str]) -> list[int]:
    missing = [column for column in wanted if column not in header]
    if missing:
        found = ", ".join(header) or "nothing"
        raise ValueError(f"{name}, line 1: no column {', '.join(missing)}; found {found}")
    double = sorted({column for column in wanted if header.count(column) > 1})
    if double:
        raise ValueError(f"{name}, line 1: the column {', '.join(double)} occurs more than once")
    return [header.index(column) for column in wanted]


def _cells(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells); empty lines are left out."""
    for cells in lines:
        if cells:
            yield lines.line_num, cells  # type: ignore[attr-defined]  # csv.reader has it, its type is private


def _row(
    cells: list[str], width: int, positions: list[int], wanted: list[str], target: Target
) -> tuple[Sequence[float], float]:
    if len(cells) != width:
        raise ValueError(f"{len(cells)} columns where the header has {width}")
    flag, *features = (cells[position] for position in positions)
    row = [feature(name, text) for name, text in zip(wanted[1:], features, strict=True)]
    return row, label(wanted[0], flag, target)
