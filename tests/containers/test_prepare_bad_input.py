"""Data sets from rows that are wrong, few or missing: some are left out and told, too many fail the job."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.prepare.main import LEAST_ROWS, REJECTS, main
from core.contracts.stages import TRAIN
from tests.containers import making
from tests.containers.making import SIGNATURE
from tests.containers.prepared import (
    ALL,
    PREFIXES,
    RECENT,
    recent,
    request,
    write_csv,
    write_requests,
)


def test_a_few_bad_rows_are_left_out_and_each_is_told(folders: MlFolders) -> None:
    file = write_csv(folders, making.dataset(600))
    with file.open("a") as lines:
        lines.write("1,old,2,3\n2,1,2,3\n1,2,3\n")
    assert "3 rejected" in main(folders, SIGNATURE, ALL, PREFIXES)
    rejects = (folders.processing_output(TRAIN) / REJECTS).read_text().splitlines()
    assert [(one["file"], one["line"], one["found"]) for one in map(json.loads, rejects)] == [
        ("a.csv", 602, "dose 'old', not a number"),
        ("a.csv", 603, "ill '2'"),
        ("a.csv", 604, "3 columns where the header has 4"),
    ]


def test_many_bad_rows_fail_the_job_with_the_first_of_them(folders: MlFolders) -> None:
    file = write_csv(folders, making.dataset(300))
    with file.open("a") as lines:
        lines.write("yes,1,2,3\n" * 10)
    with pytest.raises(
        ValueError, match=r"10 of 310 lines cannot be used, more than 1%: a.csv, line 302: found ill 'yes'"
    ):
        main(folders, SIGNATURE, ALL, PREFIXES)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("not json", "b'not json'"),
        ('{"captureData": {}}', "captureData"),
        ("[]", "b'[]'"),
        (
            json.dumps({"captureData": {}, "eventMetadata": {"eventId": "e", "inferenceTime": "2026-11-20T08:00:00"}}),
            "b'",
        ),
    ],
)
def test_a_captured_line_of_another_shape_is_rejected_and_the_rest_is_used(
    folders: MlFolders, line: str, found: str
) -> None:
    data = making.dataset(300, seed=11)
    requests = [line, *(request(number, row) for number, row in enumerate(data.rows.tolist()))]
    write_requests(folders, requests, {f"event-{at}": int(x) for at, x in enumerate(data.labels)}, timedelta())
    assert "1 rejected" in main(folders, SIGNATURE, RECENT, PREFIXES)
    (reject,) = map(json.loads, (folders.processing_output(TRAIN) / REJECTS).read_text().splitlines())
    assert reject["line"] == 1
    assert found in reject["found"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("ill,dose,age", "a.csv, line 1: no column site; found ill, dose, age"),
        ("ill,dose,age,site,dose", "a.csv, line 1: the column dose occurs more than once"),
        ("", "a.csv, line 1: no column ill, dose, age, site; found nothing"),
    ],
)
def test_a_file_without_the_columns_of_the_model_fails_the_job(folders: MlFolders, header: str, reason: str) -> None:
    write_csv(folders, making.dataset(300), header=header)
    with pytest.raises(ValueError, match=reason):
        main(folders, SIGNATURE, ALL, PREFIXES)


def test_a_file_that_is_not_text_fails_the_job_with_its_name(folders: MlFolders) -> None:
    write_csv(folders, making.dataset(300)).write_bytes(b"ill,dose,age,site\n\xff\xfe,1,2,3\n")
    with pytest.raises(ValueError, match=r"a\.csv is not UTF-8 text"):
        main(folders, SIGNATURE, ALL, PREFIXES)


def test_too_few_recent_requests_fail_the_job_with_the_window(folders: MlFolders) -> None:
    recent(folders, LEAST_ROWS - 1)
    with pytest.raises(ValueError, match=r"199 labelled requests from 2026-11-20 08:00.* at least 200 are needed"):
        main(folders, SIGNATURE, RECENT, PREFIXES)


def test_nothing_at_all_fails_the_job_with_a_sentence(folders: MlFolders) -> None:
    with pytest.raises(ValueError, match="there are 0 labelled rows"):
        main(folders, SIGNATURE, ALL, PREFIXES)


def test_one_label_only_fails_the_job(folders: MlFolders) -> None:
    data = making.dataset(300)
    write_csv(folders, Dataset(SIGNATURE, data.rows, np.ones(300, bool)))
    with pytest.raises(ValueError, match="all 300 labelled rows have the label 1"):
        main(folders, SIGNATURE, ALL, PREFIXES)
