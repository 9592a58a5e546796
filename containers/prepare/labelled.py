"""The labelled data set: CSV files with a header."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from containers.given import values_of
from containers.prepare.rows import Collected, Fault, feature, label
from core.contracts.signature import Feature, Signature

ACCEPTED = "a number or nothing for each feature, and {} for the label"
ANY_ACCEPTED = "for each feature nothing or a value of its kind, and {} for the label"


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
    accepted = (ACCEPTED if signature.plain else ANY_ACCEPTED).format(signature.target.labels)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = csv.reader(text)
            header = [cell.strip() for cell in next(lines, [])]
            layout = [_columns(feature, header) for feature in signature.features]
            wanted = [signature.label, *(column for columns in layout for column in columns)]
            positions = _positions(name, header, wanted)
            for number, cells in _cells(lines):
                try:
                    row, flag = _row(cells, len(header), positions, layout, signature)
                except ValueError as fault:
                    collected.faults.append(Fault(name, number, str(fault), accepted))
                else:
                    collected.add(name, row, flag)
    except UnicodeDecodeError as fault:
        raise ValueError(f"{name} is not UTF-8 text: {fault.reason}") from None
    except csv.Error as fault:
        raise ValueError(f"{name} is not CSV: {fault}") from None


def _columns(feature: Feature, header: list[str]) -> tuple[str, ...]:
    """A vector stands in one column, as a JSON list, or in a column for each of its numbers."""
    spread = feature.kind == "embedding" and feature.name not in header
    return tuple(column.name for column in feature.columns) if spread else (feature.name,)


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
    cells: list[str], width: int, positions: list[int], layout: Sequence[Sequence[str]], signature: Signature
) -> tuple[Sequence[float], float]:
    if len(cells) != width:
        raise ValueError(f"{len(cells)} columns where the header has {width}")
    flag, *features = (cells[position] for position in positions)
    if signature.plain:
        row = [feature(name, text) for name, text in zip(signature.names, features, strict=True)]
    else:
        row = _derived(features, layout, signature)
    return row, label(signature.label, flag, signature.target)


def _derived(cells: list[str], layout: Sequence[Sequence[str]], signature: Signature) -> list[float]:
    row: list[float] = []
    rest = iter(cells)
    for each, columns in zip(signature.features, layout, strict=True):
        own = [next(rest) for _ in columns]
        try:
            row += values_of(each, own if len(own) > 1 else own[0], written=True)
        except ValueError as fault:
            raise ValueError(f"{each.name} {fault}") from None
    return row
