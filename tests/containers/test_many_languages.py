"""The languages of many texts at once are those that are told of each alone, to the last bit of what decides."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers import many_languages
from containers.languages import READ, detector, language
from containers.many_languages import FEW, languages

WORDS = """
    the delivery came late and box was broken die Lieferung kam zu spät und der Karton war kaputt la livraison est
    arrivée en retard et le carton était cassé доставка пришла поздно и коробка была сломана 配達が遅れて箱が壊れてい
    التوصيل جاء متأخرا والصندوق كان مكسورا ΑΒΓ 4711 ... 🙂 e\u0301 \ud800
"""


def drawn(count: int, words: int) -> list[str]:
    chance, known = random.Random(count), WORDS.split()
    return [" ".join(chance.choices(known, k=chance.randint(1, words))) for _ in range(count)]


def test_scores_are_the_detector_s_own() -> None:
    encoded = [detector()._encode(text[:READ]) for text in drawn(300, 12)]
    own = [detector()._raw_score(text) for text in encoded]
    assert np.array_equal(many_languages._scores(encoded), np.array(own))


@pytest.mark.parametrize(("count", "words"), [(1, 3), (FEW, 3), (FEW + 1, 3), (500, 30), (40, 2000)])
def test_languages_are_told_as_one_after_the_other(count: int, words: int) -> None:
    texts = [*drawn(count, words), "4711", "MAJUSCULES ET ACCENTS", "x" * 3 * READ]
    assert languages(texts) == {text: language.__wrapped__(text) for text in texts}


def test_texts_are_walked_over_in_parts() -> None:
    texts = drawn(100, 8)
    assert languages(texts, together=200) == languages(texts)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(min_size=1, max_size=40), min_size=FEW + 1, max_size=60, unique=True))
def test_any_texts(texts: list[str]) -> None:
    assert languages(texts) == {text: language.__wrapped__(text) for text in texts}


def test_no_text_has_no_language() -> None:
    assert languages([]) == {}
