"""Models of every framework, for every problem: loaded, served, judged by the gate, described, watched, explained."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from containers.attributions import attributions, expected
from containers.baseline.main import main as make_baseline
from containers.contributions import contributions
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.asking import ANSWERS, ask
from containers.gates.champion.main import CHAMPION
from containers.gates.champion.main import main as contest
from containers.model import TrainedModel
from containers.payload import CSV, JSON
from containers.serve.answers import answer
from core.contracts import stages
from core.contracts.evaluation import FILE, Evaluation
from core.contracts.explaining import METHODS, Explaining, Method
from core.contracts.policy import ModelPolicy
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem
from core.contracts.reports import MonitorReport
from core.statistics.baseline import Baseline
from tests.containers import making, many_frameworks, world
from tests.containers.many_frameworks import FRAMEWORKS, PROBLEMS, labels, model, rows, signature

ROOT = Path(__file__).parents[2]
EVERY = pytest.mark.parametrize("framework", FRAMEWORKS)
OF_EACH = pytest.mark.parametrize("problem", PROBLEMS)


@pytest.fixture
def loaded(framework: str, problem: Problem, tmp_path: Path) -> TrainedModel:
    """Through its archive."""
    making.archive(model(framework, problem), tmp_path / "model")
    return TrainedModel.load(tmp_path / "model")


def data(problem: Problem, count: int, seed: int) -> Dataset:
    values = rows(count, seed)
    return Dataset(signature(problem), values, labels(problem, values, seed))


def lines(values: np.ndarray) -> bytes:
    return "\n".join(",".join(map(repr, row)) for row in values.tolist()).encode()


@EVERY
@OF_EACH
def test_it_answers_from_its_archive_what_it_answered_before(
    loaded: TrainedModel, framework: str, problem: Problem
) -> None:
    values = rows(50, 2)
    np.testing.assert_allclose(loaded.probabilities(values), model(framework, problem).probabilities(values), atol=1e-6)
    assert loaded.probabilities(values).dtype == np.float32
    assert loaded.probabilities(values[:0]).shape[0] == 0


@EVERY
@OF_EACH
def test_it_serves_csv_and_json_alike(loaded: TrainedModel, problem: Problem) -> None:
    values = rows(5, 3)
    by_csv = answer(loaded, lines(values), CSV, JSON)
    by_json = answer(loaded, json.dumps({"instances": values.tolist()}).encode(), JSON, JSON)
    assert (by_csv.status, by_csv.body) == (200, by_json.body)
    first = json.loads(by_csv.body)["predictions"][0]
    name = {BINARY: "probability", MULTICLASS: "probabilities", REGRESSION: "score"}[problem]
    assert first[name] == pytest.approx(loaded.probabilities(values)[0].tolist(), abs=1e-6)


@EVERY
@OF_EACH
def test_the_gate_judges_it_against_a_champion_of_xgboost(folders: MlFolders, framework: str, problem: Problem) -> None:
    data(problem, 400, 4).write(folders.processing_input(stages.TEST))
    making.archive(model(framework, problem), folders.processing_input(stages.MODEL))
    making.archive(model("xgboost", problem), folders.processing_input(CHAMPION))
    contest(folders, "mae" if problem == REGRESSION else "accuracy")
    found = Evaluation.from_json((folders.processing_output(stages.EVALUATION) / FILE).read_bytes())
    assert found.champion is not None
    worse = {BINARY: 0.1, MULTICLASS: 0.1, REGRESSION: -0.3}[problem]
    assert (found.challenger - found.champion) * np.sign(worse) > -abs(worse)


@EVERY
@OF_EACH
def test_attributions_and_what_is_expected_add_up_to_the_margin(loaded: TrainedModel) -> None:
    values = rows(12, 5)
    margins = loaded.predictor.margins(values)
    for by in ("permutation", "kernel_shap"):
        found = contributions(loaded, values, by)
        assert found.values.shape == (12, loaded.outputs, 4)
        np.testing.assert_allclose(found.values.sum(axis=2) + found.expected, margins, atol=5e-3)


@pytest.mark.parametrize(
    ("framework", "by"), [("onnx", by) for by in METHODS] + [(each, "permutation") for each in ("xgboost", "lightgbm")]
)
@OF_EACH
def test_what_matters_gets_the_attributions(loaded: TrainedModel, by: Method) -> None:
    shares = np.abs(attributions(loaded, rows(60, 6), Explaining(by=by))).mean(axis=0)
    assert shares.argmax() == 0
    assert shares[:2].sum() > 5 * shares[2:].sum()


@EVERY
def test_each_row_is_explained_for_its_own_class_or_for_the_one_that_is_asked_for(framework: str) -> None:
    trained, values = model(framework, MULTICLASS), rows(40, 7)
    every = contributions(trained, values, "kernel_shap").values  # exact, so the same whichever rows come together
    own = trained.labels(trained.probabilities(values))
    found = attributions(trained, values, Explaining("kernel_shap"))
    np.testing.assert_allclose(found, every[np.arange(40), own], atol=1e-3)
    asked = Explaining("kernel_shap", of_class=2)
    found = attributions(trained, values, asked)
    np.testing.assert_allclose(found, every[:, 2], atol=1e-3)
    base = expected(trained, values, found, asked)
    np.testing.assert_allclose(found.sum(axis=1) + base, trained.predictor.margins(values)[:, 2], atol=5e-3)
    assert expected(trained, values, found) is None


def watched(framework: str, problem: Problem, values: np.ndarray, folders: MlFolders) -> MonitorReport:
    """The report on a window with one request a row, each with what the model answers to it, or why it does not."""
    signed, trained = signature(problem), model(framework, problem)
    data(problem, 600, 8).write(folders.processing_input(stages.TRAIN))
    trained.save(folders.processing_input(stages.MODEL))
    make_baseline(folders)
    memory = world.replace_objects(world.released(200)[0])
    assert memory.release is not None
    for file in folders.processing_output(stages.BASELINE).iterdir():
        memory.objects[f"{memory.release.baseline_uri}{file.name}"] = file.read_bytes()
    memory.objects[memory.release.model_uri] = world._archive(folders.processing_input(stages.MODEL))
    metric = "mae" if problem == REGRESSION else "accuracy"
    memory.policy = ModelPolicy("churn", signed, replace(world.POLICY, quality_metric=metric))
    requests = world.captured(model("xgboost", BINARY), world.Rows(values, np.zeros(len(values))))
    said = [answer(trained, lines(row[None]), CSV, CSV).body.decode().rstrip() for row in values]
    told = [replace(one, response=replace(one.response, data=text)) for one, text in zip(requests, said, strict=True)]
    world.capture(memory, (one.line() for one in told))
    world.run(memory)
    return world.latest(memory)


@EVERY
@OF_EACH
def test_a_shift_is_seen_in_the_attributions_of_the_feature_that_moved(
    framework: str, problem: Problem, folders: MlFolders
) -> None:
    values = rows(300, 9)
    values[:, 1] = values[:, 1] * 4
    report = watched(framework, problem, values, folders)
    moved = {feature.name: feature.attribution_drift for feature in report.features}
    assert report.rows == 300
    assert max(moved, key=lambda name: moved[name]) == "x2", moved


@EVERY
@OF_EACH
def test_rows_that_a_model_cannot_answer_are_told_and_the_others_explained(
    framework: str, problem: Problem, folders: MlFolders
) -> None:
    """Trees take what is missing; a line through all columns has no answer to it, and its server refuses it."""
    values = rows(300, 9)
    values[:90, 2] = np.nan
    report = watched(framework, problem, values, folders)
    assert report.rows == 300
    assert report.features[2].completeness == pytest.approx(0.7)
    assert sum(feature.attribution_share for feature in report.features) == pytest.approx(1)
    refused = [
        told for told in report.violations if "the answers to 90 of 300 rows could not be read" in told.description
    ]
    assert len(refused) == (framework in ("onnx", "torch"))


def test_the_monitor_explains_as_the_baseline_was_explained(folders: MlFolders) -> None:
    data(MULTICLASS, 300, 8).write(folders.processing_input(stages.TRAIN))
    model("onnx", MULTICLASS).save(folders.processing_input(stages.MODEL))
    asked = Explaining(by="kernel_shap", of_class=2)
    make_baseline(folders, asked)
    text = (folders.processing_output(stages.BASELINE) / stages.BASELINE_FILE).read_bytes()
    made = Baseline.from_json(text)
    assert made.explaining == asked
    found = attributions(model("onnx", MULTICLASS), made.sample, asked)
    assert made.features[0].attribution_mean == pytest.approx(found[:, 0].mean())


@pytest.mark.parametrize("framework", ["xgboost", "onnx"])
def test_a_server_imports_no_framework_but_that_of_its_model(framework: str, tmp_path: Path) -> None:
    model(framework, BINARY).save(tmp_path)
    code = (
        "import sys, containers.serve.main; from pathlib import Path; from containers.model import TrainedModel; "
        "TrainedModel.load(Path(sys.argv[1])); "
        "print([name for name in ('xgboost', 'lightgbm', 'onnxruntime', 'torch') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == f"{[{'onnx': 'onnxruntime'}.get(framework, framework)]}\n"


def test_the_truth_is_one_that_a_line_can_learn() -> None:
    trained = model("onnx", BINARY)
    found = attributions(trained, rows(200, 10), Explaining(by="kernel_shap"))
    weights = np.array(many_frameworks.WEIGHTS[BINARY][0])
    slopes = [np.polyfit(rows(200, 10)[:, at], found[:, at], 1)[0] for at in range(4)]
    assert slopes == pytest.approx(weights, abs=0.3)


def test_the_orders_of_many_columns_ask_no_more_than_a_row_may_cost() -> None:
    asked: list[int] = []

    def answers(given: np.ndarray) -> np.ndarray:
        asked.append(len(given))
        return np.asarray(given.sum(axis=1))

    values = np.ones((2, 300))
    found = ask(answers, values, np.zeros((5, 300)), "permutation")
    assert found.values == pytest.approx(values)
    assert sum(asked) < 2.2 * ANSWERS
