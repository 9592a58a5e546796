"""The example of an image of the team's own keeps the contract of docs/own-training.md, run as SageMaker runs it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.background import MOST_ROWS
from containers.frameworks.files import BACKGROUND, LARGEST, MODEL_FILES
from containers.model import TrainedModel
from core.config.load import load_teams
from core.config.model import Model
from core.contracts import signature as form
from core.contracts import stages
from core.contracts.problem import BINARY, REGRESSION, Problem
from core.contracts.signature import Signature
from tests.containers import making, own_training
from tests.containers.own_training import BOOSTING, EXAMPLES, NETWORK, SIGNATURES

PAGE = (EXAMPLES.parent / "docs" / "own-training.md").read_text()
OF_EACH = pytest.mark.parametrize("folder", [BOOSTING, NETWORK], ids=lambda folder: folder.name)
SETTINGS = {"num_iterations": "60", "num_leaves": "7", "num_threads": "1", "seed": "1"}


def prepared(
    folders: MlFolders, problem: Problem, settings: Mapping[str, str] = SETTINGS, without: tuple[str, ...] = ()
) -> None:
    own_training.prepared(folders, problem, settings, without)


def train(folders: MlFolders) -> subprocess.CompletedProcess[str]:
    return own_training.train(BOOSTING, folders)


@pytest.mark.slow
@pytest.mark.parametrize("problem", SIGNATURES)
def test_it_leaves_one_model_and_the_signature(folders: MlFolders, problem: Problem) -> None:
    prepared(folders, problem)
    done = train(folders)
    assert done.returncode == 0, done.stderr
    left = {file.name for file in folders.model.iterdir()}
    assert left - {form.FILE} == left & MODEL_FILES.keys() == {"model.txt"}
    assert Signature.from_json((folders.model / form.FILE).read_text()) == SIGNATURES[problem]
    assert not folders.failure.exists()


@pytest.mark.slow
@pytest.mark.parametrize("problem", SIGNATURES)
def test_the_platform_reads_it_and_answers_as_lightgbm_does(folders: MlFolders, problem: Problem) -> None:
    prepared(folders, problem)
    assert train(folders).returncode == 0
    unseen = making.dataset(400, seed=9)
    said = np.asarray(lightgbm.Booster(model_file=folders.model / "model.txt").predict(unseen.rows))
    model = TrainedModel.load(folders.model)
    assert model.probabilities(unseen.rows) == pytest.approx(said, abs=1e-6)
    if problem == BINARY:
        assert (model.labels(said.astype(np.float32)) == unseen.labels).mean() > 0.8


@pytest.mark.slow
def test_a_feature_that_is_left_out_decides_nothing(folders: MlFolders) -> None:
    prepared(folders, BINARY, without=("age",))
    assert train(folders).returncode == 0
    rows = making.rows(50, seed=9)
    older = rows + np.array([0, 5, 0])
    model = TrainedModel.load(folders.model)
    assert model.probabilities(rows).tolist() == model.probabilities(older).tolist()
    assert len(set(model.probabilities(rows).tolist())) > 1


@pytest.mark.slow
def test_an_interrupted_run_goes_on_where_its_checkpoint_stood(folders: MlFolders) -> None:
    settings = {**SETTINGS, "early_stopping_round": "1000"}
    prepared(folders, REGRESSION, {**settings, "num_iterations": "30"})
    assert "0 rounds were done before" in train(folders).stdout
    folders.hyperparameters.write_text(json.dumps(settings))
    assert "25 rounds were done before" in train(folders).stdout
    assert lightgbm.Booster(model_file=folders.checkpoints / "model.txt").current_iteration() == 50


@pytest.mark.slow
def test_a_failure_says_why(folders: MlFolders) -> None:
    prepared(folders, BINARY, {**SETTINGS, "objective": "nonsense"})
    assert train(folders).returncode != 0
    assert "nonsense" in folders.failure.read_text()


@OF_EACH
def test_its_team_file_is_valid_and_trains_with_it(folder: Path) -> None:
    (team,) = load_teams(folder.parent)
    assert team.training_images == {image.name for image in team.images}
    assert [folder.parent / image.folder for image in team.images] == [folder]


@OF_EACH
def test_the_image_is_as_safe_as_the_platform_s(folder: Path) -> None:
    platform, dockerfile = (EXAMPLES.parent / "containers" / "Dockerfile").read_text(), folder / "Dockerfile"
    (base,) = re.findall(r"^FROM (\S+@sha256:[0-9a-f]{64})$", dockerfile.read_text(), re.MULTILINE)
    assert f"ARG BASE={base}\n" in platform
    assert re.findall(r"^USER (\d+)", dockerfile.read_text(), re.MULTILINE) == ["10001"]
    assert "--require-hashes" in dockerfile.read_text()
    lock = (folder / "requirements.lock").read_text()
    assert set(re.findall(r"^([a-z0-9-]+)", lock, re.MULTILINE)) == set(
        re.findall(r"^([a-z0-9-]+)==\S+ \\\n    --hash=sha256:", lock, re.MULTILINE)
    )


def test_the_page_names_every_file_as_the_platform_reads_it() -> None:
    left = PAGE.partition("## What it leaves")[2].partition("## What it may do")[0]
    assert {*MODEL_FILES, form.FILE, BACKGROUND} <= set(re.findall(r"`([\w.]+)`", left))
    assert f"1 to {MOST_ROWS} rows" in left
    assert LARGEST == 2 << 30
    assert "2 GiB" in left


def test_the_page_shows_a_data_set_as_it_is_written(tmp_path: Path) -> None:
    shown = dict(re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    kinds = json.loads(shown["json"])
    described = {"name": "m", "label": "left", "features": kinds, "sensitive": []}
    signature = Model.model_validate(described).signature
    (tmp_path / stages.DATA_FILE).write_text(shown["csv"])
    (tmp_path / form.FILE).write_text(signature.to_json())
    Dataset.read(tmp_path).write(tmp_path / "again")
    assert (tmp_path / "again" / stages.DATA_FILE).read_text() == shown["csv"]
    keys = set(json.loads(signature.to_json())) | set(signature.features[-1].to_value())
    assert keys <= set(re.findall(r"`(\w+)`", PAGE))
