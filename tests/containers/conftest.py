"""Folders, data and models for the tests of the containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from containers.folders import MlFolders
from containers.model import TrainedModel
from tests.containers import making


@pytest.fixture
def folders(tmp_path: Path) -> MlFolders:
    """An empty `/opt/ml`."""
    return MlFolders(tmp_path / "ml")


@pytest.fixture(scope="session")
def good_model() -> TrainedModel:
    """Knows most of what there is to know about `making.rows`."""
    return making.model(making.dataset(600, seed=1))
