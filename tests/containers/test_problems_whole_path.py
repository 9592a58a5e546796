"""Models of many classes and of numbers, from labelled rows to a judged window, on scikit-learn's bundled data."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits

from containers.boosting import xgboost
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from core.contracts.policy import WatchPolicy
from core.contracts.problem import MULTICLASS, QUALITY_METRICS, REGRESSION
from core.contracts.reports import ABOVE, BELOW
from core.contracts.signature import Feature, Signature
from core.diagnosis import Verdict
from tests.containers.asked import Asked, against, asked
from tests.containers.world import NAMES, Rows, bucket

pytestmark = pytest.mark.slow

PIXELS = [20, 21, 26, 28, 33, 36, 38, 42, 43, 53]
DIGITS = Signature(
    (*(Feature(f"p{at}", "numeric") for at in PIXELS), Feature("desk", "categorical")),
    "digit",
    ("desk",),
    problem=MULTICLASS,
    classes=10,
    positive=(7, 8, 9),
)
DIABETES = Signature(
    tuple(Feature(name, "numeric") for name in load_diabetes().feature_names if name != "sex"),
    "progression",
    problem=REGRESSION,
    classes=0,
    positive=(),
)
SETTINGS = {"num_round": "40", "eta": "0.2", "max_depth": "4"}


def digits() -> Rows:
    """Ten pixels, and the desk (1 to 3) at which a digit was written, which says nothing of it."""
    found = load_digits()
    desk = np.random.default_rng(7).integers(1, 4, len(found.target)).astype(float)
    return Rows(np.column_stack((found.data[:, PIXELS], desk)), found.target.astype(float))


def diabetes() -> Rows:
    found = load_diabetes()
    chosen = [found.feature_names.index(name) for name in DIABETES.names]
    return Rows((found.data[:, chosen] * 100).round(3), found.target.astype(float))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Reads digits."""
    policy = WatchPolicy(minimum_rows=100, minimum_labels=50, quality_metric="weighted_f1", segments=("desk",))
    return asked(DIGITS, digits(), policy, tmp_path_factory.mktemp("digits"), SETTINGS)


@pytest.fixture(scope="module")
def forecaster(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Tells how far diabetes will have progressed in a year."""
    policy = WatchPolicy(minimum_rows=100, minimum_labels=50, quality_metric="mae", quality_drop=0.3)
    settings = {**SETTINGS, "eta": "0.05", "num_round": "120", "max_depth": "3"}
    return asked(DIABETES, diabetes(), policy, tmp_path_factory.mktemp("diabetes"), settings)


def again(rows: Rows, seed: int, count: int = 1500) -> Rows:
    """Rows as they come in, drawn from all that there are."""
    chosen = np.random.default_rng(seed).integers(0, len(rows.labels), count)
    return Rows(rows.values[chosen].copy(), rows.labels[chosen].copy())


def file_of(one: Asked, name: str) -> dict[str, object]:
    value: dict[str, object] = json.loads(
        one.memory.objects[f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{name}"]
    )
    return value


class TestManyClasses:
    def test_a_model_that_knows_digits_is_better_than_none(self, reader: Asked) -> None:
        assert reader.evaluation.verdict == "BETTER"
        assert set(reader.evaluation.metrics) == set(QUALITY_METRICS[MULTICLASS])
        assert reader.evaluation.metrics["accuracy"] > 0.7
        assert set(reader.evaluation.groups) == {"desk=1", "desk=2", "desk=3"}

    def test_an_ordinary_window_is_healthy(self, reader: Asked) -> None:
        report, diagnosis = reader.monitored(again(digits(), seed=1), labelled=True)
        assert diagnosis.verdict == Verdict.HEALTHY, diagnosis
        assert (report.rows, report.labels, report.unreadable, report.violations) == (1500, 1500, 0, ())
        assert report.quality is not None
        assert report.quality.metric == "weighted_f1"
        assert report.quality.low < report.quality.value < report.quality.high
        assert {segment.value for segment in report.segments} == {"1", "2", "3"}
        assert sum(map(sum, report.confusion)) == 1500
        published = {name: reader.memory.metric(name) for name in QUALITY_METRICS[MULTICLASS]}
        assert published["weighted_f1"] == report.quality.value
        assert None not in published.values()

    def test_answers_in_json_are_read_as_those_in_csv(self, reader: Asked) -> None:
        rows = again(digits(), seed=2, count=300)
        in_csv, _ = reader.monitored(rows, labelled=True)
        in_json, _ = reader.monitored(rows, labelled=True, content_type="application/json")
        assert in_json == in_csv

    def test_classes_that_come_more_often_are_drift_of_the_answers(self, reader: Asked) -> None:
        rows = again(digits(), seed=3, count=4000)
        ones = np.flatnonzero(rows.labels <= 2)
        report, diagnosis = reader.monitored(Rows(rows.values[ones], rows.labels[ones]), labelled=True)
        assert report.prediction_drift > 0.15
        assert any("predicted classes moved" in said for said in diagnosis.evidence) == (report.prediction_drift >= 0.2)

    def test_another_way_of_writing_digits_is_real_drift(self, reader: Asked) -> None:
        rows = again(digits(), seed=4)
        turned = Rows(rows.values, (rows.labels + 1) % 10)
        report, diagnosis = reader.monitored(turned, labelled=True)
        assert diagnosis.verdict == Verdict.REAL_DRIFT
        (found,) = [one for one in report.violations if one.check == BELOW]
        assert found.feature == "weighted_f1"
        entries = file_of(reader, "constraint_violations.json")["violations"]
        assert isinstance(entries, list)
        assert {"metric_name": "weighted_f1", "constraint_check_type": BELOW} in [
            {name: entry[name] for name in ("metric_name", "constraint_check_type") if name in entry}
            for entry in entries
        ]
        block = file_of(reader, "statistics.json")["multiclass_classification_metrics"]
        assert isinstance(block, dict)
        assert sum(block["confusion_matrix"]["0"].values()) == int((turned.labels == 0).sum())
        constraints = file_of(reader, "constraints.json")["multiclass_classification_constraints"]
        assert isinstance(constraints, dict)
        assert constraints["weighted_f1"]["comparison_operator"] == BELOW

    def test_a_pixel_that_stops_arriving_is_an_upstream_fault(self, reader: Asked) -> None:
        rows = again(digits(), seed=5)
        rows.values[:, 0] = np.nan
        _, diagnosis = reader.monitored(rows, labelled=False)
        assert diagnosis.verdict == Verdict.UPSTREAM_FAULT

    def test_fairness_counts_the_classes_that_are_good(self, reader: Asked) -> None:
        rows = again(digits(), seed=6)
        report, _ = reader.monitored(rows, labelled=True)
        (measured,) = [one for one in report.bias if (one.group, one.metric) == ("1", "DPL")]
        good = np.isin(rows.labels, (7, 8, 9))
        mine = rows.values[:, -1] == 1
        assert measured.value == pytest.approx(good[~mine].mean() - good[mine].mean())
        told = {
            dimension["Value"]
            for _, datum in reader.memory.published
            for dimension in datum["Dimensions"]
            if dimension["Name"] == "LabelValue"
        }
        assert told == {"7,8,9"}

    def test_attributions_are_those_of_the_answered_class(self, reader: Asked) -> None:
        reader.monitored(again(digits(), seed=1, count=300), labelled=False)
        analysis = file_of(reader, "analysis.json")["explanations"]
        assert isinstance(analysis, dict)
        assert set(analysis["kernel_shap"]["digit"]["global_shap_values"]) == set(DIGITS.names)

    def test_a_weaker_model_does_not_pass_the_gate(self, reader: Asked) -> None:
        rows = digits()
        settings = {"objective": "multi:softprob", "num_class": 10, "max_depth": 6, "eta": 0.3, "nthread": 1}
        strong = TrainedModel(
            DIGITS, XgboostModel(xgboost().train(settings, xgboost().DMatrix(rows.values, rows.labels), 60))
        )
        assert against(reader, strong).verdict == "WORSE"
        assert against(reader, reader.model).verdict == "INCONCLUSIVE"


class TestNumbers:
    def test_a_model_that_knows_patients_is_better_than_their_median(self, forecaster: Asked) -> None:
        found = forecaster.evaluation
        assert found.verdict == "BETTER"
        assert found.low > 0, "an error that is smaller is better"
        assert set(found.metrics) == set(QUALITY_METRICS[REGRESSION])

    def test_an_ordinary_window_is_healthy(self, forecaster: Asked) -> None:
        report, diagnosis = forecaster.monitored(again(diabetes(), seed=1, count=600), labelled=True)
        assert diagnosis.verdict == Verdict.HEALTHY, diagnosis
        assert report.quality is not None
        assert report.quality.low < report.quality.value < report.quality.high
        assert report.problem == REGRESSION
        assert {name for name in QUALITY_METRICS[REGRESSION] if forecaster.memory.metric(name) is not None} == set(
            QUALITY_METRICS[REGRESSION]
        )

    def test_answers_in_json_are_read_as_those_in_csv(self, forecaster: Asked) -> None:
        rows = again(diabetes(), seed=2, count=300)
        in_csv, _ = forecaster.monitored(rows, labelled=True)
        in_json, _ = forecaster.monitored(rows, labelled=True, content_type="application/json")
        assert in_json == in_csv

    def test_an_error_that_grows_is_a_loss_of_quality(self, forecaster: Asked) -> None:
        rows = again(diabetes(), seed=3, count=600)
        report, diagnosis = forecaster.monitored(Rows(rows.values, 350 - rows.labels), labelled=True)
        assert diagnosis.verdict == Verdict.REAL_DRIFT
        assert report.quality is not None
        assert report.quality.value > report.quality.baseline
        assert report.quality.loss > 0.3
        (found,) = [one for one in report.violations if one.check == ABOVE]
        assert found.feature == "mae"
        drop = forecaster.memory.metric("quality_drop")
        assert drop == pytest.approx(report.quality.loss / 0.3)
        assert any("a growth by 30% is allowed" in said for said in diagnosis.evidence)

    def test_patients_of_another_kind_are_seen_in_inputs_attributions_and_answers(self, forecaster: Asked) -> None:
        rows = again(diabetes(), seed=4, count=600)
        moved = ["bmi", "bp", "s5"]
        rows.values[:, [DIABETES.names.index(name) for name in moved]] += 8
        report, diagnosis = forecaster.monitored(rows, labelled=False)
        assert {feature.name for feature in report.features if feature.drift >= feature.threshold} == set(moved)
        assert report.prediction_drift > 0.2
        assert any("The scores moved" in said for said in diagnosis.evidence)
        assert max(report.features, key=lambda feature: feature.attribution_drift).name in moved

    def test_a_score_less_its_attributions_is_what_is_expected_of_every_row(self, forecaster: Asked) -> None:
        forecaster.monitored(again(diabetes(), seed=1, count=300), labelled=False)
        analysis = file_of(forecaster, "analysis.json")["explanations"]
        assert isinstance(analysis, dict)
        assert 100 < analysis["kernel_shap"]["progression"]["expected_value"] < 200

    def test_a_champion_that_answers_another_question_is_left_to_a_person(
        self, forecaster: Asked, reader: Asked
    ) -> None:
        found = against(forecaster, reader.model)
        assert (found.verdict, "it answers multiclass of 10 classes" in found.reason) == ("INCONCLUSIVE", True)
