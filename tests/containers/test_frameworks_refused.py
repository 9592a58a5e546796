"""What is no model is refused with a sentence, before anything in it can run."""

from __future__ import annotations

import io
import json
import math
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers.attributions import attributions
from containers.frameworks import files, torch_model
from containers.model import TrainedModel
from containers.payload import CSV
from containers.serve.answers import answer
from core.contracts.explaining import Explaining
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION
from tests.containers.many_frameworks import NEEDS_TORCH, model, rows, saved, signature

ROOT = Path(__file__).parents[2]


def refusal(folder: Path) -> str:
    with pytest.raises(ValueError, match=r"\S") as fault:
        TrainedModel.load(folder)
    return str(fault.value)


def written(folder: Path, framework: str, **changed: bytes | None) -> Path:
    """A good model, with files changed or left out; names have underscores for dots."""
    model(framework, BINARY).save(folder)
    for name, content in changed.items():
        file = folder / name.replace("_", ".")
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
    return folder


def test_two_models_are_one_too_many(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, "onnx", model_json=b"{}"))
    assert "holds model.json and model.onnx; accepted is one of model.json (xgboost), model.txt (LightGBM)" in said


def test_no_model_is_told_with_what_is_accepted(tmp_path: Path) -> None:
    assert "no model (accepted is one of" in refusal(written(tmp_path, "onnx", model_onnx=None))


def test_a_member_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 10_000)
    written(tmp_path, "onnx", model_onnx=b"x" * 10_001)
    assert "model.onnx" in refusal(tmp_path)
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "model.onnx", "model.onnx")
    assert "has 10001 bytes, more than 10000" in refusal(tmp_path)


def test_only_the_named_files_of_an_archive_are_read_and_nothing_is_unpacked(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    written(inside, "onnx")
    home = tmp_path / "home"
    home.mkdir()
    with tarfile.open(home / "model.tar.gz", "w:gz") as archive:
        for file in inside.iterdir():
            archive.add(file, f"./{file.name}")
        for name in ("../escaped", "/tmp/escaped", "code/inference.py", "sub/model.json"):
            archive.addfile(tarfile.TarInfo(name))
        link = tarfile.TarInfo("model.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert TrainedModel.load(home).predictor.file == "model.onnx"
    assert [file.name for file in home.iterdir()] == ["model.tar.gz"]


def npy(array: np.ndarray) -> bytes:
    told = io.BytesIO()
    np.save(told, array, allow_pickle=True)
    return told.getvalue()


GOOD = rows(20, 1).astype(np.float32)
LACKING, EMPTY = GOOD.copy(), GOOD.copy()
LACKING[3, 1] = np.nan
EMPTY[:, 2] = np.nan


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (npy(GOOD[:, :3]), "shape (20, 3); accepted are 1 to 1000 rows of 4 numbers"),
        (npy(np.zeros((1001, 4), np.float32)), "shape (1001, 4); accepted are 1 to 1000 rows"),
        (npy(GOOD.astype(np.float64)), "of type float64"),
        (npy(GOOD[:0]), "shape (0, 4)"),
        (npy(np.array([{}], object)), "of type object"),
        (npy(GOOD)[:-4], "ends early"),
        (npy(GOOD).replace(b"(20, 4)", b"(99, 4)"), "ends early, or goes on after its 99 rows"),
        (npy(np.where(GOOD[0, 0] == GOOD, np.inf, GOOD).astype(np.float32)), "infinite"),
        (npy(EMPTY), "column 3 of background.npy has no value in any row"),
        (npy(LACKING), "answers nan to row 4 of background.npy, which is not a probability"),
        (pickle.dumps(GOOD), "is no array of numpy"),
        (b"", "is no array of numpy"),
    ],
)
def test_a_background_that_cannot_be_compared_with_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    assert sentence in refusal(written(tmp_path, "onnx", background_npy=content))


def test_a_model_that_is_explained_by_comparison_needs_something_to_compare_with(tmp_path: Path) -> None:
    assert "holds no background.npy: model.onnx needs rows" in refusal(written(tmp_path, "onnx", background_npy=None))


def test_trees_need_none(tmp_path: Path) -> None:
    assert TrainedModel.load(written(tmp_path, "lightgbm")).background is None


@pytest.mark.parametrize("framework", ["onnx", "lightgbm"])
@pytest.mark.parametrize("content", [b"", b"tree\n", b"\x80\x04N.", b"\xff" * 100, b"<html></html>"])
def test_what_is_no_model_is_no_model(tmp_path: Path, framework: str, content: bytes) -> None:
    name = {"onnx": "model_onnx", "lightgbm": "model_txt"}[framework]
    assert name.replace("_", ".") in refusal(written(tmp_path, framework, **{name: content}))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text[: text.index("end of parameters")],
        lambda text: text.replace("split_feature=", "split_feature=9", 1),
        lambda text: text.replace("left_child=", "left_child=0 ", 1),
        lambda text: text.replace("leaf_value=", "leaf_value=0.5 ", 1),
        lambda text: text.replace("version=v4", "version=v9"),
    ],
)
def test_a_text_of_lightgbm_that_would_end_the_process_is_refused(tmp_path: Path, change: Callable[[str], str]) -> None:
    text = model("lightgbm", BINARY).predictor.content().decode()
    assert "is no model of LightGBM" in refusal(written(tmp_path, "lightgbm", model_txt=change(text).encode()))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: told.pop("label"), "it has no 'label'"),
        (lambda told: told["features"][0].pop("kind"), "missing 1 required positional argument: 'kind'"),
        (lambda told: told["features"][0].update(kind="number"), "of kind 'number'; accepted: numeric, categorical"),
        (lambda told: told["features"][0].update(kind=["numeric"]), "of kind ['numeric']; accepted: numeric"),
        (lambda told: told["features"][0].update(name=None), "a feature None of kind 'numeric'"),
        (lambda told: told.update(features=[]), "it has 0 features"),
        (lambda told: told.update(features="x1"), "is no signature"),
        (lambda told: told.update(sensitive=["nobody"]), "a sensitive one is none of them"),
        (lambda told: told.update(features=told["features"][:1] * 2), "a feature is named twice"),
        (lambda told: told.update(threshold=math.nan), "the threshold nan; accepted: at least one, and 0 to 1"),
        (lambda told: told.update(threshold=[]), "is no signature"),
        (
            lambda told: told.update(problem="ranking"),
            "the problem 'ranking'; accepted: binary, multiclass, regression",
        ),
        (lambda told: told.update(classes=7), "a binary problem with 7 classes; accepted: 2"),
    ],
)
def test_a_signature_that_a_program_wrote_badly_is_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    told = json.loads(signature(BINARY).to_json())
    change(told)
    said = refusal(written(tmp_path, "lightgbm", signature_json=json.dumps(told).encode()))
    assert said.startswith("signature.json is no signature: ")
    assert says in said


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"null", b"\xff", b"[" * 100_000, b'{"features": 1}'])
def test_what_is_no_json_of_a_signature_is_named(tmp_path: Path, content: bytes) -> None:
    assert refusal(written(tmp_path, "lightgbm", signature_json=content)).startswith("signature.json is no signature: ")


@pytest.mark.parametrize(("framework", "problem"), [("lightgbm", REGRESSION), ("onnx", MULTICLASS)])
def test_a_model_of_another_problem_is_refused(tmp_path: Path, framework: str, problem: Any) -> None:
    TrainedModel(signature(problem), model(framework, BINARY).predictor, GOOD).save(tmp_path)
    assert refusal(tmp_path)


def test_a_class_that_there_is_not_cannot_be_explained() -> None:
    for problem, chosen in ((BINARY, 1), (MULTICLASS, 3), (MULTICLASS, -1)):
        with pytest.raises(ValueError, match="accepted are those of a multiclass problem"):
            attributions(model("lightgbm", problem), GOOD, Explaining(of_class=chosen))


def test_a_forest_whose_shares_sum_to_a_little_more_than_one_is_a_model(tmp_path: Path) -> None:
    from skl2onnx import to_onnx
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(30, random_state=0).fit(GOOD, GOOD[:, 0] > 0)
    graph = to_onnx(forest, GOOD[:1], options={"zipmap": False}).SerializeToString()
    found = TrainedModel.load(written(tmp_path, "onnx", model_onnx=graph)).probabilities(GOOD)
    assert found.max() <= 1
    np.testing.assert_allclose(found, forest.predict_proba(GOOD)[:, 1], atol=1e-5)


def test_a_row_that_the_model_has_no_answer_to_is_refused_with_its_number() -> None:
    found = answer(model("onnx", BINARY), b"1,2,3,1\n1,,3,1\n", CSV, CSV)
    assert (found.status, found.body) == (400, b"row 2 lacks a value, and this model has no answer to that")


def test_without_torch_a_model_of_it_is_refused_with_what_to_do(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from containers.frameworks import torch_model\n"
        "try: torch_model._torch()\n"
        "except ValueError as fault: print(fault)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "needs torch, which is not installed here" in done.stdout


class Evil:
    """What a pickle can do."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.file}",)


@pytest.fixture(scope="module")
def good() -> bytes:
    return model("torch", BINARY).predictor.content()


def changed(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
        for each in before.namelist():
            after.writestr(each, change(before.read(each)) if each.endswith(name) else before.read(each))
    return made.getvalue()


CALL = b"__import__('os').system('touch FILE')"
ATTACKS: dict[str, tuple[str, Callable[[bytes, bytes], bytes]]] = {
    "a size": ("model.json", lambda told, call: told.replace(b"Symbol('s", call + b" or Symbol('s", 1)),
    "a condition": (
        "model.json",
        lambda told, call: told.replace(b'"guards_code": []', b'"guards_code": ["%b"]' % call),
    ),
    "a step": ("model.json", lambda told, call: told.replace(b"torch.ops.aten.sigmoid.default", b"torch.load")),
    "a reader of files": (
        "model.json",
        lambda told, call: told.replace(b"torch.ops.aten.sigmoid.default", b"torch.ops.aten.from_file.default"),
    ),
    "a pickled weight": (
        "weights_config.json",
        lambda told, call: told.replace(b'"use_pickle": false', b'"use_pickle": true', 1),
    ),
}


@NEEDS_TORCH
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_an_archive_of_torch_is_run(good: bytes, attack: str, tmp_path: Path) -> None:
    name, change = ATTACKS[attack]
    file = tmp_path / "run"
    bad = changed(good, name, lambda told: change(told, CALL.replace(b"FILE", str(file).encode())))
    assert bad != changed(good, name, lambda told: told), "nothing was changed"
    with pytest.raises(ValueError, match=r"model\.pt2 is not read"):
        torch_model.read(bad, signature(BINARY).target, 1)
    assert not file.exists()


@NEEDS_TORCH
def test_nothing_in_an_archive_of_torch_is_unpickled(good: bytes, tmp_path: Path) -> None:
    file = tmp_path / "run"
    evil = pickle.dumps(Evil(file))
    for content in (evil, changed(good, "sample_inputs/model.pt", lambda _: evil)):
        with pytest.raises(ValueError, match=r"model\.pt2"):
            torch_model.read(content, signature(BINARY).target, 1)
    assert not file.exists()


@NEEDS_TORCH
def test_what_torch_saves_otherwise_is_not_taken_for_a_program(good: bytes) -> None:
    import torch

    state, script = io.BytesIO(), io.BytesIO()
    torch.save({"weight": torch.zeros(1)}, state)
    torch.jit.save(torch.jit.script(torch.nn.Linear(4, 1)), script)
    for content in (state.getvalue(), script.getvalue(), good[: len(good) // 2], b""):
        with pytest.raises(ValueError, match=r"is not read: it is no archive of torch\.export\.save"):
            torch_model.read(content, signature(BINARY).target, 1)


@NEEDS_TORCH
def test_a_program_that_trains_or_answers_so_many_rows_alone_is_refused(tmp_path: Path) -> None:
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1), torch.nn.Sigmoid())
    for at, (content, sentence) in enumerate(
        [(saved(net.train(), 4), "saved as it trains"), (saved(net.eval(), 4, dynamic=False), "cannot answer")]
    ):
        folder = tmp_path / str(at)
        made = torch_model.read(content, signature(BINARY).target, 1)
        TrainedModel(signature(BINARY), made, GOOD).save(folder)
        assert sentence in refusal(folder)


@NEEDS_TORCH
def test_attributions_of_a_linear_program_are_exact_with_missing_values_too() -> None:
    import torch

    class Filled(torch.nn.Module):
        def forward(self, given: Any) -> Any:
            return torch.sigmoid(torch.nan_to_num(given, nan=2.0) @ torch.tensor([1.0, -2.0, 0.5, 0.0]))

    made = torch_model.read(saved(Filled(), 4), signature(BINARY).target, 1)
    background = rows(50, 3).astype(np.float32)
    values, mean = rows(30, 4), background.mean(axis=0)
    values[::3, 1] = np.nan
    found = attributions(TrainedModel(signature(BINARY), made, background), values)
    exact = (np.nan_to_num(values, nan=2.0) - mean) * [1, -2, 0.5, 0]
    np.testing.assert_allclose(found, exact, atol=1e-5)
