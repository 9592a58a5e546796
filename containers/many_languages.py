"""The languages of many texts at once: what `containers.languages` tells of each, several times faster.

The detector walks over a text byte by byte, counts what it recognizes and weighs that against each language. Here
all texts take each step of the walk together, and the weights that they need are made 32 bits wide once; additions are
done in the detector's own order, so that no bit differs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.languages import READ, code, detector, language
from core.contracts.languages import UNKNOWN

TOGETHER = 1 << 18
"""Bytes of the texts that are walked over together; each takes some tens of bytes while that is done."""
PLACE = 16
"""Bits of a place in a text: READ characters take no more than some thousand bytes."""
FEW = 32
"""Texts up to which one after the other is as fast."""


def languages(texts: Iterable[str], together: int = TOGETHER) -> dict[str, str]:
    """Of each different text, the code of its language, as `containers.languages.language` tells it."""
    different = list(dict.fromkeys(texts))
    if len(different) <= FEW:
        return {text: language(text) for text in different}
    found: dict[str, str] = {}
    for some, encoded in _parts(different, together):
        found.update(zip(some, _told(encoded), strict=True))
    return found


def _parts(texts: Sequence[str], together: int) -> Iterator[tuple[list[str], list[bytes]]]:
    some: list[str] = []
    encoded: list[bytes] = []
    size = 0
    for text in texts:
        some.append(text)
        encoded.append(detector()._encode(text[:READ]))
        size += len(encoded[-1])
        if size >= together:
            yield some, encoded
            some, encoded, size = [], [], 0
    if some:
        yield some, encoded


def _told(encoded: Sequence[bytes]) -> list[str]:
    """The detector's own decision (`LanguageIdentifier.classify`), row by row."""
    told = detector()
    scores = _scores(encoded)
    scores *= np.array([1.0 / math.sqrt(len(text) or 1) for text in encoded], np.float32)[:, np.newaxis]
    np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    for first, other in told._alias_pairs:
        scores[:, first] += scores[:, other]
        scores[:, other] = 0.0
    best = scores.argmax(axis=1)
    sure = scores[np.arange(len(best)), best].astype(float) >= told.min_confidence
    return [code(told.nb_classes[at]) if one else UNKNOWN for at, one in zip(best, sure, strict=True)]


def _scores(encoded: Sequence[bytes]) -> NDArray[np.float32]:
    """[texts, languages], not normalized."""
    told = detector()
    text, feature, times = _visits(encoded)
    used = np.flatnonzero(np.bincount(feature))
    weight = np.zeros(len(told.nb_ptc), np.int64)
    weight[used] = np.arange(len(used))
    weights, logs = told.nb_ptc[used].astype(np.float32), np.log1p(times.astype(np.float32))
    found = np.zeros((len(encoded), weights.shape[1]), np.float32)
    ends = np.searchsorted(text, np.arange(len(encoded) + 1))
    for at, (start, end) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)):
        if end > start:
            found[at] = logs[start:end] @ weights[weight[feature[start:end]]] + told.nb_pc
    return found


def _visits(encoded: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Text, feature and how often: texts in order, of each one the features in the order in which they first come."""
    step, row, output = _walk()
    bits = len(detector().nb_ptc).bit_length()  # of a feature's number
    lengths = np.array([len(text) for text in encoded])
    order = np.argsort(-lengths, kind="stable")
    sizes = lengths[order]
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))[order]
    letters = np.frombuffer(b"".join(encoded), np.uint8)
    state = np.zeros(len(encoded), np.int64)
    found = [np.empty(0, np.int64)]
    for at in range(int(sizes[0])):
        going = int(np.searchsorted(-sizes, -at, side="left"))  # the texts that are longer than this
        state = step[row[state[:going]] + letters[starts[:going] + at]].astype(np.int64)
        seen = output[state]
        hit = np.flatnonzero(seen >= 0)
        found.append((order[hit] << bits | seen[hit]) << PLACE | at)
    visits = np.sort(np.concatenate(found))
    first = np.flatnonzero(np.diff(visits >> PLACE, prepend=-1))
    times = np.diff(first, append=len(visits))
    seen, place = visits[first] >> PLACE, visits[first] & (1 << PLACE) - 1
    text, feature = seen >> bits, seen & (1 << bits) - 1
    order = np.argsort(text << PLACE | place)
    return text[order], feature[order], times[order]


@cache
def _walk() -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """The detector's automaton: where a byte leads from the row of a state, the rows, and what a state recognizes."""
    told = detector()
    return np.asarray(told.tk_nextmove), np.array(told._rowbase, np.int64), np.array(told.tk_output, np.int64)
