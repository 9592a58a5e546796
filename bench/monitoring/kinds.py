"""Captured requests that hold more than plain numbers: texts, and embeddings as lists of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from bench.monitoring.inputs import START
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.signature import Feature

NUMBERS = 5
DIMENSIONS = 768
"""As sentence encoders of the size of BERT give them."""
LONGEST_TEXT = 14
"""Words."""
TEXT = (
    "the parcel came late and wet box was open on side please send another one or give back money that I paid for it "
    "with card last week nobody answered when we called twice about this order thank you"
)
PLAIN = tuple(Feature(f"n{at}", "numeric") for at in range(NUMBERS))
FEATURES: dict[str, tuple[Feature, ...]] = {
    "texts": (*PLAIN, Feature("note", "text")),
    "embeddings": (*PLAIN, Feature("face", "embedding", DIMENSIONS)),
}


def width(kind: str) -> int:
    """Columns of the model."""
    return sum(len(feature.columns) for feature in FEATURES[kind])


def requests(kind: str, count: int) -> Iterator[bytes]:
    """Lines of a capture file, one row a request, no two alike: texts in CSV, half of them in quotes, lists in JSON."""
    random = np.random.default_rng(6)
    for at in range(count):
        numbers = [repr(float(each)) for each in random.normal(size=NUMBERS).astype(np.float32)]
        body = _texts(numbers, random, at) if kind == "texts" else _embeddings(numbers, random)
        answer = Payload(f"1,{random.random():.6f}", "CSV", "text/csv")
        request = CapturedRequest(
            f"{at:08x}-5a1e-4c0f-9d3b-0123456789ab", START + timedelta(seconds=at % 3600), body, answer
        )
        yield f"{request.line()}\n".encode()


def _texts(numbers: list[str], random: np.random.Generator, at: int) -> Payload:
    words = random.choice(TEXT.split(), random.integers(4, LONGEST_TEXT + 1)).tolist()
    text = " ".join([str(at), *words])
    cell = f'"{text}, {words[0]}"' if at % 2 else text
    return Payload(",".join([*numbers, cell]), "CSV", "text/csv")


def _embeddings(numbers: list[str], random: np.random.Generator) -> Payload:
    vector = ", ".join(map(repr, random.normal(size=DIMENSIONS).astype(np.float32).tolist()))
    return Payload(f'{{"instances": [[{", ".join(numbers)}, [{vector}]]]}}', "JSON", "application/json")
