"""Labels, answers and captured answers of models of many classes and of numbers, piece by piece."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.attributions import LARGE, attributions
from containers.boosting import xgboost
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from containers.monitor.batch import Batch
from containers.monitor.capture import Span, _Reader
from containers.monitor.payloads import Unreadable, answers
from containers.monitor.scanner import scan
from containers.prepare.main import LABELLED, LINEAGE, REJECTS
from containers.prepare.main import main as prepare
from containers.prepare.selection import Selection
from containers.serve.answers import answer
from containers.targets import read_label
from containers.train.main import main as train
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.problem import MULTICLASS, REGRESSION, Target
from core.contracts.signature import Feature, Signature
from core.contracts.stages import TRAIN, VALIDATION
from core.contracts.training import metrics_of

FEATURES = (Feature("a", "numeric"), Feature("b", "numeric"))
KINDS = Signature(FEATURES, "y", problem=MULTICLASS, classes=3, positive=())
NUMBER = Signature(FEATURES, "y", problem=REGRESSION, classes=0, positive=())
BOTH = pytest.mark.parametrize("signature", [KINDS, NUMBER], ids=["multiclass", "regression"])
ALL = Selection(labelled=True, start=None)
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
SPAN = Span(START, START + timedelta(hours=1), START)


def rows(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 2)).round(4)


def labels(signature: Signature, values: np.ndarray) -> np.ndarray:
    sums = values.sum(axis=1)
    return np.digitize(sums, [-0.7, 0.7]) if signature.problem == MULTICLASS else (10 * sums).round(3)


def data(signature: Signature, count: int, seed: int = 0) -> Dataset:
    values = rows(count, seed)
    return Dataset(signature, values, labels(signature, values))


def model(signature: Signature, rounds: int = 10) -> TrainedModel:
    found = data(signature, 400)
    told = {"objective": "reg:squarederror"}
    if signature.problem == MULTICLASS:
        told = {"objective": "multi:softprob", "num_class": "3"}
    matrix = xgboost().DMatrix(found.rows, found.labels)
    return TrainedModel(
        signature, XgboostModel(xgboost().train({**told, "max_depth": 3, "nthread": 1}, matrix, rounds))
    )


def write_csv(folders: MlFolders, lines: list[str]) -> None:
    folder = folders.processing_input(LABELLED)
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("\n".join(["y,a,b", *lines]) + "\n")


def lines(signature: Signature, count: int = 400) -> list[str]:
    found = data(signature, count)
    return [f"{label},{row[0]},{row[1]}" for label, row in zip(found.labels.tolist(), found.rows.tolist(), strict=True)]


class TestLabels:
    @pytest.mark.parametrize("text", ["", "nan", "3", "-1", "1.5", "two", "1e400", "true"])
    def test_what_is_no_class_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="'"):
            read_label(KINDS.target, text)

    @pytest.mark.parametrize("text", ["", "nan", "inf", "1e39", "many"])
    def test_what_is_no_finite_number_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="'"):
            read_label(NUMBER.target, text)

    @BOTH
    def test_a_data_set_is_read_as_it_was_written(self, signature: Signature, tmp_path: Path) -> None:
        made = data(signature, 50)
        made.write(tmp_path)
        found = Dataset.read(tmp_path)
        assert found.labels.tolist() == made.labels.tolist()
        assert found.labels.dtype == made.labels.dtype
        assert found.signature == signature

    def test_a_class_that_there_is_not_makes_a_data_set_unreadable(self, tmp_path: Path) -> None:
        Dataset(KINDS, rows(3), np.array([0, 1, 3])).write(tmp_path)
        with pytest.raises(ValueError, match="labels other than a whole number from 0 to 2"):
            Dataset.read(tmp_path)


class TestPreparing:
    @BOTH
    def test_bad_labels_are_told_with_what_is_accepted(self, signature: Signature, folders: MlFolders) -> None:
        write_csv(folders, [*lines(signature), "bad,1,2"])
        prepare(folders, signature, ALL, {})
        (reject,) = map(json.loads, (folders.processing_output(TRAIN) / REJECTS).read_text().splitlines())
        assert "y 'bad'" in reject["found"]
        assert signature.target.labels in reject["accepted"]

    def test_a_class_that_never_occurs_is_named(self, folders: MlFolders) -> None:
        write_csv(folders, [line.replace("2,", "1,", 1) if line.startswith("2,") else line for line in lines(KINDS)])
        with pytest.raises(ValueError, match="none have the label 2; rows of all 3 classes are needed"):
            prepare(folders, KINDS, ALL, {})

    def test_labels_that_are_all_equal_teach_nothing(self, folders: MlFolders) -> None:
        write_csv(folders, [f"7.5,{number},1" for number in range(300)])
        with pytest.raises(ValueError, match="1 different labels are found; at least 2 are needed"):
            prepare(folders, NUMBER, ALL, {})

    @pytest.mark.parametrize(("signature", "told"), [(KINDS, {"classes"}), (NUMBER, {"mean", "deviation"})])
    def test_the_lineage_says_what_the_labels_are_like(
        self, signature: Signature, told: set[str], folders: MlFolders
    ) -> None:
        write_csv(folders, lines(signature))
        prepare(folders, signature, ALL, {})
        sets = json.loads((folders.processing_output(TRAIN) / LINEAGE).read_text())["sets"]
        assert all(found.keys() == {"rows", *told} for found in sets.values())


class TestTraining:
    @BOTH
    def test_a_model_learns_and_prints_what_sagemaker_looks_for(
        self, signature: Signature, folders: MlFolders, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, seed in ((TRAIN, 1), (VALIDATION, 2)):
            data(signature, 300, seed).write(folders.channel(name))
        train(folders)
        trained, unseen = TrainedModel.load(folders.model), data(signature, 300, 3)
        error = np.abs(trained.answered(unseen.rows) - unseen.labels).mean()
        assert error < np.abs(unseen.labels - np.median(unseen.labels)).mean() / 2
        printed = capsys.readouterr().out
        assert all(f"{name}=" in printed for name in metrics_of(signature.problem))

    def test_a_weight_of_two_classes_is_refused_where_there_are_not_two(self, folders: MlFolders) -> None:
        for name in (TRAIN, VALIDATION):
            data(KINDS, 300).write(folders.channel(name))
        folders.hyperparameters.parent.mkdir(parents=True)
        folders.hyperparameters.write_text('{"scale_pos_weight": "2"}')
        with pytest.raises(ValueError, match="scale_pos_weight is of a binary problem"):
            train(folders)

    def test_a_booster_of_another_problem_is_no_model(self, tmp_path: Path) -> None:
        TrainedModel(NUMBER, model(KINDS).predictor).save(tmp_path)
        with pytest.raises(ValueError, match=r"numbers of shape \(1, 3\) to one row, its signature says \(1,\)"):
            TrainedModel.load(tmp_path)


class TestAnswering:
    def test_a_row_is_answered_with_its_class_and_the_probability_of_each(self) -> None:
        trained, values = model(KINDS), rows(5, seed=4)
        body = "\n".join(",".join(map(repr, row)) for row in values.tolist()).encode()
        found = [line.split(",") for line in answer(trained, body, "text/csv", "").body.decode().splitlines()]
        expected = trained.probabilities(values)
        assert [int(line[0]) for line in found] == expected.argmax(axis=1).tolist()
        assert np.array([line[1:] for line in found], np.float32).tolist() == expected.tolist()
        objects = json.loads(answer(trained, body, "text/csv", "application/json").body)["predictions"]
        assert [[str(one["predicted_label"]), *map(str, one["probabilities"])] for one in objects] == [
            [line[0], *(str(float(cell)) for cell in line[1:])] for line in found
        ]

    def test_a_row_is_answered_with_its_score(self) -> None:
        trained, values = model(NUMBER), rows(5, seed=4)
        body = "\n".join(",".join(map(repr, row)) for row in values.tolist()).encode()
        found = answer(trained, body, "text/csv", "").body.decode().splitlines()
        assert np.array(found, np.float32).tolist() == trained.probabilities(values).tolist()
        objects = json.loads(answer(trained, body, "text/csv", "application/json").body)["predictions"]
        assert objects == [{"score": float(line)} for line in found]


class TestExplaining:
    @BOTH
    def test_the_kernel_says_what_xgboost_says(self, signature: Signature) -> None:
        trained, values = model(signature, rounds=12), rows(400, seed=5)
        few = np.vstack([attributions(trained, values[at : at + 1]) for at in range(20)])
        many = np.tile(values, (LARGE // (400 * 12) + 1, 1))
        assert attributions(trained, many)[:20] == pytest.approx(few, abs=1e-4)

    def test_a_row_is_explained_by_what_made_its_class_win(self) -> None:
        trained, values = model(KINDS), rows(50, seed=6)
        whole = trained.predictor.booster.predict(xgboost().DMatrix(values), pred_contribs=True)
        margins = trained.predictor.booster.predict(xgboost().DMatrix(values), output_margin=True)
        assert whole.sum(axis=2) == pytest.approx(margins, abs=1e-4)
        chosen = margins.argmax(axis=1)
        assert attributions(trained, values) == pytest.approx(whole[np.arange(50), chosen, :-1], abs=1e-6)

    def test_the_score_is_the_sum_of_its_attributions_and_what_is_expected(self) -> None:
        trained, values = model(NUMBER), rows(50, seed=6)
        rest = trained.probabilities(values) - attributions(trained, values).sum(axis=1)
        assert np.ptp(rest) < 1e-3


class TestReadingAnswers:
    @pytest.mark.parametrize(
        "body", ["", "1", "1,0.2,0.3", "3,0.2,0.3,0.5", "-1,0.2,0.3,0.5", "1.5,0.2,0.3,0.5", "1,0.2,0.3,1.5", "x,0,0,1"]
    )
    def test_what_is_no_answer_of_a_class_is_never_guessed(self, body: str) -> None:
        with pytest.raises(Unreadable):
            answers(Payload(body, "CSV", "text/csv"), KINDS.target)

    @pytest.mark.parametrize("body", ["", "x", "nan", "inf", "1e39", "1,2"])
    def test_what_is_no_score_is_never_guessed(self, body: str) -> None:
        with pytest.raises(Unreadable):
            answers(Payload(body, "CSV", "text/csv"), NUMBER.target)

    @pytest.mark.parametrize(
        "row", [{}, {"probability": 0.5}, {"predicted_label": 1}, {"predicted_label": True, "probabilities": [0, 0, 1]}]
    )
    @BOTH
    def test_nor_in_json(self, row: object, signature: Signature) -> None:
        with pytest.raises(Unreadable):
            answers(Payload(json.dumps({"predictions": [row]}), "JSON", "application/json"), signature.target)

    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from([KINDS.target, NUMBER.target]),
        st.lists(
            st.one_of(
                st.floats(allow_nan=True, allow_infinity=True).map(repr),
                st.integers(-2, 4).map(str),
                st.sampled_from(
                    ["", "1,0.25,0.5,0.25", "2,0,0,1", "0,1,0,0", "1,1,1,1.0000001", "02,0,0,1", "1.0,0,1,0"]
                ),
            ),
            min_size=1,
            max_size=3,
        ),
    )
    def test_the_compiled_reader_reads_what_the_general_one_reads(self, target: Target, said: list[str]) -> None:
        block = captured("\n".join(["1,2"] * len(said)), "\n".join(said))
        compiled, general = (_Reader(SPAN, 2, 1000, target=target) for _ in range(2))
        assert held([*compiled.scanned([block]), compiled.rest()]) == held([*general.parsed([block]), general.rest()])

    def test_ordinary_answers_are_read_by_the_compiled_reader(self) -> None:
        assert read(captured("1,2\n3,4", "1,0.25,0.5,0.25\n2,0.1,0.2,0.7"), KINDS.target)
        assert read(captured("1,2\n3,4", "-3.25\n1e3"), NUMBER.target)
        assert not read(captured("1,2", "1,0.75"), KINDS.target)
        assert not read(captured("1,2", "1,0.75"), NUMBER.target)
        assert not read(captured("1,2", "3.5"), Target())


def captured(body: str, said: str) -> bytes:
    one = CapturedRequest(
        str(uuid.uuid5(uuid.NAMESPACE_OID, body + said)),
        START + timedelta(minutes=5),
        Payload(body, "CSV", "text/csv"),
        Payload(said, "CSV", "text/csv"),
    )
    return one.line().encode()


def read(block: bytes, target: Target) -> bool:
    return not any(part.others for part in scan([block], 2, target))


def held(found: list[Batch]) -> tuple[bytes, ...]:
    """What the batches hold together, and how many answers could not be read."""
    columns = ([each.answers for each in found], [each.cells.values for each in found], [each.joins for each in found])
    unanswered = sum(each.shape.unanswered for each in found)
    return (*(np.concatenate(column).tobytes() for column in columns), str(unanswered).encode())
