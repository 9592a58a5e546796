"""A training run on recent rows reads those that were scored in batches as it reads what the endpoint answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.prepare.batches import jobs, named
from containers.prepare.gather import check, sources
from containers.prepare.main import BATCHES, CAPTURE, GROUND_TRUTH, LABELLED, LINEAGE, MANIFESTS, REJECTS, main
from containers.prepare.selection import Selection
from core.contracts.batch import BatchPolicy
from core.contracts.capture import CapturedRequest, GroundTruth, Payload, hour_folder
from core.contracts.environment import PrepareEnvironment
from core.contracts.stages import TEST, TRAIN, VALIDATION
from tests.containers import making
from tests.containers.making import SIGNATURE

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
RECENT = Selection(labelled=False, start=START, end=START + timedelta(hours=2))
ANSWERS = "s3://d/churn/batch/answers/"
PREFIXES = {CAPTURE: "s3://c/", GROUND_TRUTH: "s3://d/truth/", BATCHES: ANSWERS}
JOB = "risk-dev-churn-batch-20261120T0800"
BATCH = BatchPolicy(24 * 3600, "ml.m5.large", 1, 3600, "rows", "all", True, "ml.m5.large")


def scored(folders: MlFolders, data: Dataset, job: str = JOB, at: datetime = START) -> list[str]:
    """A transform job has answered these rows, always the same; ids of the rows."""
    ids = [f"{job}-{number}" for number in range(len(data))]
    rows = [",".join(map(repr, row)) for row in data.rows.tolist()]
    lines = [f"{row},1,0.99,{id},{at:%Y-%m-%dT%H:%M:%SZ}" for row, id in zip(rows, ids, strict=True)]
    answered(folders, f"{job}/a.csv.out", lines)
    listed(folders, [{"prefix": f"{ANSWERS}{job}/"}, "a.csv.out"], name=job)
    return ids


def answered(folders: MlFolders, key: str, lines: Sequence[str]) -> None:
    file = folders.processing_input(BATCHES) / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def listed(folders: MlFolders, manifest: Any, name: str = "m") -> None:
    """SageMaker's manifest of what was written."""
    write(folders, json.dumps(manifest, indent=1).encode(), name)


def write(folders: MlFolders, content: bytes, name: str = "m") -> None:
    file = folders.processing_input(MANIFESTS) / hour_folder(START) / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def label(folders: MlFolders, ids: Sequence[str], labels: Sequence[bool], name: str = "l") -> None:
    file = folders.processing_input(GROUND_TRUTH) / hour_folder(START + timedelta(days=1)) / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [GroundTruth(id, str(int(found))).line() for id, found in zip(ids, labels, strict=True)]
    file.write_text("".join(f"{line}\n" for line in lines))


def asked(folders: MlFolders, data: Dataset, ids: Sequence[str]) -> None:
    """The endpoint has answered these rows under these ids."""
    file = folders.processing_input(CAPTURE) / hour_folder(START) / "part.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    answer = Payload("1,0.99\n", "CSV", "text/csv")
    lines = [
        CapturedRequest(id, START, Payload(",".join(map(repr, row)), "CSV", "text/csv"), answer).line()
        for id, row in zip(ids, data.rows.tolist(), strict=True)
    ]
    file.write_text("".join(f"{line}\n" for line in lines))


def prepared(folders: MlFolders) -> str:
    return main(folders, SIGNATURE, RECENT, PREFIXES)


def rows_of(folders: MlFolders) -> set[tuple[float, ...]]:
    """Rows of all sets, each behind its label."""
    read = [Dataset.read(folders.processing_output(name)) for name in (TRAIN, VALIDATION, TEST)]
    return {
        (float(found), *row)
        for data in read
        for found, row in zip(data.labels, np.float32(data.rows).tolist(), strict=True)
    }


def told(folders: MlFolders) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What lineage says of batches, and every rejected line."""
    place = folders.processing_output(TRAIN)
    lineage = json.loads((place / LINEAGE).read_text())
    rejected = [json.loads(line) for line in (place / REJECTS).read_text().splitlines()]
    return lineage["sources"][BATCHES], rejected


def test_rows_of_a_batch_are_learned_from_with_their_labels(folders: MlFolders) -> None:
    data = making.dataset(300, seed=11)
    label(folders, scored(folders, data), data.labels.tolist())
    assert prepared(folders).startswith("300 rows")
    of_batches, _ = told(folders)
    assert of_batches == {
        "prefix": ANSWERS,
        "rows": 300,
        "rejected": 0,
        "unlabelled": 0,
        "ambiguous": 0,
        "objects": {f"{JOB}/a.csv.out": 300},
    }


def test_they_are_the_rows_that_the_endpoint_would_have_given(folders: MlFolders, tmp_path: Any) -> None:
    data, other = making.dataset(300, seed=11), MlFolders(tmp_path / "other")
    ids = scored(folders, data)
    asked(other, data, ids)
    for each in (folders, other):
        label(each, ids, data.labels.tolist())
        prepared(each)
    assert rows_of(folders) == rows_of(other)


def test_both_are_read_together(folders: MlFolders) -> None:
    batch, traffic = making.dataset(150, seed=11), making.dataset(150, seed=12)
    ids = scored(folders, batch)
    asked(folders, traffic, [f"event-{number}" for number in range(150)])
    label(folders, ids, batch.labels.tolist())
    label(folders, [f"event-{number}" for number in range(150)], traffic.labels.tolist(), "other")
    assert prepared(folders).startswith("300 rows")


def test_an_id_counts_once_however_often_it_is_told(folders: MlFolders) -> None:
    """Two manifests name one object, an object holds its lines twice, and the endpoint has answered some of the ids."""
    data = making.dataset(300, seed=11)
    ids = scored(folders, data)
    file = folders.processing_input(BATCHES) / JOB / "a.csv.out"
    file.write_text(file.read_text() * 2)
    listed(folders, [{"prefix": ANSWERS}, f"{JOB}/a.csv.out"], name="again")
    asked(folders, Dataset(SIGNATURE, data.rows[:100], data.labels[:100]), ids[:100])
    label(folders, ids, data.labels.tolist())
    assert prepared(folders).startswith("300 rows")
    assert told(folders)[0]["rows"] == 200


def test_what_was_scored_outside_of_the_window_is_not_read(folders: MlFolders) -> None:
    data, older = making.dataset(300, seed=11), making.dataset(100, seed=12)
    ids = scored(folders, data)
    early = scored(folders, older, "risk-dev-churn-batch-20261120T0700", START - timedelta(hours=1))
    label(folders, ids + early, [*data.labels.tolist(), *older.labels.tolist()])
    assert prepared(folders).startswith("300 rows")


def test_rows_without_a_label_are_counted_and_left_out(folders: MlFolders) -> None:
    data = making.dataset(300, seed=11)
    label(folders, scored(folders, data)[:250], data.labels[:250].tolist())
    assert prepared(folders).endswith("50 without a label")


def test_what_the_model_answered_is_never_the_label(folders: MlFolders) -> None:
    """It says 1 of every row."""
    data = making.dataset(300, seed=11)
    label(folders, scored(folders, data), data.labels.tolist())
    prepared(folders)
    ones = sum(row[0] for row in rows_of(folders))
    assert ones == data.labels.sum() < 300


def test_labels_do_not_lie_among_the_batches_answers() -> None:
    with pytest.raises(ValueError, match="the model's own answers"):
        check({**PREFIXES, GROUND_TRUTH: f"{ANSWERS}truth/"}, ["s3://c/", "s3://d/churn/batch/"])


@pytest.mark.parametrize(
    ("batch", "start", "reads"),
    [
        (BATCH, "2026-11-20T08:00:00Z", True),
        (None, "2026-11-20T08:00:00Z", False),
        (BatchPolicy(24 * 3600, "x", 1, 3600, "rows", "all", False, "x"), "2026-11-20T08:00:00Z", False),
        (BATCH, "none", False),
    ],
    ids=["batches", "no batches", "rows are not known", "no window"],
)
def test_batches_are_read_where_their_rows_are_known(batch: BatchPolicy | None, start: str, reads: bool) -> None:
    job = PrepareEnvironment("risk", "dev", "churn", "111122223333", "eu-west-1", "all", start, "none", "none")
    found = sources(job, Selection.read(job), batch)
    assert (BATCHES in found) == reads
    assert LABELLED in found


# Nonsense.


def test_a_few_lines_that_are_no_answers_are_left_out_and_told(folders: MlFolders) -> None:
    data = making.dataset(300, seed=11)
    label(folders, scored(folders, data), data.labels.tolist())
    file = folders.processing_input(BATCHES) / JOB / "a.csv.out"
    file.write_bytes(file.read_bytes() + b'\xff\xfe,1,\n"torn\n')
    assert prepared(folders).startswith("300 rows")
    rejected = told(folders)[1]
    assert [fault["line"] for fault in rejected] == [301, 302]
    assert "as a transform job" in rejected[0]["accepted"]


def test_a_row_that_the_model_could_not_read_is_told(folders: MlFolders) -> None:
    data = making.dataset(300, seed=11)
    ids = scored(folders, data)
    line = f"1,2,x,1,0.5,odd,{START:%Y-%m-%dT%H:%M:%SZ}"
    answered(folders, f"{JOB}/b.csv.out", [line])
    listed(folders, [{"prefix": ANSWERS}, f"{JOB}/b.csv.out"], name="b")
    label(folders, [*ids, "odd"], [*data.labels.tolist(), True])
    assert prepared(folders).startswith("300 rows")
    assert [fault["file"] for fault in told(folders)[1]] == [f"{JOB}/b.csv.out"]


@pytest.mark.parametrize("text", ["1,0.99", "no answer at all", "1,2,3"], ids=["without rows", "prose", "rows alone"])
def test_answers_of_another_form_fail_the_job_with_the_first_of_them(folders: MlFolders, text: str) -> None:
    """As they are with `join: false`: never a row that is none."""
    data = making.dataset(300, seed=11)
    label(folders, scored(folders, data), data.labels.tolist())
    other = [f"{text},id-{number},{START:%Y-%m-%dT%H:%M:%SZ}" for number in range(300)]
    label(folders, [f"id-{number}" for number in range(300)], [True] * 300, "other")
    answered(folders, f"{JOB}/b.csv.out", other)
    listed(folders, [{"prefix": ANSWERS}, f"{JOB}/b.csv.out"], name="b")
    with pytest.raises(ValueError, match=r"300 of 600 lines cannot be used, more than 1%: .*b\.csv\.out, line 1"):
        prepared(folders)


@pytest.mark.parametrize(
    "content",
    [b"", b"no manifest", b'["a.out"]', b'{"prefix": "s3://x/"}', b"\xff\xfe", b"[" * 100_000, b'[{"prefix": 1}, 2]'],
)
def test_a_file_that_is_no_manifest_is_told_and_the_rest_is_used(folders: MlFolders, content: bytes) -> None:
    data = making.dataset(300, seed=11)
    label(folders, scored(folders, data), data.labels.tolist())
    write(folders, content, "odd")
    assert prepared(folders).startswith("300 rows")
    names = {fault["file"].rpartition("/")[2] for fault in told(folders)[1]}
    assert names == (set() if content in (b"", b'[{"prefix": 1}, 2]') else {"odd.jsonl"}), "what names nothing is empty"


@pytest.mark.parametrize("name", ["../../secret", "x/../../y", "/etc/passwd"])
def test_a_name_that_leads_out_of_its_folder_is_told(folders: MlFolders, name: str) -> None:
    listed(folders, [{"prefix": ANSWERS}, name])
    keys, (fault,) = named(folders.processing_input(MANIFESTS), ANSWERS)
    assert keys == []
    assert "leads out of its folder" in fault.found


def test_answers_that_are_gone_are_told(folders: MlFolders) -> None:
    data = making.dataset(300, seed=11)
    label(folders, scored(folders, data), data.labels.tolist())
    listed(folders, [{"prefix": ANSWERS}, "risk-dev-churn-batch-20261120T0900/gone.csv.out"], name="gone")
    assert prepared(folders).startswith("300 rows")
    (fault,) = told(folders)[1]
    assert (fault["file"], fault["accepted"]) == (
        "risk-dev-churn-batch-20261120T0900/gone.csv.out",
        "the answers that a manifest names",
    )


def test_answers_that_no_manifest_names_are_not_read(folders: MlFolders) -> None:
    """Of a job that was stopped midway, or of another model."""
    data = making.dataset(300, seed=11)
    label(folders, scored(folders, data), data.labels.tolist())
    answered(folders, f"{JOB}/half.csv.out", ["1,2,0,1,0.5,half,2026-11-20T08:00:00Z"])
    listed(folders, [{"prefix": "s3://d/fraud/batch/answers/x/"}, "a.csv.out"], name="foreign")
    assert prepared(folders).startswith("300 rows")
    assert told(folders)[1] == []


def test_an_empty_batch_gives_no_rows_and_the_job_says_so(folders: MlFolders) -> None:
    answered(folders, f"{JOB}/a.csv.out", [])
    listed(folders, [{"prefix": ANSWERS}, f"{JOB}/a.csv.out"])
    with pytest.raises(ValueError, match="there are 0 labelled requests from 2026-11-20 08:00"):
        prepared(folders)


def test_the_jobs_are_those_that_the_keys_are_of() -> None:
    assert jobs(["b/x.out", "a/deep/y.out", "a/z.out"]) == ["a", "b"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_bytes_in_answers_end_the_job_in_another_way_than_by_a_sentence(
    tmp_path_factory: Any, lines: list[bytes]
) -> None:
    folders = MlFolders(tmp_path_factory.mktemp("ml"))
    data = making.dataset(250, seed=11)
    label(folders, scored(folders, data), data.labels.tolist())
    file = folders.processing_input(BATCHES) / JOB / "a.csv.out"
    file.write_bytes(file.read_bytes() + b"\n".join(lines))
    try:
        said = prepared(folders)
    except ValueError as reason:
        said = str(reason)
    assert said.startswith("250 rows") or "cannot be used" in said
