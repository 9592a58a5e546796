"""A model of a number, a boolean, a text and a vector, from labelled rows to a judged window, in one process."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers.folders import MlFolders
from containers.model import TrainedModel
from containers.prepare.main import LABELLED
from containers.prepare.main import main as prepare
from containers.prepare.selection import Selection
from containers.serve.answers import answer
from core.contracts import stages
from core.contracts.capture import CapturedRequest, GroundTruth, Payload
from core.contracts.policy import WatchPolicy
from core.contracts.reports import BASELINE_DRIFT, COMPLETENESS, EXPLANATIONS, MERE_DRIFT, FeatureReport, MonitorReport
from core.contracts.signature import Feature, Signature
from core.diagnosis import Diagnosis, Verdict, diagnose
from tests.containers.asked import learned, write
from tests.containers.world import (
    END,
    NAMES,
    Memory,
    bucket,
    capture,
    label,
    latest,
    replace_objects,
    run,
    violation_file,
)

pytestmark = pytest.mark.slow

SIZE = 6
SIGNATURE = Signature(
    (
        Feature("age", "numeric"),
        Feature("member", "boolean"),
        Feature("note", "text"),
        Feature("photo", "embedding", SIZE),
    ),
    "returned",
    ("member",),
)
POLICY = WatchPolicy(minimum_rows=100, minimum_labels=50, segments=("member",))
ENGLISH = (
    "The parcel came late and the box was broken on one side.",
    "Everything arrived on time, thank you very much for the quick delivery!",
    "I would like to send this back because the colour is not what I had expected.",
    "The shoes are comfortable, but they are a little too small for me.",
    "Could you please tell me when the second part of my order will be shipped?",
)
GERMAN = (
    "Das Paket kam zu spät und der Karton war an einer Seite kaputt.",
    "Alles ist pünktlich angekommen, vielen Dank für die schnelle Lieferung!",
    "Ich möchte das zurückschicken, weil die Farbe nicht so ist wie erwartet.",
    "Die Schuhe sind bequem, aber sie sind mir ein wenig zu klein.",
    "Können Sie mir bitte sagen, wann der zweite Teil meiner Bestellung kommt?",
)
Row = list[Any]
ARTIFACTS = f"{bucket('models')}{NAMES.artifact_prefix}execution/"


def draw(count: int, seed: int, notes: tuple[str, ...] = ENGLISH, away: float = 0.0) -> tuple[list[Row], list[int]]:
    """Rows of values as JSON has them, and their labels. `away` is how far every number of the photo's vector moves."""
    chance = np.random.default_rng(seed)
    rows: list[Row] = []
    labels = []
    for _ in range(count):
        member, photo = bool(chance.random() < 0.4), chance.normal(0, 1, SIZE).round(4)
        note = notes[chance.integers(len(notes))] + ("" if chance.random() < 0.5 else f" No. {chance.integers(10**6)}")
        age = round(float(chance.normal(40, 10)), 1)
        odds = 1.5 * photo[0] + photo[1] - 1.2 * member + 0.04 * (len(note) - 70) + 0.02 * (age - 40)
        labels.append(int(chance.random() < 1 / (1 + np.exp(-odds))))
        rows.append([age, member, note, (photo + away).tolist()])
    return rows, labels


def in_csv(rows: list[Row]) -> str:
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    for age, member, note, photo in rows:
        lines.writerow([age, str(member).lower(), note, "" if photo is None else json.dumps(photo)])
    return written.getvalue()


def marked(rows: list[Row], labels: list[int]) -> list[str]:
    """Lines of CSV, the label first."""
    return [f"{truth},{line}" for truth, line in zip(labels, in_csv(rows).splitlines(), strict=True)]


@dataclass(frozen=True)
class World:
    memory: Memory
    model: TrainedModel

    def monitored(
        self, rows: list[Row], labels: list[int] | None = None, form: str = "csv"
    ) -> tuple[MonitorReport, Memory]:
        """A window with these rows, each a request that the server answered."""
        own = replace_objects(self.memory)
        start, step = END - timedelta(hours=1), timedelta(hours=1) / len(rows)
        requests = []
        for at, row in enumerate(rows):
            body = in_csv([row]) if form == "csv" else json.dumps({"instances": [row]})
            kind = "text/csv" if form == "csv" else "application/json"
            given = answer(self.model, body.encode(), kind, kind)
            assert given.status == 200, given.body
            payloads = (Payload(text, form.upper(), kind) for text in (body, given.body.decode()))
            requests.append(CapturedRequest(f"event-{at}", (start + step * at).replace(microsecond=0), *payloads))
        capture(own, [one.line() for one in requests])
        if labels is not None:
            told = [GroundTruth(one.event_id, str(truth)) for one, truth in zip(requests, labels, strict=True)]
            label(own, [one.line() for one in told])
        run(own)
        return latest(own), own


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Prepared, trained, gated, described and released."""
    settings = {"num_round": "80", "eta": "0.1", "max_depth": "3"}
    made = learned(SIGNATURE, marked(*draw(3000, seed=1)), POLICY, tmp_path_factory.mktemp("kinds"), settings)
    return World(made.memory, made.model)


def of(report: MonitorReport, name: str) -> FeatureReport:
    return next(feature for feature in report.features if feature.name == name)


def told(report: MonitorReport) -> set[tuple[str, str]]:
    return {(violation.feature, violation.check) for violation in report.violations}


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_ordinary_window_is_healthy(world: World, form: str) -> None:
    rows, labels = draw(1500, seed=2)
    report, memory = world.monitored(rows, labels, form)
    diagnosis: Diagnosis = diagnose(report, POLICY)
    assert diagnosis.verdict == Verdict.HEALTHY, diagnosis
    assert (report.rows, report.labels, report.unreadable, report.violations) == (1500, 1500, 0, ())
    assert [feature.name for feature in report.features] == ["age", "member", "note", "photo"]
    assert sum(feature.attribution_share for feature in report.features) == pytest.approx(1)
    assert {segment.value for segment in report.segments} == {"0", "1"}
    assert {one.group for one in report.bias} >= {"0", "1"}
    assert memory.metric("feature_baseline_drift_photo") == of(report, "photo").drift
    assert memory.metric("feature_baseline_drift_note.language") == of(report, "note").parts["note.language"]


def test_a_request_is_read_the_same_in_csv_and_in_json(world: World) -> None:
    rows, _ = draw(300, seed=3)
    one, other = (world.monitored(rows, form=form)[0] for form in ("csv", "json"))
    assert one == other


def test_texts_in_another_language_are_seen_in_their_language(world: World) -> None:
    report, memory = world.monitored(draw(1000, seed=4, notes=GERMAN)[0])
    note = of(report, "note")
    assert note.drift == note.parts["note.language"] > 0.8
    assert ("note.language", BASELINE_DRIFT) in told(report)
    assert {check for _, check in told(report)} <= MERE_DRIFT
    diagnosis = diagnose(report, POLICY)
    assert "note" in diagnosis.features
    assert any("most of all note.language" in sentence for sentence in diagnosis.evidence)
    file = violation_file(memory, "statistics.json")
    language = next(entry for entry in file["features"] if entry["name"] == "note.language")
    assert language["inferred_type"] == "String"
    assert language["string_statistics"]["distribution"]["categorical"]["buckets"][0]["value"] == "de"


def test_a_vector_that_moved_is_one_alarm_and_not_one_for_each_number(world: World) -> None:
    report, memory = world.monitored(draw(1000, seed=5, away=0.5)[0])
    photo = of(report, "photo")
    assert photo.drift >= POLICY.drift_threshold
    assert photo.distances["domain_classifier_auc"] > 0.6
    drifted = {feature for feature, check in told(report) if check == BASELINE_DRIFT}
    assert drifted == {"photo"}
    assert memory.metric("feature_baseline_drift_photo.0") is None
    page = memory.objects[f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/report.html"].decode()
    assert "Texts and vectors" in page
    assert f"{SIZE} numbers, told from training with an AUC of" in page


def test_a_vector_that_stopped_arriving_is_one_fault(world: World) -> None:
    rows = [[*row[:3], None] if at % 2 else row for at, row in enumerate(draw(1000, seed=6)[0])]
    report, _ = world.monitored(rows)
    assert ("photo", COMPLETENESS) in told(report)
    assert not any(feature.startswith("photo.") for feature, _ in told(report))
    assert diagnose(report, POLICY).features == ("photo",)


def test_what_is_wrong_with_a_text_is_told_of_the_feature(world: World) -> None:
    rows = [[*row[:2], "", row[3]] if at % 2 else row for at, row in enumerate(draw(1000, seed=7)[0])]
    report, _ = world.monitored(rows)
    assert ("note.length", COMPLETENESS) in told(report)
    diagnosis = diagnose(report, POLICY)
    assert diagnosis.verdict == Verdict.UPSTREAM_FAULT
    assert diagnosis.features == ("note",)


def test_the_files_say_what_is_made_of_each_feature(world: World) -> None:
    constraints = json.loads(world.memory.objects[f"{ARTIFACTS}baseline/constraints.json"])
    types = {entry["name"]: entry["inferred_type"] for entry in constraints["features"]}
    assert types == {
        "age": "Fractional",
        "member": "String",
        "note.length": "Integral",
        "note.words": "Integral",
        "note.symbols": "Fractional",
        "note.language": "String",
        "photo": "Fractional",
    }
    statistics = json.loads(world.memory.objects[f"{ARTIFACTS}baseline/statistics.json"])
    numbers = {entry["name"]: entry.get("numerical_statistics") for entry in statistics["features"]}
    assert "sketch" in numbers["note.length"]["distribution"]["kll"]
    assert set(numbers["photo.5"]["distribution"]["kll"]) == {"buckets"}
    analysis = violation_file(world.monitored(draw(200, seed=8)[0])[1], "analysis.json")
    values = analysis["explanations"]["kernel_shap"]["returned"]["global_shap_values"]
    assert list(values) == ["age", "member", "note", "photo"]


def test_an_explained_row_tells_each_feature_once_and_nothing_that_was_requested(world: World) -> None:
    rows = draw(200, seed=8)[0]
    _, memory = world.monitored(rows)
    (written,) = [text.decode() for key, text in memory.objects.items() if key.endswith(EXPLANATIONS)]
    lines = list(csv.DictReader(io.StringIO(written)))
    features = ("age.attribution", "member.attribution", "note.attribution", "photo.attribution")
    assert list(lines[0]) == ["row.key", *features, "row.expected", "row.answer"]
    assert len(lines) == len(rows)


def test_a_source_that_died_is_left_out_with_all_its_columns(tmp_path: Path) -> None:
    folders = MlFolders(tmp_path)
    write(folders.processing_input(LABELLED), SIGNATURE, marked(*draw(400, seed=9)))
    prepare(folders, SIGNATURE, Selection(labelled=True, start=None, without=("note",)), {})
    from containers.dataset import Dataset

    data = Dataset.read(folders.processing_output(stages.TRAIN))
    empty = {name for name in SIGNATURE.column_names if np.isnan(data.columns_of([name])).all()}
    assert empty == {"note.length", "note.words", "note.symbols", "note.language"}
