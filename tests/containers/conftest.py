"""Folders, data and models for the tests of the containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from containers.folders import MlFolders
from containers.model import TrainedModel
from tests.containers import making, world
from tests.containers.world import Memory, Requests, Rows


@pytest.fixture
def folders(tmp_path: Path) -> MlFolders:
    """An empty `/opt/ml`."""
    return MlFolders(tmp_path / "ml")


@pytest.fixture(scope="session")
def good_model() -> TrainedModel:
    """Knows most of what there is to know about `making.rows`."""
    return making.model(making.dataset(600, seed=1))


@pytest.fixture(scope="session")
def made() -> tuple[Memory, TrainedModel]:
    """A small world to monitor, with a model in service; nobody writes into it."""
    return world.released(1500)


@pytest.fixture(scope="session")
def model(made: tuple[Memory, TrainedModel]) -> TrainedModel:
    return made[1]


@pytest.fixture
def memory(made: tuple[Memory, TrainedModel]) -> Memory:
    """The same world, to be written to."""
    return world.replace_objects(made[0])


@pytest.fixture(scope="session")
def rows() -> Rows:
    """Of an ordinary window."""
    return world.draw(world.ROWS, 30)


@pytest.fixture(scope="session")
def requests(model: TrainedModel, rows: Rows) -> Requests:
    return world.captured(model, rows)
