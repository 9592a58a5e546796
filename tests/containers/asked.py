"""A model of any problem, from labelled rows to a report: every step is the job's own function, in one process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from containers.baseline.main import main as make_baseline
from containers.folders import MlFolders
from containers.gates.champion.main import CHAMPION
from containers.gates.champion.main import main as gate
from containers.model import ARCHIVE, TrainedModel
from containers.prepare.main import LABELLED
from containers.prepare.main import main as prepare
from containers.prepare.selection import Selection
from containers.serve.answers import answer
from containers.train.main import main as train
from core.contracts import stages
from core.contracts.capture import CapturedRequest, GroundTruth, Payload
from core.contracts.evaluation import FILE, Evaluation
from core.contracts.policy import ModelPolicy, WatchPolicy
from core.contracts.release import Release
from core.contracts.reports import MonitorReport
from core.contracts.signature import Signature
from core.diagnosis import Diagnosis, diagnose
from tests.containers import making
from tests.containers.world import END, NAMES, Memory, Rows, bucket, capture, label, latest, run

ARTIFACTS = f"{bucket('models')}{NAMES.artifact_prefix}execution/"


@dataclass(frozen=True)
class Asked:
    """What a training left, in a team's buckets, released."""

    memory: Memory
    model: TrainedModel
    evaluation: Evaluation
    policy: WatchPolicy
    home: Path

    def monitored(self, rows: Rows, labelled: bool, content_type: str = "text/csv") -> tuple[MonitorReport, Diagnosis]:
        """One window with these rows, each a request that the server answered."""
        own = replace(self.memory, objects=dict(self.memory.objects), published=[])
        requests = answered(self.model, rows.values, content_type)
        capture(own, [one.line() for one in requests])
        if labelled:
            told = [GroundTruth(one.event_id, f"{truth:g}") for one, truth in zip(requests, rows.labels, strict=True)]
            label(own, [one.line() for one in told])
        run(own)
        self.memory.published[:] = own.published
        self.memory.objects.update({key: own.objects[key] for key in own.objects if "/2026/11/20/09-00-00/" in key})
        report = latest(own)
        return report, diagnose(report, self.policy)


def asked(signature: Signature, rows: Rows, policy: WatchPolicy, home: Path, settings: dict[str, str]) -> Asked:
    """A model that learned from rows of numbers; `settings` are its hyperparameters."""
    lines = [
        f"{truth:g},{','.join(map(repr, row))}"
        for truth, row in zip(rows.labels.tolist(), rows.values.tolist(), strict=True)
    ]
    return learned(signature, lines, policy, home, settings)


def learned(
    signature: Signature, lines: Sequence[str], policy: WatchPolicy, home: Path, settings: dict[str, str]
) -> Asked:
    """Prepare from lines of CSV, the label first; train, gate without a champion, baseline, release."""
    sets, challenger, judged, described = (MlFolders(home / name) for name in ("prepare", "train", "gate", "baseline"))
    write(sets.processing_input(LABELLED), signature, lines)
    prepare(sets, signature, Selection(labelled=True, start=None), {})
    for name in (stages.TRAIN, stages.VALIDATION):
        shutil.copytree(sets.processing_output(name), challenger.channel(name))
    challenger.hyperparameters.parent.mkdir(parents=True, exist_ok=True)
    challenger.hyperparameters.write_text(json.dumps(settings))
    train(challenger)
    model = TrainedModel.load(challenger.model)
    shutil.copytree(challenger.model, judged.processing_input(stages.MODEL))
    shutil.copytree(sets.processing_output(stages.TEST), judged.processing_input(stages.TEST))
    gate(judged, policy.quality_metric)
    shutil.copytree(challenger.model, described.processing_input(stages.MODEL))
    shutil.copytree(sets.processing_output(stages.TRAIN), described.processing_input(stages.TRAIN))
    make_baseline(described)
    memory = _released(model, described, judged, home)
    memory.policy = ModelPolicy("churn", signature, policy)
    found = Evaluation.from_json((judged.processing_output(stages.EVALUATION) / FILE).read_bytes())
    return Asked(memory, model, found, policy, home)


def against(one: Asked, champion: TrainedModel) -> Evaluation:
    """The model of `one` challenges another at the gate."""
    folders = MlFolders(one.home / "gate")
    making.archive(champion, folders.processing_input(CHAMPION))
    try:
        gate(folders, one.policy.quality_metric)
    finally:
        shutil.rmtree(folders.processing_input(CHAMPION))
    return Evaluation.from_json((folders.processing_output(stages.EVALUATION) / FILE).read_bytes())


def answered(model: TrainedModel, values: np.ndarray, content_type: str) -> list[CapturedRequest]:
    """One request a row, spread over the hour before END; what came back is what the server says."""
    start, step = END - timedelta(hours=1), timedelta(hours=1) / max(len(values), 1)
    found = []
    for at, row in enumerate(values.tolist()):
        given = answer(model, ",".join(map(repr, row)).encode(), "text/csv", content_type)
        assert given.status == 200
        encoding = "CSV" if content_type == "text/csv" else "JSON"
        found.append(
            CapturedRequest(
                event_id=f"event-{at}",
                at=(start + step * at).replace(microsecond=0),
                request=Payload(",".join(map(repr, row)), "CSV", "text/csv"),
                response=Payload(given.body.decode(), encoding, content_type),
            )
        )
    return found


def write(folder: Path, signature: Signature, lines: Sequence[str]) -> None:
    """The labelled rows of a team, as Prepare is given them."""
    folder.mkdir(parents=True)
    head = ",".join([signature.label, *(feature.name for feature in signature.features)])
    (folder / "rows.csv").write_text("\n".join([head, *lines]) + "\n")


def _released(model: TrainedModel, described: MlFolders, judged: MlFolders, home: Path) -> Memory:
    memory = Memory()
    for file in described.processing_output(stages.BASELINE).iterdir():
        memory.objects[f"{ARTIFACTS}baseline/{file.name}"] = file.read_bytes()
    making.archive(model, home / "archive")
    memory.objects[f"{ARTIFACTS}model/{ARCHIVE}"] = (home / "archive" / ARCHIVE).read_bytes()
    memory.objects[f"{ARTIFACTS}evaluation/{FILE}"] = (judged.processing_output(stages.EVALUATION) / FILE).read_bytes()
    memory.release = Release(
        endpoint=NAMES.endpoint,
        endpoint_config="risk-dev-churn-1",
        package_arn="arn:aws:sagemaker:us-east-1:111122223333:model-package/risk-dev-churn/1",
        model_uri=f"{ARTIFACTS}model/{ARCHIVE}",
        baseline_uri=f"{ARTIFACTS}baseline/",
        evaluation_uri=f"{ARTIFACTS}evaluation/{FILE}",
        released_at="2026-11-20T07:00:00+00:00",
    )
    return memory
