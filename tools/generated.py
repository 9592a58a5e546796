"""Files that are made of something else: written, or, with `--check`, held against what they should say."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def keep(about: str | None, made: Callable[[], Mapping[Path, str]], arguments: Sequence[str] | None = None) -> int:
    """The command of one page, or of several: its exit status. `about` is what it says of itself."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is not current")
    if not parser.parse_args(arguments).check:
        for path, text in made().items():
            path.write_text(text)
        return 0
    for path in (old := stale(made())):
        print(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path} is not current: run `make docs`")
    return 1 if old else 0


def stale(made: Mapping[Path, str]) -> list[Path]:
    """The files that do not hold what they should."""
    return [path for path, text in made.items() if not path.exists() or path.read_text() != text]
