"""The explained rows of a window, one a line of CSV: what the model was given, and what it made of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator

from containers.model import TrainedModel
from containers.monitor.judge import Judgement
from core.contracts.signature import Column
from core.statistics.categories import naming

KEY, ANSWER, EXPECTED = "row.key", "row.answer", "row.expected"
"""Columns beside those of features, whose names have no dots."""


def explanations(model: TrainedModel, found: Judgement) -> str:
    """In the order of the keys, which is as good as random.

    - `row.key`: 16 hexadecimal digits, of the request's event id and of the row's place in it (`core.statistics.keys`):
      the same row has it in every window's file, and who has the id can find the row by it;
    - each column of the model, by its name, as it was given; a text is its lengths and its language, for texts
      themselves are not kept; the numbers of vectors are left out;
    - `<feature>.attribution`: what the feature, all its columns together, added to the answer before its link function;
    - `row.expected`: what is expected of a row of which nothing is known, so that it and the attributions add up to the
      answer; empty where each class has its own;
    - `row.answer`: the probability, the class, or the score.
    """
    signature = model.signature
    told = [(at, _written(column)) for at, column in enumerate(signature.columns) if column.kind != "dimension"]
    sample, answers = found.explained, model.answered(found.explained.rows)
    expected = "" if found.expected is None else _number(found.expected)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    named = [signature.columns[at].name for at, _ in told]
    lines.writerow([KEY, *named, *(f"{name}.attribution" for name in signature.names), EXPECTED, ANSWER])
    each = zip(sample.keys.tolist(), sample.rows.tolist(), found.attributed.tolist(), answers.tolist(), strict=True)
    lines.writerows(_line(told, expected, *row) for row in each)
    return text.getvalue()


def _line(
    told: list[tuple[int, Callable[[float], str]]],
    expected: str,
    key: int,
    row: list[float],
    attributed: list[float],
    answer: float,
) -> Iterator[str]:
    yield f"{key:016x}"
    yield from ("" if math.isnan(row[at]) else written(row[at]) for at, written in told)
    yield from map(_number, attributed)
    yield expected
    yield _number(answer)


def _written(column: Column) -> Callable[[float], str]:
    return naming(column.kind) if column.kind in ("categorical", "boolean", "language") else _number


def _number(value: float) -> str:
    return f"{value:.9g}"
