"""The page about access says what the table says, and is current."""

from __future__ import annotations

import sys

from core.access import ABILITIES, PERSONAS
from tools import access_reference


def test_the_page_is_current() -> None:
    assert access_reference.PAGE.read_text() == access_reference.page(), "run make docs"


def test_every_ability_has_a_row_that_says_who_may() -> None:
    rows = [line.split(" | ") for line in access_reference.page().splitlines() if line.startswith("| ")]
    told = {row[0].removeprefix("| "): row[1:-1] for row in rows}
    for ability in ABILITIES:
        assert told[ability.what] == ["yes" if persona in ability.may else "–" for persona in PERSONAS]


def test_abilities_are_told_apart() -> None:
    whats = [ability.what for ability in ABILITIES]
    assert len(set(whats)) == len(whats)


def test_a_stale_page_is_found(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(access_reference, "PAGE", tmp_path / "access.md")
    monkeypatch.setattr(sys, "argv", ["access_reference", "--check"])
    assert access_reference.main() == 1
    assert "run `make docs`" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["access_reference"])
    assert access_reference.main() == 0
    monkeypatch.setattr(sys, "argv", ["access_reference", "--check"])
    assert access_reference.main() == 0
