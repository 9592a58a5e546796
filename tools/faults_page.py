"""docs/faults.md, made from the markers of the tests: `@pytest.mark.fault("F13")` says which fault a test shows.

The tests are read, not run: a row names a test only where there is one, and `tests/tools/test_faults_page.py` fails
where a fault has none or the page is not current.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

from tools.faults import FAULTS
from tools.generated import ROOT, keep

PAGE = ROOT / "docs" / "faults.md"
HEAD = """\
# Faults that remediation survives

What can go wrong between an alarm and a released model, what is guaranteed then, and the tests that show it. The page
is made by `make docs` from the markers of the tests, so a test that is named here exists and runs.

| | fault | what is guaranteed | shown by |
| --- | --- | --- | --- |
"""


def main() -> int:
    return keep(__doc__, lambda: {PAGE: page()})


def page() -> str:
    found = shown()
    return HEAD + "".join(_row(number, *FAULTS[number], found.get(number, ())) for number in FAULTS)


def shown() -> Mapping[str, tuple[str, ...]]:
    """Number of a fault -> the tests that show it, as `file::test`. Raises ValueError for a fault that is not known."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if "mark.fault(" not in text:
            continue
        for test, number in _marked(ast.parse(text)):
            name = f"{path.relative_to(ROOT / 'tests')}::{test}"
            if number not in FAULTS:
                raise ValueError(f"{name} shows {number!r}; known are F1 to F{len(FAULTS)}")
            found[number] = (*found.get(number, ()), name)
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.fault":
                    yield from ((node.name, str(ast.literal_eval(number))) for number in decorator.args)


def _row(number: str, fault: str, guaranteed: str, tests: tuple[str, ...]) -> str:
    names = "<br>".join(_readable(test) for test in tests) or "**nothing**"
    return f"| {number} | {fault} | {guaranteed} | {names} |\n"


def _readable(test: str) -> str:
    file, _, name = test.partition("::")
    return f"{name.removeprefix('test_').replace('_', ' ')} ([{file}](../tests/{file}))"


if __name__ == "__main__":
    sys.exit(main())
