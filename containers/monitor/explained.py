"""The explained rows of a window, one a line of CSV: what the model made of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from containers.model import TrainedModel
from containers.monitor.judgement import Judgement

KEY, ANSWER, EXPECTED = "row.key", "row.answer", "row.expected"
"""Columns beside those of features, whose names have no dots."""


def explanations(model: TrainedModel, found: Judgement) -> str:
    """In the order of the keys, which is as good as random.

    - `row.key`: 16 hexadecimal digits, of the request's event id and of the row's place in it (`core.statistics.keys`):
      the same row has it in every window's file, and who has the id finds the row by it;
    - `<feature>.attribution`: what the feature, all its columns together, added to the answer before its link function;
    - `row.expected`: what is expected of a row of which nothing is known, so that it and the attributions add up to the
      answer; empty where each class has its own, and of a method whose values do not add up;
    - `row.answer`: the probability, the class, or the score.

    What was given is left out: everyone in a team reads reports, and not everyone what was requested.
    """
    sample, answers = found.explained, model.answered(found.explained.rows)
    expected = "" if found.expected is None else _number(found.expected)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([KEY, *(f"{name}.attribution" for name in model.signature.names), EXPECTED, ANSWER])
    each = zip(sample.keys.tolist(), found.attributed.tolist(), answers.tolist(), strict=True)
    lines.writerows(_line(key, attributed, expected, answer) for key, attributed, answer in each)
    return text.getvalue()


def _line(key: int, attributed: list[float], expected: str, answer: float) -> Iterator[str]:
    yield f"{key:016x}"
    yield from map(_number, attributed)
    yield expected
    yield _number(answer)


def _number(value: float) -> str:
    return f"{value:.9g}"
