"""The example that trains a network of torch keeps the contract of docs/own-training.md."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pytest

from containers.folders import MlFolders
from containers.frameworks.files import BACKGROUND, MODEL_FILES
from containers.model import TrainedModel
from core.contracts import signature as form
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem
from core.contracts.signature import Signature
from tests.containers import making, own_training
from tests.containers.many_frameworks import NEEDS_TORCH, TORCH
from tests.containers.own_training import NETWORK, SIGNATURES

pytestmark = [pytest.mark.slow, NEEDS_TORCH]
SETTINGS = {"epochs": "40", "width": "16", "batch_size": "64", "learning_rate": "0.01"}


def trained(
    folders: MlFolders,
    problem: Problem,
    settings: Mapping[str, str] = SETTINGS,
    without: tuple[str, ...] = (),
) -> str:
    """What it printed."""
    own_training.prepared(folders, problem, settings, without)
    return again(folders)


def again(folders: MlFolders) -> str:
    done = own_training.train(NETWORK, folders, [TORCH])
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("problem", SIGNATURES)
def test_it_leaves_a_model_that_the_platform_reads_and_that_has_learned(folders: MlFolders, problem: Problem) -> None:
    trained(folders, problem)
    left = {file.name for file in folders.model.iterdir()}
    assert left == {"model.pt2", BACKGROUND, form.FILE}
    assert "model.pt2" in MODEL_FILES
    assert Signature.from_json((folders.model / form.FILE).read_text()) == SIGNATURES[problem]
    model = TrainedModel.load(folders.model)
    unseen = making.rows(400, seed=9)
    score, said = unseen[:, 0] + 0.5 * unseen[:, 1], model.probabilities(unseen)
    if problem == BINARY:
        assert ((said > 0.5) == (score > 0)).mean() > 0.85
    elif problem == MULTICLASS:
        assert (said.argmax(axis=1) == np.digitize(score, [-0.5, 0.5])).mean() > 0.8
    else:
        assert np.abs(said - score).mean() < 0.3 * score.std()


def test_a_missing_value_is_answered_as_the_mean_of_its_column(folders: MlFolders) -> None:
    trained(folders, BINARY)
    model = TrainedModel.load(folders.model)
    table = np.loadtxt(folders.channel("train") / "data.csv", delimiter=",", skiprows=1)
    rows = making.rows(50, seed=9)
    rows[:, 0] = np.nan
    empty = model.probabilities(rows)
    rows[:, 0] = np.nanmean(table[:, 1])
    assert empty == pytest.approx(model.probabilities(rows), abs=1e-5)


def test_a_feature_that_is_left_out_decides_nothing(folders: MlFolders) -> None:
    """Its column is empty in every row of the data sets: it has no mean, and the background needs a number."""
    trained(folders, BINARY, without=("age",))
    rows = making.rows(50, seed=9)
    model = TrainedModel.load(folders.model)
    assert np.isfinite(model.probabilities(rows)).all()
    assert np.isfinite(np.load(folders.model / BACKGROUND)[:, 1]).all()
    older = model.probabilities(rows + np.array([0, 5, 0]))
    assert model.probabilities(rows) == pytest.approx(older, abs=1e-6)


def test_an_interrupted_run_goes_on_where_its_checkpoint_stood_and_learns_as_much(folders: MlFolders) -> None:
    whole = MlFolders(folders.root.parent / "whole" / "ml")
    settings = {**SETTINGS, "patience": "1000"}
    trained(whole, REGRESSION, settings)
    trained(folders, REGRESSION, {**settings, "epochs": "25"})
    folders.hyperparameters.write_text(json.dumps(settings))
    said = again(folders)
    assert "25 epochs were done before" in said
    assert said.count("epoch ") == 15
    rows = making.rows(50, seed=9)
    found, expected = (TrainedModel.load(each.model).probabilities(rows) for each in (folders, whole))
    assert np.abs(found - expected).mean() < 0.2


def test_of_several_instances_the_first_writes_the_model(folders: MlFolders) -> None:
    own_training.prepared(folders, BINARY, {**SETTINGS, "epochs": "1"})
    told = folders.root / "input" / "config" / "resourceconfig.json"
    for host, writes in (("algo-2", False), ("algo-1", True)):
        told.write_text(json.dumps({"current_host": host, "hosts": ["algo-1", "algo-2"]}))
        again(folders)
        assert (folders.model / "model.pt2").exists() == writes


def test_a_failure_says_why(folders: MlFolders) -> None:
    own_training.prepared(folders, BINARY, {**SETTINGS, "learning_rate": "-1"})
    assert own_training.train(NETWORK, folders, [TORCH]).returncode != 0
    assert "ValueError: Invalid learning rate: -1" in folders.failure.read_text()
