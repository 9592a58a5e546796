"""From a request's body to an answer's: what is accepted, what is refused and with which words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from containers.given import read_request
from containers.model import TrainedModel
from containers.payload import CSV, JSON, BadBody
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem

TYPES = (CSV, JSON)
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: HTTP status, content type, body."""

    status: int
    content_type: str
    body: bytes


def refusal(status: int, sentence: str) -> Answer:
    return Answer(status, TEXT, sentence.encode())


def answer(model: TrainedModel, body: bytes, content_type: str, accept: str) -> Answer:
    """Score the rows of a body. 400 for a body that is not rows of features, 415 and 406 for unknown types."""
    given = _bare(content_type)
    if given not in TYPES:
        found = f"content type {given!r}" if given else "no content type"
        return refusal(415, f"{found} given; accepted are {CSV} and {JSON}")
    wanted = negotiate(accept, given)
    if wanted is None:
        return refusal(406, f"cannot answer with {accept!r}; available are {CSV} and {JSON}")
    try:
        rows = read_request(body, given, model.signature)
    except BadBody as fault:
        return refusal(400, str(fault))
    probabilities = model.probabilities(rows)
    if not (finite := np.isfinite(probabilities)).all():
        return _nonsense(rows, int(np.argwhere(~finite)[0][0]))
    form = _FORMS[model.signature.problem][wanted]
    return Answer(200, wanted, form(model.labels(probabilities), probabilities))


def _nonsense(rows: NDArray[np.float64], at: int) -> Answer:
    """A model that puts nothing in the place of a missing value answers NaN to it: so it is the request's fault, and
    the model's where nothing is missing."""
    if np.isnan(rows[at]).any():
        return refusal(400, f"row {at + 1} lacks a value, and this model has no answer to that")
    return refusal(500, f"the model's answer to row {at + 1} is no finite number")


def negotiate(accept: str, given: str) -> str | None:
    """Type of the answer: of those that are accepted the most wanted one, and where it does not matter `given`.

    >>> negotiate("text/html, application/json;q=0.5", "text/csv"), negotiate("*/*", "text/csv")
    ('application/json', 'text/csv')
    """
    if not accept:
        return given
    quality: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = [piece.removeprefix("q=") for piece in parameters if piece.startswith("q=")]
        try:
            quality[name] = float(weights[0]) if weights else 1.0
        except ValueError:
            quality[name] = 0.0
    ordered = (given, *(name for name in TYPES if name != given))
    best = max(ordered, key=lambda name: _quality(name, quality))
    return best if _quality(best, quality) > 0 else None


def _quality(name: str, quality: dict[str, float]) -> float:
    """The most specific range that names the type decides (RFC 9110, section 12.5.1)."""
    for pattern in (name, f"{name.partition('/')[0]}/*", "*/*"):
        if pattern in quality:
            return quality[pattern]
    return 0.0


def _bare(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _texts(probabilities: NDArray[np.float32]) -> list[bytes]:
    """The shortest decimals that give back the same 32-bit numbers."""
    return orjson.dumps(probabilities, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def _as_csv(labels: NDArray[np.bool_], probabilities: NDArray[np.float32]) -> bytes:
    pairs = zip(labels.tolist(), _texts(probabilities), strict=True)
    return b"".join((b"1," if label else b"0,") + text + b"\n" for label, text in pairs)


def _as_json(labels: NDArray[np.bool_], probabilities: NDArray[np.float32]) -> bytes:
    pairs = zip(labels.tolist(), _texts(probabilities), strict=True)
    items = (b'{"predicted_label":%d,"probability":%b}' % (label, text) for label, text in pairs)
    return b'{"predictions":[' + b",".join(items) + b"]}"


def _classes_as_csv(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> bytes:
    rows = zip(labels.tolist(), _row_texts(probabilities), strict=True)
    return b"".join(b"%d,%b\n" % (label, text) for label, text in rows)


def _classes_as_json(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> bytes:
    rows = zip(labels.tolist(), _row_texts(probabilities), strict=True)
    items = (b'{"predicted_label":%d,"probabilities":[%b]}' % (label, text) for label, text in rows)
    return b'{"predictions":[' + b",".join(items) + b"]}"


def _row_texts(probabilities: NDArray[np.float32]) -> list[bytes]:
    """The numbers of each row, with commas between them."""
    whole = orjson.dumps(np.ascontiguousarray(probabilities), option=orjson.OPT_SERIALIZE_NUMPY)
    return whole[2:-2].split(b"],[")


def _scores_as_csv(scores: NDArray[np.float32], _: NDArray[np.float32]) -> bytes:
    return b"".join(text + b"\n" for text in _texts(scores))


def _scores_as_json(scores: NDArray[np.float32], _: NDArray[np.float32]) -> bytes:
    return b'{"predictions":[' + b",".join(b'{"score":%b}' % text for text in _texts(scores)) + b"]}"


_FORMS: dict[Problem, dict[str, Callable[[NDArray[Any], NDArray[np.float32]], bytes]]] = {
    BINARY: {CSV: _as_csv, JSON: _as_json},
    MULTICLASS: {CSV: _classes_as_csv, JSON: _classes_as_json},
    REGRESSION: {CSV: _scores_as_csv, JSON: _scores_as_json},
}
