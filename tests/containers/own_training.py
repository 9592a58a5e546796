"""The examples of training images, run as SageMaker runs them, on what the pipeline's first step leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from containers.folders import MlFolders
from containers.prepare.main import LABELLED
from containers.prepare.main import main as prepare
from containers.prepare.selection import Selection
from core.contracts import stages
from core.contracts.images import BASE_DIR
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem
from core.contracts.signature import Signature
from local.dockerfile import entrypoint
from tests.containers import making
from tests.containers.asked import write

EXAMPLES = Path(__file__).parents[2] / "examples"
BOOSTING, NETWORK = EXAMPLES / "own-training" / "boosting", EXAMPLES / "torch-training" / "network"
SIGNATURES = {
    BINARY: making.SIGNATURE,
    MULTICLASS: Signature(making.SIGNATURE.features, "ill", problem=MULTICLASS, classes=3, positive=()),
    REGRESSION: Signature(making.SIGNATURE.features, "ill", problem=REGRESSION, classes=0, positive=()),
}


def prepared(folders: MlFolders, problem: Problem, settings: Mapping[str, str], without: tuple[str, ...] = ()) -> None:
    """Channels of a training job, as the pipeline's own first step makes them of labelled rows, some without a dose."""
    rows = making.rows(600, seed=3)
    score = rows[:, 0] + 0.5 * rows[:, 1]
    labels = {BINARY: score > 0, MULTICLASS: np.digitize(score, [-0.5, 0.5]), REGRESSION: score}[problem]
    sets = MlFolders(folders.root.parent / "prepare")
    lines = [
        f"{label:g},{'' if at % 10 == 9 else dose},{age},{site}"
        for at, (label, (dose, age, site)) in enumerate(zip(labels, rows, strict=True))
    ]
    write(sets.processing_input(LABELLED), SIGNATURES[problem], lines)
    prepare(sets, SIGNATURES[problem], Selection(labelled=True, start=None, without=without), {})
    for name in (stages.TRAIN, stages.VALIDATION):
        shutil.copytree(sets.processing_output(name), folders.channel(name))
    folders.hyperparameters.parent.mkdir(parents=True, exist_ok=True)
    folders.hyperparameters.write_text(json.dumps(dict(settings)))


def train(folder: Path, folders: MlFolders, packages: Sequence[Path] = ()) -> subprocess.CompletedProcess[str]:
    """Run the image of this folder; `packages` is where more of them lie."""
    first, *rest = entrypoint((folder / "Dockerfile").read_text())
    assert first == "python"
    more = {"PYTHONPATH": os.pathsep.join(map(str, packages))} if packages else {}
    return subprocess.run(
        [sys.executable, *rest, "train"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], BASE_DIR: str(folders.root), **more},
        capture_output=True,
        text=True,
        check=False,
    )
