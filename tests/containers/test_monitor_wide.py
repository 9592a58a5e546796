"""A model of 300 features: its page is still one that a person opens, and costs what 300 features cost."""

from __future__ import annotations

import cProfile
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from containers.baseline.main import main as make_baseline
from containers.boosting import xgboost
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from containers.monitor.page import MOST_PLOTS
from core.contracts import reports, stages
from core.contracts.policy import ModelPolicy
from core.contracts.signature import Feature, Signature
from tests.containers import world
from tests.containers.world import NAMES, POLICY, Memory, Rows, bucket, capture, captured, label, labels, run

PAGE = f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{reports.PAGE}"
MEGABYTE = 1_000_000


def wide(features: int) -> Signature:
    """Every tenth feature is a category; the first of them is sensitive, and the model's own names are long."""
    kinds = ["categorical" if at % 10 == 3 else "numeric" for at in range(features)]
    names = [f"customer_{kind}_measure_over_90_days_{at:03}" for at, kind in enumerate(kinds)]
    told = tuple(Feature(name, kind) for name, kind in zip(names, kinds, strict=True))  # type: ignore[arg-type]
    return Signature(told, "churned", (names[3],))


def drawn(signature: Signature, rows: int, seed: int, shift: float = 0.0) -> Rows:
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, len(signature.features)))
    for at, feature in enumerate(signature.features):
        if feature.kind == "categorical":
            values[:, at] = random.integers(0, 40, rows)
    values[:, :50] += shift * np.array([feature.kind == "numeric" for feature in signature.features[:50]])
    odds = 2 * values[:, 0] - values[:, 1] + values[:, 2] + 0.1 * values[:, 4:40].sum(axis=1)
    return Rows(values, random.random(rows) < 1 / (1 + np.exp(-odds)))


def released(signature: Signature, folder: Path) -> tuple[Memory, TrainedModel]:
    """As `world.released`, of this model."""
    training = drawn(signature, 1500, seed=1)
    matrix = xgboost().DMatrix(training.values, training.labels)
    booster = xgboost().train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1}, matrix, 20)
    model = TrainedModel(signature, XgboostModel(booster))
    memory, _ = world.released(200)
    assert memory.release is not None
    folders = MlFolders(folder)
    Dataset(signature, training.values, training.labels).write(folders.processing_input(stages.TRAIN))
    model.save(folders.processing_input(stages.MODEL))
    make_baseline(folders)
    for file in folders.processing_output(stages.BASELINE).iterdir():
        memory.objects[f"{memory.release.baseline_uri}{file.name}"] = file.read_bytes()
    memory.objects[memory.release.model_uri] = world._archive(folders.processing_input(stages.MODEL))
    return memory, model


def page_of(signature: Signature, folder: Path) -> tuple[str, int]:
    """The page of a window in which 45 features moved, and how many functions the run called."""
    memory, model = released(signature, folder)
    memory.policy = ModelPolicy("churn", signature, replace(POLICY, segments=(signature.sensitive[0],)))
    rows = drawn(signature, 600, seed=2, shift=1.0)
    requests = captured(model, rows)
    capture(memory, (one.line() for one in requests))
    label(memory, (one.line() for one in labels(requests, rows)))
    profile = cProfile.Profile()
    profile.runcall(run, memory)
    return memory.objects[PAGE].decode(), sum(entry.callcount for entry in profile.getstats())


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(wide(300), tmp_path_factory.mktemp("wide"))[0]


def test_it_opens_with_the_diagnosis_in_a_screen_s_length(page: str) -> None:
    body = page[page.index("<body>") :]
    opening = re.sub(r"<[^>]*>", " ", body[: body.index("What speaks for it")])
    assert "Confidence:" in opening
    assert re.search(r"Concerned: (\S+, ){7}\S+ and \d+ more\.", opening)
    assert len(" ".join(opening.split())) < 2000


def test_it_stays_small(page: str) -> None:
    assert len(page.encode()) < MEGABYTE


def test_every_feature_has_its_row_and_the_most_important_ones_are_drawn(page: str) -> None:
    table = page[page.index("Features, by their weight") : page.index("<h2>Distributions")]
    assert all(f">{name}<" in table for name in wide(300).names)
    seen = table[: table.index("<details>")]
    assert seen.count('class="name"') == page.count("<figure>") == MOST_PLOTS


def test_what_moved_is_counted_where_it_cannot_all_be_named(page: str) -> None:
    assert max(map(len, re.findall(r"<(?:p|li)>(.*?)</", page))) < 1000


@pytest.mark.slow
def test_four_times_the_features_cost_about_four_times_the_work(tmp_path: Path) -> None:
    few, many = (page_of(wide(count), tmp_path / str(count))[1] for count in (150, 600))
    print(f"{few:,} calls for 150 features, {many:,} for 600")
    assert many < 4 * 1.5 * few
