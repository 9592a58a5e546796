"""The gate: challenger against champion on the same rows."""

from __future__ import annotations

import json
import math
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.gates.champion.main import CHAMPION, evaluate, main
from containers.model import TrainedModel
from core.contracts import stages
from core.contracts.evaluation import FILE, REASON_PATH, VERDICT_PATH, Evaluation
from core.contracts.signature import Feature, Signature
from core.gates.champion import LEAST_OF_A_LABEL, LEAST_ROWS, judge
from core.statistics.paired import Answers
from core.statistics.quality import METRICS
from tests.containers import making


def verdict(metric: str, labels: np.ndarray, challenger: np.ndarray, champion: np.ndarray | None) -> str:
    """Of scores whose threshold is one half."""
    answers = [None if scores is None else Answers(scores >= 0.5, scores) for scores in (challenger, champion)]
    assert answers[0] is not None
    return judge(metric, labels, answers[0], answers[1], {}).verdict


@pytest.fixture
def stage(folders: MlFolders, good_model: TrainedModel) -> MlFolders:
    """The inputs of the pipeline's gate, without a champion."""
    making.dataset(200, seed=5).write(folders.processing_input(stages.TEST))
    making.archive(good_model, folders.processing_input(stages.MODEL))
    return folders


def written(folders: MlFolders) -> Evaluation:
    return Evaluation.from_json((folders.processing_output(stages.EVALUATION) / FILE).read_bytes())


def test_a_first_model_is_better_than_no_model(stage: MlFolders) -> None:
    message = main(stage, "accuracy")
    found = written(stage)
    assert found.verdict == "BETTER"
    assert found.champion is None
    assert found.low > 0
    assert message == f"BETTER: {found.reason}"
    assert "best answer without a model" in found.reason


def test_after_a_drift_the_retrained_model_is_better_than_the_one_in_service(
    stage: MlFolders, good_model: TrainedModel
) -> None:
    making.dataset(60, seed=8, turned=True).write(stage.processing_input(stages.TEST))
    making.archive(making.model(making.dataset(280, seed=7, turned=True)), stage.processing_input(stages.MODEL))
    making.archive(good_model, stage.processing_input(CHAMPION))
    main(stage, "accuracy")
    found = written(stage)
    assert found.verdict == "BETTER"
    assert found.champion is not None
    assert found.champion < 0.3 < 0.7 < found.challenger
    assert found.rows == 60


def test_a_model_of_the_time_before_the_drift_is_worse(stage: MlFolders) -> None:
    making.dataset(200, seed=8, turned=True).write(stage.processing_input(stages.TEST))
    making.archive(making.model(making.dataset(280, seed=7, turned=True)), stage.processing_input(CHAMPION))
    main(stage, "accuracy")
    assert written(stage).verdict == "WORSE"


def test_the_pipeline_finds_verdict_and_reason_in_plain_json(stage: MlFolders) -> None:
    main(stage, "auc")
    text = (stage.processing_output(stages.EVALUATION) / FILE).read_text()
    value = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert value[VERDICT_PATH] == "BETTER"
    assert isinstance(value[REASON_PATH], str)


def test_every_metric_is_reported_overall_and_for_each_sensitive_value(stage: MlFolders) -> None:
    main(stage, "accuracy")
    found = written(stage)
    assert set(found.metrics) == set(METRICS)
    assert set(found.groups) == {"site=0", "site=1", "site=2"}
    assert sum(group["rows"] for group in found.groups.values()) == found.rows
    weighted = sum(group["rows"] * group["accuracy"] for group in found.groups.values()) / found.rows
    assert weighted == pytest.approx(found.metrics["accuracy"])


def test_rows_without_the_sensitive_value_are_a_group_of_their_own(good_model: TrainedModel) -> None:
    test = making.dataset(100)
    test.rows[:7, 2] = np.nan
    assert evaluate("accuracy", test, good_model, None).groups["site=missing"]["rows"] == 7


def test_a_champion_with_fewer_features_answers_the_same_rows(good_model: TrainedModel) -> None:
    data = making.dataset(600, seed=1)
    narrow = Signature((Feature("age", "numeric"),), "ill")
    weak = making.model(Dataset(narrow, data.rows[:, 1:2].copy(), data.labels))
    assert evaluate("accuracy", making.dataset(300, seed=2), good_model, weak).verdict == "BETTER"


def test_a_champion_that_cannot_answer_the_rows_is_for_a_person_to_decide(good_model: TrainedModel) -> None:
    data = making.dataset(100)
    renamed = Signature((Feature("weight", "numeric"),), "ill")
    other = making.model(Dataset(renamed, data.rows[:, 1:2].copy(), data.labels))
    found = evaluate("accuracy", data, good_model, other)
    assert found.verdict == "INCONCLUSIVE"
    assert "has no weight" in found.reason


@pytest.mark.parametrize("metric", METRICS)
def test_few_rows_or_few_of_one_label_prove_nothing(metric: str) -> None:
    labels = np.arange(LEAST_ROWS - 1) % 2 == 0
    assert verdict(metric, labels, labels.astype(float), 1.0 - labels) == "INCONCLUSIVE"
    rare = np.arange(500) < LEAST_OF_A_LABEL - 1
    assert verdict(metric, rare, rare.astype(float), 1.0 - rare) == "INCONCLUSIVE"
    none = np.zeros(0, bool)
    assert verdict(metric, none, none.astype(float), None) == "INCONCLUSIVE"


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("whose", ["challenger", "champion"])
def test_a_model_that_answers_nan_is_never_the_better_one(metric: str, whose: str) -> None:
    labels = np.arange(200) % 2 == 0
    perfect, broken = labels.astype(float), np.where(np.arange(200) == 3, np.nan, labels)
    pair = (broken, 1.0 - labels) if whose == "challenger" else (perfect, broken)
    assert verdict(metric, labels, *pair) == "INCONCLUSIVE"


scores = st.lists(st.floats(0, 1, width=32), min_size=40, max_size=120)


@given(st.sampled_from(METRICS), scores, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_model_is_never_better_than_itself(metric: str, values: list[float], random: object) -> None:
    challenger = np.array(values)
    labels = np.random.default_rng(len(values)).random(len(values)) < 0.5
    assert verdict(metric, labels, challenger, challenger.copy()) == "INCONCLUSIVE"


@given(st.sampled_from(METRICS), scores, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_better_means_a_higher_value_and_worse_is_its_mirror(metric: str, values: list[float], seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.random(len(values)) < 0.5
    challenger, champion = np.array(values), random.random(len(values))
    one = Answers(challenger >= 0.5, challenger)
    two = Answers(champion >= 0.5, champion)
    forth, back = judge(metric, labels, one, two, {}), judge(metric, labels, two, one, {})
    if forth.verdict == "BETTER":
        assert forth.champion is not None
        assert forth.challenger > forth.champion
        assert back.verdict == "WORSE"
    assert not (forth.verdict == back.verdict == "BETTER")
    assert all(math.isfinite(bound) for bound in (forth.low, forth.high))


@pytest.mark.parametrize("metric", METRICS)
def test_a_model_that_guesses_hardly_ever_passes(metric: str) -> None:
    """Two models of the same worth: at most 2.5 % may pass by chance, and a little for the count of trials."""
    passed = 0
    for seed in range(120):
        random = np.random.default_rng(seed)
        labels = random.random(80) < 0.5
        truth = labels + random.normal(scale=1.0, size=80)
        first, second = (truth + random.normal(scale=0.5, size=80) for _ in range(2))
        passed += verdict(metric, labels, first, second) == "BETTER"
    assert passed / 120 <= 0.07


def test_as_many_rows_tell_a_clear_loss_from_chance_as_the_rule_says() -> None:
    """0.25 of accuracy on 45 rows is BETTER more often than not; so is 0.15 on 90."""
    for rows, gain in ((45, 0.25), (90, 0.15)):
        better = 0
        for seed in range(200):
            random = np.random.default_rng(seed)
            labels = random.random(rows) < 0.5
            good, bad = (random.random(rows) < share for share in (0.8, 0.8 - gain))
            better += verdict("accuracy", labels, (labels == good) * 1.0, (labels == bad) * 1.0) == "BETTER"
        assert better > 100


def test_an_unknown_metric_is_refused_with_the_known_ones(good_model: TrainedModel) -> None:
    with pytest.raises(ValueError, match="'mse'; it is for accuracy, auc, f1, precision, recall"):
        evaluate("mse", making.dataset(100), good_model, None)


def test_an_archive_without_a_model_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz"):
        pass
    with pytest.raises(ValueError, match=r"holds no model \(accepted is one of .*\) and no signature\.json"):
        TrainedModel.load(tmp_path)
