"""Explanations on demand: what a request asks for, what it is told, and that the monitor still reads the answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.boosting import xgboost
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from containers.monitor.capture import LARGE, Span, batches
from containers.payload import CSV, JSON
from containers.serve.answers import Answer
from containers.serve.app import App
from containers.serve.main import Settings
from core.attribution.tree_shap import tree_shap
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.explaining import Method
from core.contracts.explanations import BY, ROWS
from core.contracts.images import BASE_DIR, HOST, PORT
from core.contracts.problem import Problem
from core.contracts.signature import Signature
from tests.containers import making, many_frameworks
from tests.containers.test_serve import ROOT, ask, free_port, wait_for

EVERY = "`true`"
NAMES = ["dose", "age", "site"]


@pytest.fixture(scope="module")
def app(good_model: TrainedModel) -> App:
    return App(good_model, max_payload_mb=1, threads=1, explained_rows=5)


def asked(app: App, body: bytes, expression: str = EVERY, content_type: str = CSV, accept: str = "") -> Answer:
    headers = {"accept": accept} if accept else {}
    return ask(
        app,
        "POST",
        "/invocations",
        body,
        content_type=content_type,
        x_amzn_sagemaker_enable_explanations=expression,
        **headers,
    )


def lines(rows: np.ndarray) -> bytes:
    return "\n".join(",".join(map(repr, row)) for row in rows.tolist()).encode()


def test_who_does_not_ask_is_answered_as_ever(app: App) -> None:
    plain = ask(app, "POST", "/invocations", b"0.5,-1.2,1", content_type=CSV)
    traced = ask(
        app, "POST", "/invocations", b"0.5,-1.2,1", content_type=CSV, x_amzn_sagemaker_custom_attributes="trace=7"
    )
    assert plain == traced
    assert plain.content_type == CSV


def test_who_asks_gets_the_same_predictions_in_the_form_of_online_explainability(app: App) -> None:
    body = b"0.5,-1.2,1\n0.1,,2\n"
    plain = ask(app, "POST", "/invocations", body, content_type=CSV)
    found = asked(app, body)
    assert (found.status, found.content_type) == (200, JSON)
    told = json.loads(found.body)
    assert list(told) == ["version", "predictions", "label_headers", "explanations"]
    assert (told["version"], told["label_headers"]) == ("1.0", ["ill"])
    assert told["predictions"] == {"content_type": CSV, "data": plain.body.decode()}
    shap = told["explanations"]["kernel_shap"]
    assert [[feature["feature_header"] for feature in row] for row in shap] == [NAMES, NAMES]
    assert all([len(one["attribution"]) for one in feature["attributions"]] == [1] for row in shap for feature in row)


def test_the_predictions_keep_the_form_that_was_accepted(app: App) -> None:
    told = json.loads(asked(app, b'{"instances":[[1,2,0]]}', content_type=JSON).body)
    assert told["predictions"]["content_type"] == JSON
    assert len(json.loads(told["predictions"]["data"])["predictions"]) == 1


def test_custom_attributes_ask_as_the_header_does(app: App) -> None:
    custom = ask(
        app,
        "POST",
        "/invocations",
        b"0.5,-1.2,1",
        content_type=CSV,
        x_amzn_sagemaker_custom_attributes="trace=7; Enable-Explanations=`true`",
    )
    assert custom == asked(app, b"0.5,-1.2,1")


def test_an_expression_of_the_prediction_says_which_rows_are_explained(app: App) -> None:
    rows = making.rows(40, seed=3)
    shown = App(app._model, 1, 1, explained_rows=40)  # as many as there are
    told = json.loads(asked(shown, lines(rows), "[1] > `0.9`").body)
    sure = [float(line.split(",")[1]) > 0.9 for line in told["predictions"]["data"].splitlines()]
    assert 0 < sum(sure) < 40
    assert [row is not None for row in told["explanations"]["kernel_shap"]] == sure
    as_json = asked(shown, lines(rows), "probability > `0.9`", accept=JSON)
    assert json.loads(as_json.body)["explanations"] == told["explanations"]


def test_an_expression_that_is_true_of_no_row_explains_none(app: App) -> None:
    assert json.loads(asked(app, b"0.5,-1.2,1", "`false`").body)["explanations"] == {}


@given(
    st.lists(
        st.tuples(st.floats(-5, 5), st.one_of(st.floats(-5, 5), st.just(float("nan"))), st.integers(0, 3)),
        min_size=1,
        max_size=5,
    )
)
@settings(deadline=None)
def test_attributions_and_expected_value_add_up_to_the_log_odds_that_are_answered(
    good_model: TrainedModel, drawn: list[tuple[float, float, int]]
) -> None:
    rows = np.array(drawn, float)
    body = "\n".join(",".join("" if np.isnan(cell) else repr(cell) for cell in row) for row in rows.tolist()).encode()
    told = json.loads(asked(App(good_model, 1, 1, explained_rows=5), body).body)
    explanations = told["explanations"]
    answered = [float(line.split(",")[1]) for line in told["predictions"]["data"].splitlines()]
    for probability, row in zip(answered, explanations["kernel_shap"], strict=True):
        total = sum(feature["attributions"][0]["attribution"][0] for feature in row) + explanations["expected_value"][0]
        assert 1 / (1 + np.exp(-total)) == pytest.approx(probability, abs=1e-5)


def test_they_are_the_exact_shapley_values_of_the_kernel_that_the_monitor_uses(
    app: App, good_model: TrainedModel
) -> None:
    rows = making.rows(5, seed=8)
    explanations = json.loads(asked(app, lines(rows)).body)["explanations"]
    ensemble = good_model.predictor.ensemble()
    told = [[feature["attributions"][0]["attribution"][0] for feature in row] for row in explanations["kernel_shap"]]
    np.testing.assert_allclose(told, tree_shap(ensemble, rows)[:, 0], atol=1e-5)
    np.testing.assert_allclose(explanations["expected_value"], ensemble.expected(), atol=1e-5)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("true", "'true' is null for a prediction, not true or false; `true` in backquotes explains every one"),
        ("[1]", "for a prediction, not true or false"),
        ("[1] >", "is not a JMESPath expression of the predictions"),
        ("nothing(@)", "is not a JMESPath expression of the predictions"),
        ("abs('x')", "is not a JMESPath expression of the predictions"),
        ("", "the expression has 0 characters; accepted are 1 to 64"),
        ("`true` " * 10, "characters; accepted are 1 to 64"),
    ],
)
def test_what_is_no_expression_is_refused_with_a_sentence(app: App, expression: str, sentence: str) -> None:
    found = asked(app, b"0.5,-1.2,1", expression)
    assert found.status == 400
    assert sentence in found.body.decode()
    assert "\n" not in found.body.decode()


PIECES = ["`true`", "`0`", "`[]`", "`{}`", "@", "&", "[1]", "[]", "[::0]", "[?a]", "*", ".", ".*", "'x'", "a", "-1"]
SIGNS = ["|", "||", "&&", "!", "<", "==", ">", "(", ")", ",", "abs(", "sum(", "sort_by(", "max_by("]


@given(
    st.one_of(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=64),
        st.lists(st.sampled_from(PIECES + SIGNS), max_size=8).map("".join),
    )
)
@settings(deadline=None)
def test_no_expression_breaks_the_server(good_model: TrainedModel, expression: str) -> None:
    assert asked(App(good_model, 1, 1), b"0.5,-1.2,1", expression).status in (200, 400)


def test_more_rows_than_are_explained_are_refused_and_fewer_chosen_ones_are_not(app: App) -> None:
    rows = lines(making.rows(6, seed=1))
    found = asked(app, rows)
    assert (found.status, found.body) == (400, b"6 rows are to be explained; accepted are at most 5 a request")
    assert asked(app, rows, "[1] > `2`").status == 200


def test_a_model_that_explains_nothing_says_so(good_model: TrainedModel) -> None:
    found = asked(App(good_model, 1, 1, explained_rows=0), b"0.5,-1.2,1")
    assert (found.status, b"serving.explanations" in found.body) == (400, True)


@pytest.mark.parametrize(("body", "kind", "status"), [(b"1,2", CSV, 400), (b"1,2,3", "text/html", 415)])
def test_a_body_that_gets_no_answer_gets_no_explanation_either(app: App, body: bytes, kind: str, status: int) -> None:
    plain = ask(app, "POST", "/invocations", body, content_type=kind)
    assert plain.status == status
    assert asked(app, body, content_type=kind) == plain


def test_the_number_of_rows_comes_from_the_environment() -> None:
    assert Settings.read({}).explained_rows == 100
    assert Settings.read({ROWS: "0"}).explained_rows == 0
    with pytest.raises(ValueError, match="accepted is a whole number from 0 to 1000"):
        Settings.read({ROWS: "1001"})


def test_the_method_comes_from_the_environment() -> None:
    assert Settings.read({}).explained_by == "permutation"
    assert Settings.read({BY: "lime"}).explained_by == "lime"
    with pytest.raises(
        ValueError, match="HOMEOSTAT_EXPLAINED_BY is 'best'; accepted is one of permutation, kernel_shap"
    ):
        Settings.read({BY: "best"})


@pytest.mark.parametrize(
    ("framework", "by", "method", "scale"),
    [
        ("lightgbm", "lime", "tree_shap", "margin"),
        ("onnx", "lime", "lime", "log_odds"),
        ("onnx", "permutation", "permutation", "log_odds"),
    ],
)
def test_the_answer_says_how_it_was_explained_and_in_which_scale(
    framework: str, by: Method, method: str, scale: str
) -> None:
    app = App(many_frameworks.model(framework, "binary"), 1, 1, explained_rows=5, explained_by=by)
    told = json.loads(asked(app, b"1,2,3,1").body)["explanations"]
    assert (told["method"], told["scale"]) == (method, scale)
    assert len(told["kernel_shap"][0]) == 4


def test_a_server_that_nobody_asks_imports_nothing_for_it() -> None:
    code = (
        "import sys, containers.serve.main; print([m for m in sys.modules if 'jmespath' in m or 'contributions' in m])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


START = datetime(2026, 11, 20, 8, tzinfo=UTC)
SPAN = Span(START, START + timedelta(hours=1), START)


def captured(app: App, number: int, row: bytes, explained: bool, encoding: str = "JSON") -> bytes:
    found = asked(app, row) if explained else ask(app, "POST", "/invocations", row, content_type=CSV)
    data = found.body.decode()
    response = Payload(data, encoding if explained else "CSV", found.content_type)
    return CapturedRequest(f"event-{number}", START, Payload(row.decode(), "CSV", CSV), response).line().encode()


@pytest.mark.parametrize("large", [False, True])
def test_the_monitor_reads_explained_answers_as_it_reads_others(app: App, large: bool) -> None:
    """By the plain reader, and by the compiled one, which leaves such lines to it."""
    rows = making.rows(30, seed=4)
    bodies = [lines(row[np.newaxis]) for row in rows]
    mixed = [captured(app, at, body, explained=at % 3 == 0) for at, body in enumerate(bodies)]
    block = b"\n".join(mixed)
    if large:
        block += b"\n" + b"\n".join(
            captured(app, 100 + at, bodies[0], explained=False) for at in range(LARGE // len(mixed[1]) + 1)
        )
        assert len(block) >= LARGE
    found = list(batches([block], SPAN, width=3))
    assert sum(batch.shape.unreadable + batch.shape.unanswered for batch in found) == 0
    probabilities = np.concatenate([batch.answers for batch in found])
    assert len(probabilities) == block.count(b"\n") + 1
    assert not np.isnan(probabilities).any()
    expected = [float(x) for x in app._model.probabilities(rows)]
    assert set(np.float32(expected)) <= set(probabilities.astype(np.float32))


def test_an_explained_answer_that_lost_its_predictions_is_unanswered(app: App) -> None:
    line = json.loads(captured(app, 1, b"0.5,-1.2,1", explained=True))
    broken = json.loads(line["captureData"]["endpointOutput"]["data"])
    broken["predictions"] = {"content_type": CSV}
    line["captureData"]["endpointOutput"]["data"] = json.dumps(broken)
    (found,) = batches([json.dumps(line).encode()], SPAN, width=3)
    assert (found.shape.rows, found.shape.unanswered) == (1, 1)


def of_problem(problem: Problem, parameters: dict[str, object]) -> App:
    """Three classes, or a number, of the same features."""
    data = making.dataset(400, seed=5)
    labels = np.digitize(data.rows[:, 0], (-0.5, 0.5)) if problem == "multiclass" else data.rows[:, 0] * 3
    classes = 3 if problem == "multiclass" else 0
    signature = Signature(data.signature.features, "ill", problem=problem, classes=classes, positive=())
    booster = xgboost().train({"max_depth": 3, "nthread": 1, **parameters}, xgboost().DMatrix(data.rows, labels), 12)
    return App(TrainedModel(signature, XgboostModel(booster)), 1, 1, explained_rows=5)


def totals(told: dict[str, Any]) -> np.ndarray:
    """[rows, outputs]: what expected value and attributions add up to."""
    shap = told["explanations"]["kernel_shap"]
    values = np.array([[feature["attributions"][0]["attribution"] for feature in row] for row in shap])
    return values.sum(axis=1) + told["explanations"]["expected_value"]


def test_every_class_has_its_own_attributions_and_their_sums_make_its_probability() -> None:
    app = of_problem("multiclass", {"objective": "multi:softprob", "num_class": 3})
    told = json.loads(asked(app, lines(making.rows(4, seed=6))).body)
    assert told["label_headers"] == ["ill=0", "ill=1", "ill=2"]
    margins = np.exp(totals(told))
    answered = [[float(cell) for cell in line.split(",")[1:]] for line in told["predictions"]["data"].splitlines()]
    np.testing.assert_allclose(margins / margins.sum(axis=1, keepdims=True), answered, atol=1e-5)


def test_attributions_of_a_regression_add_up_to_its_score() -> None:
    app = of_problem("regression", {"objective": "reg:squarederror"})
    told = json.loads(asked(app, lines(making.rows(4, seed=6))).body)
    answered = [float(line) for line in told["predictions"]["data"].splitlines()]
    np.testing.assert_allclose(totals(told)[:, 0], answered, atol=1e-4)
    assert told["label_headers"] == ["ill"]


@pytest.mark.slow
def test_the_process_explains_to_many_at_a_time_what_it_explains_to_one(folders: MlFolders, app: App) -> None:
    app._model.save(folders.model)
    port = free_port()
    variables = {**os.environ, BASE_DIR: str(folders.root), PORT: str(port), HOST: "127.0.0.1", ROWS: "5"}
    bodies = [lines(making.rows(5, seed=seed)) for seed in range(40)]

    def post(body: bytes) -> bytes:
        headers = {"Content-Type": CSV, "X-Amzn-SageMaker-Enable-Explanations": EVERY}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, headers)
        with urllib.request.urlopen(request, timeout=300) as response:
            assert response.headers["Content-Type"] == JSON
            return bytes(response.read())

    process = subprocess.Popen([sys.executable, "-m", "containers.serve", "serve"], cwd=ROOT, env=variables)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        with ThreadPoolExecutor(8) as callers:
            found = list(callers.map(post, bodies))
    finally:
        process.kill()
        process.wait()
    assert found == [asked(app, body).body for body in bodies]
