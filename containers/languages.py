"""The language of a text, told offline by py3langid: 139 languages, some ten microseconds a sentence
(of many at once: `containers.many_languages`).

The detector is imported and its model read (half a second, 110 MB) when the first text comes: a model without texts
never pays for it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from core.contracts.languages import UNKNOWN

READ = 1000
"""Characters of a text that are looked at."""
SURE = 0.5
"""A language is told from this probability on; of less text than that takes, none."""


@lru_cache(4096)  # form letters, defaults and answers of one word come again and again
def language(text: str) -> str:
    """Code of ISO 639, `und` where it cannot be told.

    Source: Lui & Baldwin, langid.py: An off-the-shelf language identification tool (ACL 2012), in py3langid's
    version and with its model.

    >>> language("Die Lieferung kam zu spät und der Karton war kaputt."), language("4711")
    ('de', 'und')
    """
    return code(detector().classify(text[:READ])[0])


def code(found: str) -> str:
    """What is told where the detector says `found`."""
    return found if found.isascii() and found.isalpha() else UNKNOWN


def ready() -> None:
    """Read the model now, so that no request waits for it."""
    detector()


@cache
def detector() -> Any:
    """Of py3langid; the same one for all who ask."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True, min_confidence=SURE)
