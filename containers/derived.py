"""Numbers for a model out of what a request gives: a boolean, a text, a vector.

One place for the server and the jobs: what was scored is what is learned from and monitored.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from containers.languages import language
from core.contracts.languages import number_of

LETTERS = "LM"
"""Categories of Unicode: letters, and marks, which many scripts write vowels with."""
BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}


def boolean(cell: object) -> float:
    """1 or 0; NaN for a missing value (null, an empty cell, `nan`). Raises ValueError for anything else.

    >>> boolean("True"), boolean(False), boolean("")
    (1.0, 0.0, nan)
    """
    if cell is None:
        return math.nan
    text = str(cell).strip().lower()
    if text in ("", "nan"):
        return math.nan
    if text not in BOOLEANS:
        raise ValueError("not true, false, 1 or 0")
    return BOOLEANS[text]


def of_text(text: str | None, tell: Callable[[str], str] = language) -> tuple[float, float, float, float]:
    """What a model and its monitor see of a text (`core.contracts.signature.OF_TEXT`); NaN of an empty one.

    Length in characters; words, as white space parts them; share of characters, other than white space, that are no
    letters (digits, punctuation, symbols: what a broken encoding or a machine's output is full of); language, which
    `tell` knows where it was asked for before.

    >>> of_text("Broken: 4 boxes!")[:3]
    (16.0, 3.0, 0.21428571428571427)
    """
    if not text:
        return math.nan, math.nan, math.nan, math.nan
    letters = seen = 0
    for character, times in Counter(text).items():
        letter, space = _kind(character)
        letters += letter * times
        seen += (not space) * times
    symbols = 1 - letters / seen if seen else 0.0
    return float(len(text)), float(len(text.split())), symbols, float(number_of(tell(text)))


@lru_cache(4096)  # a language has a hundred characters, or some thousand
def _kind(character: str) -> tuple[bool, bool]:
    """Whether it is a letter, and whether white space."""
    space = character.isspace()
    return not space and unicodedata.category(character)[0] in LETTERS, space
