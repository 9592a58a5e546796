"""The training container: files in, files out."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import FILE
from containers.model import TrainedModel
from containers.train.main import main
from containers.train.rounds import EVERY, Interrupted
from core.contracts.hyperparameters import RANGES, Hyperparameters
from core.contracts.images import BASE_DIR
from core.contracts.stages import TRAIN, VALIDATION
from core.contracts.training import METRICS
from tests.containers import making

ROOT = Path(__file__).parents[2]
RANDOM = {"num_round": "45", "max_depth": "4", "eta": "0.2", "subsample": "0.6", "colsample_bytree": "0.7"}


def after(rounds: int) -> Callable[[], bool]:
    """Says stop after so many rounds of one run."""
    asked = iter(range(1, 10_000))
    return lambda: next(asked) == rounds


def trained(folders: MlFolders) -> bytes:
    return (folders.model / FILE).read_bytes()


def test_a_model_is_left_that_knows_what_was_to_learn(folders: MlFolders) -> None:
    making.channels(folders)
    main(folders)
    model, unseen = TrainedModel.load(folders.model), making.dataset(400, seed=9)
    right = model.labels(model.probabilities(unseen.rows)) == unseen.labels
    assert right.mean() > 0.8
    assert model.signature == making.SIGNATURE


def test_every_metric_is_found_in_the_log(folders: MlFolders, capsys: pytest.CaptureFixture[str]) -> None:
    making.channels(folders, hyperparameters={"num_round": "3"})
    main(folders)
    log = capsys.readouterr().out
    for name, regex in METRICS.items():
        found = [float(value) for value in re.findall(regex, log)]
        assert len(found) == 4, name  # three rounds, and the best one once more
        assert all(0 <= value <= 1 for value in found)


def test_early_stopping_keeps_the_best_round_only(folders: MlFolders, capsys: pytest.CaptureFixture[str]) -> None:
    making.channels(folders, 150, {"num_round": "400", "eta": "0.5", "early_stopping_rounds": "5"})
    main(folders)
    scores = [float(value) for value in re.findall(METRICS["validation:logloss"], capsys.readouterr().out)][:-1]
    best = int(np.argmin(scores))
    assert len(scores) == best + 1 + 5
    assert TrainedModel.load(folders.model).predictor.booster.num_boosted_rounds() == best + 1


@pytest.mark.fault("F25")
@pytest.mark.parametrize("interrupted", [(3,), (EVERY,), (EVERY + 4, EVERY + 1), (2 * EVERY + 7, 1, 3)])
def test_an_interrupted_run_gives_the_same_model_as_one_that_was_not(
    tmp_path: Path, interrupted: tuple[int, ...]
) -> None:
    straight, broken = MlFolders(tmp_path / "straight"), MlFolders(tmp_path / "broken")
    for folders in (straight, broken):
        making.channels(folders, hyperparameters=RANDOM)
    main(straight)
    for rounds in interrupted:
        with pytest.raises(Interrupted):
            main(broken, after(rounds))
        assert not broken.model.exists()
    main(broken)
    assert trained(broken) == trained(straight)


def test_a_checkpoint_of_other_data_is_not_continued(folders: MlFolders, capsys: pytest.CaptureFixture[str]) -> None:
    making.channels(folders, hyperparameters=RANDOM)
    main(folders)
    making.dataset(300, seed=77).write(folders.channel(TRAIN))
    capsys.readouterr()
    main(folders)
    log = capsys.readouterr().out
    assert "belongs to another run" in log
    assert "round 1:" in log


def test_a_torn_checkpoint_is_passed_over_for_the_one_before(
    folders: MlFolders, capsys: pytest.CaptureFixture[str]
) -> None:
    making.channels(folders, hyperparameters=RANDOM)
    main(folders)
    whole = trained(folders)
    newest = max(folders.checkpoints.iterdir())
    newest.write_bytes(newest.read_bytes()[:-100])
    capsys.readouterr()
    main(folders)
    log = capsys.readouterr().out
    assert "not a whole checkpoint" in log
    assert "continuing after round 40" in log
    assert trained(folders) == whole


def test_all_faults_of_hyperparameters_are_named_at_once() -> None:
    with pytest.raises(ValueError, match="hyperparameters") as fault:
        Hyperparameters.parse({"eta": "2", "max_depth": "deep", "depth": "3", "num_round": "1.5", "seed": "nan"})
    for part in ("eta is '2'", "max_depth is 'deep'", "depth is not one of", "num_round is '1.5'", "seed is 'nan'"):
        assert part in str(fault.value)


def test_what_tuning_and_toolkits_add_is_ignored() -> None:
    added = {"_tuning_objective_metric": "validation:auc", "sagemaker_region": "eu-west-1"}
    assert Hyperparameters.parse(added) == Hyperparameters()


@given(st.sampled_from(sorted(RANGES)), st.floats(0, 1))
def test_every_value_in_range_is_taken(name: str, share: float) -> None:
    low, high = RANGES[name]
    kind = type(getattr(Hyperparameters(), name))
    value = kind(low + share * (high - low))
    assert getattr(Hyperparameters.parse({name: str(value)}), name) == value


def test_a_set_with_one_label_only_is_refused(folders: MlFolders) -> None:
    making.channels(folders)
    data = making.dataset(50)
    Dataset(data.signature, data.rows, np.ones(50, bool)).write(folders.channel(VALIDATION))
    with pytest.raises(ValueError, match="validation set needs rows of both labels: 50 of its 50"):
        main(folders)


def test_a_data_set_comes_back_as_it_was_written(tmp_path: Path) -> None:
    data = making.dataset(40)
    data.rows[3, 1] = np.nan
    data.write(tmp_path)
    again = Dataset.read(tmp_path)
    np.testing.assert_array_equal(again.rows, data.rows)
    np.testing.assert_array_equal(again.labels, data.labels)
    assert again.signature == data.signature


def start(folders: MlFolders) -> subprocess.Popen[str]:
    """As SageMaker starts the container."""
    return subprocess.Popen(
        [sys.executable, "-m", "containers.train", "train"],
        cwd=ROOT,
        env={**os.environ, BASE_DIR: str(folders.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
def test_sigterm_ends_the_process_and_the_next_one_goes_on(folders: MlFolders) -> None:
    making.channels(folders, 3000, {"num_round": "5000", "eta": "0.001", "max_depth": "8"})
    process = start(folders)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(f"round {EVERY + 1}:"):
            process.send_signal(signal.SIGTERM)
            break
    process.communicate(timeout=300)
    assert process.returncode != 0
    assert "told to stop" in folders.failure.read_text()
    process = start(folders)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("continuing after round")
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_a_failure_leaves_its_reason_where_sagemaker_reads_it(folders: MlFolders) -> None:
    making.channels(folders, hyperparameters={"eta": "fast"})
    process = start(folders)
    process.communicate(timeout=300)
    assert process.returncode == 1
    assert folders.failure.read_text() == "hyperparameters: eta is 'fast'; accepted is a number from 1e-06 to 1"


@pytest.mark.slow
def test_hosts_of_one_job_make_one_model_of_all_rows(tmp_path: Path) -> None:
    hosts = ["127.0.0.1", "localhost"]
    both = [MlFolders(tmp_path / host) for host in hosts]
    for folders, host in zip(both, hosts, strict=True):
        making.channels(folders, 600, {"num_round": "12"})
        folders.resources.write_text(f'{{"current_host": "{host}", "hosts": ["localhost", "127.0.0.1"]}}')
    processes = [start(folders) for folders in both]
    logs = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], logs
    assert "validation:auc=" in logs[0]
    assert "validation:auc=" not in logs[1]
    assert not both[1].model.exists()
    model, unseen = TrainedModel.load(both[0].model), making.dataset(400, seed=9)
    assert (model.labels(model.probabilities(unseen.rows)) == unseen.labels).mean() > 0.85
