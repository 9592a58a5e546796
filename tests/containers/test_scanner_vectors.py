"""Vectors whose numbers have cells of their own are read by the compiled reader as by the general one."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.monitor import capture
from containers.monitor.batch import Batch
from containers.monitor.capture import LARGE, Span, _Reader, batches
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.signature import Feature
from core.statistics.checks import Shape

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
SPAN = Span(START, START + timedelta(hours=1), START)
VECTORS = (
    Feature("age", "numeric"),
    Feature("face", "embedding", 2),
    Feature("member", "boolean"),
    Feature("one", "embedding", 1),
)
ONES = (Feature("one", "embedding", 1), Feature("other", "embedding", 1))
TEXT = (Feature("age", "numeric"), Feature("note", "text"))
CELLS = st.sampled_from(
    [
        "1",
        "0",
        "2",
        "-3.5",
        ".5",
        "+1",
        "1e0",
        "1.0",
        "",
        "nan",
        "true",
        "x",
        "1e39",
        "0.1",
        '"[1, 2]"',
        "[1]",
        '"[0.5]"',
    ]
)


def line(body: str, answers: int = 1) -> bytes:
    sides = Payload(body, "CSV", "text/csv"), Payload("\n".join(["1,0.75"] * answers), "CSV", "text/csv")
    return CapturedRequest(str(uuid.uuid4()), START + timedelta(minutes=5), *sides).line().encode()


def held(found: list[Batch]) -> tuple[Shape, list[tuple[object, ...]], dict[int, list[str]]]:
    """What the batches hold together, by key of the row."""
    shape, texts = found[0].shape, dict[int, list[str]]()
    rows = []
    for at, batch in enumerate(found):
        shape = shape + batch.shape if at else shape
        rows += [
            (key, join, values.tobytes(), answer)
            for key, join, values, answer in zip(
                batch.keys.tolist(), batch.joins.tolist(), batch.cells.values, batch.answers.tolist(), strict=True
            )
        ]
        for column, told in batch.cells.texts.items():
            texts[column] = sorted([*texts.get(column, []), *told])
    return shape, sorted(rows), texts


def both(block: bytes, features: tuple[Feature, ...]) -> tuple[object, object]:
    width = sum(len(feature.columns) for feature in features)
    compiled, general = (_Reader(SPAN, width, 1000, features=features) for _ in range(2))
    scanned = held([*compiled.scanned([block]), compiled.rest()])
    return scanned, held([*general.parsed(block.split(b"\n")), general.rest()])


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6).map(",".join), min_size=1, max_size=4))
def test_cells_of_all_kinds(bodies: list[str]) -> None:
    scanned, general = both(b"\n".join(map(line, bodies)), VECTORS)
    assert scanned == general


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=3).map(",".join), min_size=1, max_size=4))
def test_vectors_of_one_number(bodies: list[str]) -> None:
    scanned, general = both(b"\n".join(map(line, bodies)), ONES)
    assert scanned == general


def test_rows_of_one_request() -> None:
    scanned, general = both(line("1,0.5,-2,1,7\n,,,,\n3,1e-3,4,0,0.1", 3), VECTORS)
    assert scanned == general
    assert scanned[0].rows == 3  # type: ignore[index]


@pytest.mark.parametrize(("features", "body", "at_once"), [(VECTORS, "1,0.5,-2,1,7", True), (TEXT, "1,good", False)])
def test_a_large_window_of_vectors_is_scanned_and_one_of_texts_is_not(
    features: tuple[Feature, ...], body: str, at_once: bool
) -> None:
    block = b"\n".join(line(body) for _ in range(LARGE // len(line(body)) + 2))
    width = sum(len(feature.columns) for feature in features)
    found = list(batches([block], SPAN, width, features=features))
    assert sum(len(batch.keys) for batch in found) == block.count(b"\n") + 1
    assert (len(found[0].keys) > capture.BATCH) == at_once
    assert np.isfinite(found[0].cells.values).all()
