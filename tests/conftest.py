"""The synthesized app, once for all tests of a worker; what workers do first; how Hypothesis chooses its examples."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.wiring.deployed import Deployed, deploy
from tests.wiring.synthesis import ACCOUNT, synthesize, templates

# The gate tries the same examples every time; at a desk each run tries new ones. A busy machine makes no example wrong.
settings.register_profile("desk", deadline=None)
settings.register_profile("gate", deadline=None, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "desk")

# A worker has one core: threads of a numerical library would only wait for each other, and they wait at full speed.
if "PYTEST_XDIST_WORKER" in os.environ:
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")

# A shell starts what it puts into the background deaf to Ctrl-C, and its children inherit that: tests of Ctrl-C would
# wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers take whole files (`--dist loadfile`), what takes longest first: at the end none waits for another."""
    if not hasattr(config, "workerinput"):
        return
    longest: dict[Path, float] = {}
    for item in items:
        longest[item.path] = max(longest.get(item.path, 0), _takes_s(item))
    items.sort(key=lambda item: -longest[item.path])


def _takes_s(item: pytest.Item) -> float:
    """Of the item's file, as its mark says; less than a slow one that says nothing where it is not slow."""
    return max((mark.kwargs.get("takes_s", 1) for mark in item.iter_markers("slow")), default=0)


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cloud assembly of the teams in `teams/`."""
    return synthesize(tmp_path_factory.mktemp("assembly"))


@pytest.fixture(scope="session")
def demo_templates(assembly: Path) -> dict[str, Any]:
    return templates(assembly, "demo-dev")


@pytest.fixture(scope="session")
def demo(demo_templates: dict[str, Any]) -> Deployed:
    """The demonstration team as it would stand in an account. Change a copy only."""
    return deploy(demo_templates, ACCOUNT, "us-east-1")


@pytest.fixture(scope="session")
def extremes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cloud assembly of teams at the edges of what the schema accepts."""
    return synthesize(tmp_path_factory.mktemp("extremes"), teams="tests/wiring/teams")


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cloud assembly of teams with every feature, with somebody else's network, and with the least."""
    return synthesize(tmp_path_factory.mktemp("rich"), teams="tests/infra/teams")
