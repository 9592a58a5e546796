"""The baseline job: files in, files out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from containers.attributions import attributions
from containers.baseline.main import SAMPLE, main
from containers.boosting import xgboost
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from core.contracts import reports, stages
from core.contracts.signature import Feature, Signature
from core.statistics.baseline import Baseline
from core.statistics.histogram import Histogram

SIGNATURE = Signature((Feature("age", "numeric"), Feature("bmi", "numeric"), Feature("sex", "categorical")), "fast")
CASES = Path(__file__).parents[1] / "core" / "cases" / "distances.json"


def train(rows: np.ndarray, labels: np.ndarray, signature: Signature = SIGNATURE, **settings: object) -> TrainedModel:
    matrix = xgboost().DMatrix(rows, labels)
    parameters = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "seed": 0, **settings}
    return TrainedModel(signature, XgboostModel(xgboost().train(parameters, matrix, 30)))


def dataset(rows: int = 600) -> Dataset:
    random = np.random.default_rng(1)
    values = np.column_stack(
        (random.integers(20, 80, rows), random.normal(26, 4, rows), random.integers(1, 3, rows))
    ).astype(float)
    values[::10, 0] = np.nan
    labels = values[:, 1] + random.normal(0, 2, rows) > 26
    return Dataset(SIGNATURE, values, labels)


def folders(tmp_path: Path, data: Dataset, model: TrainedModel) -> MlFolders:
    made = MlFolders(tmp_path)
    data.write(made.processing_input(stages.TRAIN))
    model.save(made.processing_input(stages.MODEL))
    return made


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = dataset()
    made = folders(tmp_path_factory.mktemp("ml"), data, train(data.rows, data.labels))
    assert "600 rows of 3 features" in main(made)
    return made.processing_output(stages.BASELINE)


def test_four_files_are_left_and_are_strict_json(output: Path) -> None:
    names = {reports.STATISTICS, reports.CONSTRAINTS, stages.BASELINE_FILE, reports.ANALYSIS}
    assert {file.name for file in output.iterdir()} == names
    for name in names:
        json.loads((output / name).read_text(), parse_constant=lambda value: pytest.fail(f"a file holds {value}"))


@pytest.mark.parametrize(("held", "of"), [(499, 600), (500, 500)])
def test_answers_are_those_to_rows_that_the_model_did_not_learn_from_where_there_are_enough(
    tmp_path: Path, held: int, of: int
) -> None:
    data = dataset()
    made = folders(tmp_path, data, train(data.rows, data.labels))
    dataset(held).write(made.processing_input(stages.TEST))
    main(made)
    found = Baseline.from_json((made.processing_output(stages.BASELINE) / stages.BASELINE_FILE).read_bytes())
    assert isinstance(found.predictions, Histogram)
    assert found.predictions.total == of


def test_constraints_say_what_held_in_the_training_set(output: Path) -> None:
    age, bmi, sex = json.loads((output / reports.CONSTRAINTS).read_text())["features"]
    assert (age["inferred_type"], age["completeness"]) == ("Integral", 0.9)
    assert bmi["inferred_type"] == "Fractional"
    assert sex["string_constraints"]["domains"] == ["1", "2"]


def test_what_the_model_leaned_on_is_told_in_clarifys_form(output: Path) -> None:
    data = dataset()
    told = json.loads((output / reports.ANALYSIS).read_text())["explanations"]
    found = Baseline.from_json((output / stages.BASELINE_FILE).read_bytes())
    (of,) = told["kernel_shap"].values()
    assert told["method"] == "tree_shap"
    values = of["global_shap_values"]
    total = sum(values.values())
    assert {name: value / total for name, value in values.items()} == pytest.approx(
        {feature.name: feature.share for feature in found.features}
    )
    margins = train(data.rows, data.labels).predictor.margins(data.rows)[:, 0]
    means = sum(feature.attribution_mean for feature in found.features)
    assert of["expected_value"] + means == pytest.approx(margins.mean(), abs=1e-4)


def test_the_baseline_counts_every_row_and_shares_out_all_attributions(output: Path) -> None:
    found = Baseline.from_json((output / stages.BASELINE_FILE).read_bytes())
    age, bmi, sex = found.features
    assert (found.rows, age.present, bmi.present, sex.present) == (600, 540, 600, 600)
    assert found.predictions.total == 600
    assert all(feature.attributions.total == 600 for feature in found.features)
    assert sum(feature.share for feature in found.features) == pytest.approx(1)
    assert bmi.share > 0.6
    assert isinstance(age.distribution, Histogram)
    assert (age.minimum, age.maximum) == (20, 79)


def test_attributions_of_a_large_training_set_are_those_of_a_sample(tmp_path: Path) -> None:
    data = dataset(3 * SAMPLE)
    made = folders(tmp_path, data, train(data.rows, data.labels))
    main(made)
    text = (made.processing_output(stages.BASELINE) / stages.BASELINE_FILE).read_text()
    assert Baseline.from_json(text).features[1].attributions.total == SAMPLE


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    data = dataset()
    other = Signature((Feature("age", "numeric"), Feature("bmi", "numeric"), Feature("sex", "numeric")), "fast")
    with pytest.raises(ValueError, match="different features"):
        main(folders(tmp_path, data, train(data.rows, data.labels, other)))


def test_attributions_and_the_bias_sum_to_the_log_odds() -> None:
    data = dataset()
    model = train(data.rows, data.labels)
    odds = np.log(model.probabilities(data.rows) / (1 - model.probabilities(data.rows)))
    rest = odds - attributions(model, data.rows).sum(axis=1)
    assert rest.std() < 1e-4


@pytest.mark.parametrize("case", [c for c in json.loads(CASES.read_text())["cases"] if "Shapley" in c["function"]])
def test_the_published_attributions_of_the_and_function_are_reproduced(case: dict) -> None:  # type: ignore[type-arg]
    given = case["input"]
    signature = Signature((Feature("a", "numeric"), Feature("b", "numeric")), "y")
    exact = {"objective": "reg:squarederror", "eta": 1, "lambda": 0, "min_child_weight": 0, "base_score": 0}
    matrix = xgboost().DMatrix(np.array(given["X"], float), np.array(given["target"], float))
    model = TrainedModel(signature, XgboostModel(xgboost().train({**exact, "max_depth": 2}, matrix, 1)))
    found = attributions(model, np.array([given["row"]], float))[0].tolist()
    mirrored = found[::-1] if given["row"] in ([0, 1], [1, 0]) else found
    assert case["expected"] in (
        pytest.approx(found, abs=case["tolerance"]),
        pytest.approx(mirrored, abs=case["tolerance"]),
    )


def test_a_feature_that_is_empty_in_every_row_has_a_baseline_that_it_goes_on_to_meet(tmp_path: Path) -> None:
    """A model that is trained without a source that has died, and the windows after it."""
    data = dataset()
    data.rows[:, 0] = np.nan
    made = folders(tmp_path, data, train(data.rows, data.labels))
    main(made)
    found = Baseline.from_json((made.processing_output(stages.BASELINE) / stages.BASELINE_FILE).read_text())
    assert (found.features[0].completeness, found.features[0].share) == (0, 0)
