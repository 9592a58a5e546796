"""Archives of files: the same for the same content, and made again where somebody changed them."""

from __future__ import annotations

import zipfile

from infra.archive import archived

FILES = {"lambdas/promote/handler.py": b"def handler(): ...", "core/names/team.py": b"", "core/__init__.py": b"# core"}


def test_an_archive_holds_the_files() -> None:
    with zipfile.ZipFile(archived("test", FILES)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.testzip() is None


def test_the_same_files_make_the_same_archive_in_any_order() -> None:
    assert archived("test", FILES) == archived("test", dict(reversed(FILES.items())))


def test_other_content_makes_another_archive() -> None:
    assert archived("test", {**FILES, "core/names/team.py": b"x"}) != archived("test", FILES)


def test_what_is_in_it_can_be_read_by_everybody() -> None:
    with zipfile.ZipFile(archived("test", FILES)) as archive:
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o644}


def test_a_changed_archive_is_made_again() -> None:
    path = archived("test", FILES)
    right = path.read_bytes()
    path.write_bytes(right[:-1])
    assert archived("test", FILES).read_bytes() == right
