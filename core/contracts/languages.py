"""Languages as numbers, which are what a model takes: each code of ISO 639 has a number of its own, for ever."""

from __future__ import annotations

UNKNOWN = "und"
"""ISO 639's code for a language that cannot be told: too little text, or no words."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def number_of(language: str) -> int:
    """Of a code of two or three letters: they are read as digits, so that no table has to be kept.

    >>> number_of("en"), number_of("und")
    (149, 15691)
    """
    found = 0
    for letter in language:
        found = found * (len(_LETTERS) + 1) + _LETTERS.index(letter) + 1
    return found


def language_of(number: float) -> str:
    """The code of a number that `number_of` made; of any other number its digits.

    >>> language_of(149.0), language_of(0.0)
    ('en', '0')
    """
    letters, rest = "", int(number)
    while rest:
        rest, digit = divmod(rest, len(_LETTERS) + 1)
        letters = _LETTERS[digit - 1] + letters if digit else "?" + letters
    return letters if letters and "?" not in letters else f"{number:g}"
