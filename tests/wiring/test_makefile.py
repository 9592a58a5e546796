"""The Makefile offers what there is to run, says what each target is for, and the pages name targets that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = {target for line in re.findall(r"^([a-z ]+):", MAKEFILE, re.MULTILINE) for target in line.split()}
SAID = dict(re.findall(r"^([a-z]+):.*?## (.+)$", MAKEFILE, re.MULTILINE))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = sorted(path.parent.name for path in (ROOT / "bench").glob("*/__main__.py"))


def test_every_program_that_writes_a_page_of_what_was_measured_has_a_target() -> None:
    assert {"estimates", "incidents"} <= set(PROGRAMS)
    for name in PROGRAMS:
        assert f"python -m bench.{name}\n" in MAKEFILE, f"no target runs bench.{name}"
        assert f"docs/{name}.md" in SAID.get(name, ""), f"`make help` does not say that {name} writes its page"


def test_every_target_is_said_to_be_no_file_and_what_it_is_for() -> None:
    phony = set(re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split())  # type: ignore[index]
    assert phony == TARGETS
    assert phony == set(SAID)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_targets_that_exist(page: Path) -> None:
    named = set(re.findall(r"`make ([a-z]+)", page.read_text()))
    assert named <= TARGETS, f"there is no {named - TARGETS}"


def test_the_walk_from_request_to_better_model_leads_to_every_page_on_what_a_window_tells() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    walk = text.partition("## From a captured request")[2].partition("\n## ")[0]
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", walk))
    assert {"attributions.md", "data-quality.md", "estimates.md", "fairness.md", "labels.md"} <= linked
    assert not {page for page in linked if not (ROOT / "docs" / page).exists()}
