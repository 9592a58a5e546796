"""What the README says of the demonstration team is what its templates hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from demo.run import Demonstrated
from tests.wiring.synthesis import templates

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def told(pattern: str) -> float:
    found = re.search(pattern, README)
    assert found, f"the README no longer says {pattern}"
    return float(found[1])


@pytest.fixture
def shown() -> Demonstrated:
    return Demonstrated.load()


def test_the_month_costs_what_it_says(assembly, shown):
    folder = assembly / f"assembly-{shown.names.prefix}"
    assert told(r"costs about (\d+) USD a month") == round(shown.month_cost_usd(folder))


def test_a_run_costs_what_it_says(shown):
    assert told(r"A training run costs ([\d.]+) USD") == shown.run_cost_usd


def test_the_stacks_are_those_it_lists(assembly, shown):
    table = README.partition("| stack |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) == set(templates(assembly, shown.names.prefix))


def test_every_page_that_it_names_is_there():
    named = re.findall(r"`((?:docs|core|demo|build)/[\w./-]+)`", README)
    assert named
    missing = [page for page in named if not page.startswith("build/") and not (ROOT / page).exists()]
    assert missing == []
