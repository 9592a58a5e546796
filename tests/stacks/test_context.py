"""The app's context without an App: what the command line hands over, in the two ways it does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stacks.assembly.context import CONTEXT, OVERFLOW, read_context


def test_it_is_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERFLOW, raising=False)
    monkeypatch.setenv(CONTEXT, '{"team": "risk", "workers": 2}')
    assert read_context() == {"team": "risk", "workers": 2}


def test_what_has_no_room_there_comes_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "more.json").write_text(json.dumps({"team": "fraud", "kept": "x"}))
    monkeypatch.setenv(CONTEXT, '{"team": "risk", "environment": "dev"}')
    monkeypatch.setenv(OVERFLOW, str(tmp_path / "more.json"))
    assert read_context() == {"team": "fraud", "environment": "dev", "kept": "x"}


def test_without_the_command_line_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CONTEXT, raising=False)
    monkeypatch.delenv(OVERFLOW, raising=False)
    assert read_context() == {}


@pytest.mark.parametrize(("text", "said"), [("{", "is not JSON"), ('["team"]', "holds a list; accepted: names and")])
def test_anything_else_is_said(monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    monkeypatch.delenv(OVERFLOW, raising=False)
    monkeypatch.setenv(CONTEXT, text)
    with pytest.raises(ValueError, match=f"{CONTEXT} {said}"):
        read_context()
