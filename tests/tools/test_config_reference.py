"""The page about the team file says what the schema says."""

from __future__ import annotations

from core.config.team import Team
from tools import config_reference


def test_the_pages_are_current():
    assert config_reference.PAGE.read_text() == config_reference.page(), "run make docs"


def test_every_key_is_explained_and_says_what_it_accepts():
    for row in config_reference.rows(Team):
        _, key, accepted, default, meaning, _ = (cell.strip() for cell in row.replace("\\|", "/").split("|"))
        assert accepted, f"{key} does not say what it accepts"
        assert default, f"{key} does not say its default"
        assert meaning, f"{key} is not explained"
