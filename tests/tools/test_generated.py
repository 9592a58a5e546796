"""A generated page is written, or held against what it should say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.generated import keep


def test_a_page_is_written_and_then_current(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert keep("", lambda: {page: "as it is"}, ["--check"]) == 1
    assert keep("", lambda: {page: "as it is"}, []) == 0
    assert page.read_text() == "as it is"
    assert keep("", lambda: {page: "as it is"}, ["--check"]) == 0


def test_a_check_writes_nothing_and_names_each_file_that_is_missing_or_says_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, missing, current = (tmp_path / name for name in ("old.md", "missing.md", "current.md"))
    old.write_text("as it was")
    current.write_text("as it is")
    assert keep("", lambda: dict.fromkeys((old, missing, current), "as it is"), ["--check"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said == [f"{path} is not current: run `make docs`" for path in (old, missing)]
    assert (old.read_text(), missing.exists()) == ("as it was", False)
