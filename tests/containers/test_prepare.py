"""The job that makes data sets: files in, files out."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from containers.folders import MlFolders
from containers.prepare.gather import check, sources
from containers.prepare.main import CAPTURE, GROUND_TRUTH, LABELLED, main
from containers.prepare.selection import Selection
from containers.prepare.split import split
from core.contracts.capture import CapturedRequest, GroundTruth, Payload, hour_folder
from core.contracts.environment import PrepareEnvironment
from core.contracts.stages import TEST, TRAIN, VALIDATION
from tests.containers import making
from tests.containers.making import SIGNATURE
from tests.containers.prepared import (
    ALL,
    END,
    PREFIXES,
    RECENT,
    START,
    as_set,
    lineage,
    outputs,
    recent,
    request,
    write_csv,
    write_requests,
)


def test_the_labelled_data_set_becomes_three_sets_in_the_form_of_the_contract(folders: MlFolders) -> None:
    data = making.dataset(400)
    write_csv(folders, data)
    main(folders, SIGNATURE, ALL, PREFIXES)
    sets = outputs(folders)
    assert all(found.signature == SIGNATURE for found in sets.values())
    assert set.union(*map(as_set, sets.values())) == as_set(data)
    shares = [len(sets[name]) / 400 for name in (TRAIN, VALIDATION, TEST)]
    assert shares == pytest.approx([0.60, 0.15, 0.25], abs=0.06)


def test_columns_may_come_in_any_order_and_with_others_between(folders: MlFolders) -> None:
    data = making.dataset(300)
    file = folders.processing_input(LABELLED) / "deep" / "b.csv"
    file.parent.mkdir(parents=True)
    rows = zip(data.labels.tolist(), data.rows.tolist(), strict=True)
    lines = [f'{row[2]!r},"Ann, Bo",{row[0]!r},{int(label)},{row[1]!r}' for label, row in rows]
    file.write_text("\ufeffsite,name,dose,ill,age\r\n" + "\r\n".join(lines))
    main(folders, SIGNATURE, ALL, PREFIXES)
    assert set.union(*map(as_set, outputs(folders).values())) == as_set(data)


@pytest.mark.fault("F42")
def test_what_the_model_answered_is_never_taken_for_a_label(folders: MlFolders) -> None:
    """Captured lines among the labels are faults, and so many of them end the run."""
    recent(folders)
    capture = next(folders.processing_input(CAPTURE).rglob("*.jsonl"))
    truth = next(folders.processing_input(GROUND_TRUTH).rglob("*.jsonl"))
    truth.write_bytes(capture.read_bytes())
    with pytest.raises(ValueError, match="cannot be used"):
        main(folders, SIGNATURE, RECENT, PREFIXES)


@pytest.mark.fault("F42")
@pytest.mark.parametrize("name", [LABELLED, GROUND_TRUTH])
@pytest.mark.parametrize("prefix", ["s3://c/", "s3://c/churn/e/AllTraffic/", "s3://c"])
def test_no_folder_of_labels_lies_where_the_model_s_answers_lie(name: str, prefix: str) -> None:
    with pytest.raises(ValueError, match="the model's own answers"):
        check({**PREFIXES, name: prefix}, ["s3://b/", "s3://c/"])


def test_the_folders_that_a_run_reads_are_apart() -> None:
    job = environment("all", "2026-11-20T09:00:00+01:00")
    found = sources(job, Selection.read(job))
    check(found, [found[CAPTURE]])
    assert set(found) == {LABELLED, CAPTURE, GROUND_TRUTH}


def test_labels_come_from_ground_truth_and_never_from_the_model(folders: MlFolders) -> None:
    data = recent(folders)
    main(folders, SIGNATURE, RECENT, PREFIXES)
    assert set.union(*map(as_set, outputs(folders).values())) == as_set(data)


def test_a_label_may_arrive_hours_after_its_request(folders: MlFolders) -> None:
    recent(folders, late=timedelta(hours=30))
    assert main(folders, SIGNATURE, RECENT, PREFIXES).startswith("300 rows")


def test_a_request_counts_once_and_only_inside_the_window_and_with_a_label(folders: MlFolders) -> None:
    data = making.dataset(304, seed=11)
    inside = [request(number, row) for number, row in enumerate(data.rows[:300].tolist())]
    before, after, unlabelled, edge = data.rows[300:].tolist()
    requests = [
        *inside,
        inside[0],
        request(300, before, START - timedelta(seconds=1)),
        request(301, after, END),
        request(302, unlabelled),
        request(303, edge, END - timedelta(seconds=1)),
    ]
    labels = {f"event-{number}": int(label) for number, label in enumerate(data.labels) if number != 302}
    write_requests(folders, requests, labels, timedelta())
    message = main(folders, SIGNATURE, RECENT, PREFIXES)
    assert message.startswith("301 rows")
    assert message.endswith("1 without a label")


def test_the_inference_id_is_what_labels_are_joined_on(folders: MlFolders) -> None:
    data = making.dataset(250, seed=3)
    requests = [request(number, row, inference_id=f"own-{number}") for number, row in enumerate(data.rows.tolist())]
    labels = {f"own-{number}": int(label) for number, label in enumerate(data.labels)}
    write_requests(folders, requests, labels, timedelta())
    main(folders, SIGNATURE, RECENT, PREFIXES)
    assert set.union(*map(as_set, outputs(folders).values())) == as_set(data)


def test_requests_that_bear_one_id_are_left_out_for_their_label_is_of_one_of_them(folders: MlFolders) -> None:
    """A customer's number as the inference id, say."""
    data = making.dataset(300, seed=5)
    rows = data.rows.tolist()
    own = [f"own-{number if number < 280 else 280 + (number - 280) // 2}" for number in range(300)]
    requests = [request(number, row, inference_id=own[number]) for number, row in enumerate(rows)]
    labels = {id: int(label) for id, label in zip(own, data.labels, strict=True)}
    write_requests(folders, [*requests, requests[0]], labels, timedelta())
    message = main(folders, SIGNATURE, RECENT, PREFIXES)
    assert message.startswith("280 rows"), "what is delivered twice is one request"
    assert message.endswith("0 without a label, 20 whose id others bear")
    used = set.union(*map(as_set, outputs(folders).values()))
    assert len(used) == 280


def test_a_later_label_corrects_an_earlier_one(folders: MlFolders) -> None:
    data = recent(folders)
    corrected = folders.processing_input(GROUND_TRUTH) / hour_folder(START + timedelta(hours=5)) / "labels.jsonl"
    corrected.parent.mkdir(parents=True)
    corrected.write_text(GroundTruth("event-7", str(int(not data.labels[7]))).line())
    main(folders, SIGNATURE, RECENT, PREFIXES)
    data.labels[7] = not data.labels[7]
    assert set.union(*map(as_set, outputs(folders).values())) == as_set(data)


def test_requests_of_several_rows_and_of_every_encoding_are_read(folders: MlFolders) -> None:
    data = making.dataset(300, seed=11)
    rows, labels = data.rows.tolist(), data.labels.astype(int).tolist()
    instances = json.dumps({"instances": rows[:100]})
    encoded = base64.b64encode("\n".join(",".join(map(repr, row)) for row in rows[100:200]).encode()).decode()
    bodies = [
        Payload(instances, "JSON", "application/json"),
        Payload(encoded, "BASE64", "text/csv; charset=utf-8"),
        Payload("\n".join(",".join(map(repr, row)) for row in rows[200:]), "CSV", "text/csv"),
    ]
    requests = [CapturedRequest(f"event-{at}", START, body, None) for at, body in enumerate(bodies)]
    separators = (",", "\n", ",")
    truths = {
        f"event-{at}": separators[at].join(map(str, labels[100 * at : 100 * at + 100])) for at in range(len(bodies))
    }
    write_requests(folders, requests, truths, timedelta())
    main(folders, SIGNATURE, RECENT, PREFIXES)
    assert set.union(*map(as_set, outputs(folders).values())) == as_set(data)


def test_all_takes_the_labelled_data_set_and_the_requests_since(folders: MlFolders) -> None:
    write_csv(folders, making.dataset(300, seed=5))
    recent(folders)
    main(folders, SIGNATURE, Selection(labelled=True, start=START), PREFIXES)
    found = lineage(folders)
    assert isinstance(found["sources"], dict)
    assert {name: source["rows"] for name, source in found["sources"].items()} == {LABELLED: 300, CAPTURE: 300}


def test_the_lineage_says_which_object_gave_how_many_rows(folders: MlFolders) -> None:
    write_csv(folders, making.dataset(300), "2025/a.csv")
    write_csv(folders, making.dataset(100, seed=2), "2026/b.csv")
    main(folders, SIGNATURE, ALL, PREFIXES)
    found = lineage(folders)
    assert isinstance(found["sources"], dict)
    assert found["sources"][LABELLED] == {
        "prefix": "s3://d/labelled/",
        "rows": 400,
        "rejected": 0,
        "unlabelled": 0,
        "ambiguous": 0,
        "objects": {"2025/a.csv": 300, "2026/b.csv": 100},
    }
    assert found["sets"] == {
        name: {"rows": len(data), "ones": int(data.labels.sum())} for name, data in outputs(folders).items()
    }


def test_missing_values_stay_missing(folders: MlFolders) -> None:
    data = making.dataset(300)
    file = write_csv(folders, data)
    file.write_text(file.read_text() + "1,,0.25,\n0, ,nan,1\n")
    main(folders, SIGNATURE, ALL, PREFIXES)
    assert sum(int(np.isnan(found.rows).sum()) for found in outputs(folders).values()) == 4


cells = st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))
matrices = st.lists(st.tuples(cells, cells), min_size=1, max_size=60).map(lambda rows: np.array(rows, dtype=np.float64))


@given(matrices)
def test_every_row_is_in_exactly_one_set(rows: np.ndarray) -> None:
    sets = split(rows)
    assert sorted(np.concatenate(list(sets.values())).tolist()) == list(range(len(rows)))


@given(matrices, st.randoms(use_true_random=False))
def test_a_row_is_in_the_same_set_whatever_else_is_read(rows: np.ndarray, random: object) -> None:
    def place(values: np.ndarray) -> dict[bytes, str]:
        return {(values[at] + 0.0).tobytes(): name for name, chosen in split(values).items() for at in chosen}

    everything, half = place(rows), place(rows[::2][::-1])
    assert all(everything[row] == name for row, name in half.items())


def test_a_row_is_in_the_same_set_when_traffic_repeats_it(folders: MlFolders) -> None:
    rows = making.rows(500, seed=1)
    first, again = split(rows), split(rows.astype(np.float32).astype(np.float64))
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_the_shares_are_seventy_fifteen_fifteen() -> None:
    sets = split(making.rows(20_000, seed=1))
    shares = [len(sets[name]) / 20_000 for name in (TRAIN, VALIDATION, TEST)]
    assert shares == pytest.approx([0.60, 0.15, 0.25], abs=0.01)


def environment(train_on: str, start: str = "none", end: str = "none", without: str = "none") -> PrepareEnvironment:
    return PrepareEnvironment("risk", "dev", "churn", "111122223333", "eu-west-1", train_on, start, end, without)


def test_a_feature_that_has_died_is_left_empty_and_each_row_stays_in_its_set(folders: MlFolders) -> None:
    data = making.dataset(400)
    write_csv(folders, data)
    main(folders, SIGNATURE, ALL, PREFIXES)
    before = outputs(folders)
    main(folders, SIGNATURE, replace(ALL, without=("age",)), PREFIXES)
    after, age = outputs(folders), SIGNATURE.names.index("age")
    for name, kept in before.items():
        assert np.isnan(after[name].rows[:, age]).all()
        others = [at for at in range(len(SIGNATURE.names)) if at != age]
        assert np.array_equal(after[name].rows[:, others], kept.rows[:, others], equal_nan=True)
        assert np.array_equal(after[name].labels, kept.labels)
    assert lineage(folders)["without"] == ["age"]


def test_features_to_leave_empty_are_read_from_the_environment() -> None:
    assert Selection.read(environment("all", without="age,dose")).without == ("age", "dose")


@pytest.mark.parametrize(
    ("without", "reason"), [(("height",), "accepted are dose, age, site"), (SIGNATURE.names, "at least")]
)
def test_what_is_no_feature_cannot_be_left_empty_nor_can_all(without: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        replace(ALL, without=without).columns_without(SIGNATURE.names)


def test_a_run_by_hand_takes_the_labelled_data_set_alone() -> None:
    assert Selection.read(environment("all")) == ALL


def test_a_window_is_read_with_any_offset_from_utc() -> None:
    found = Selection.read(environment("recent", "2026-11-20T09:00:00+01:00", "2026-11-20T10:00:00Z"))
    assert found == RECENT
    assert (found.first_hour, found.behind_last_hour()) == ("2026/11/20/08", "2026/11/20/110")


@pytest.mark.parametrize(
    ("train_on", "start", "end", "reason"),
    [
        ("some", "none", "none", "TRAIN_ON is 'some'; accepted are 'all' and 'recent'"),
        ("recent", "2026-11-20T09:00:00Z", "none", "must be times"),
        ("recent", "2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z", "is not before"),
        ("all", "yesterday", "none", "RECENT_FROM is 'yesterday'; accepted is a time in ISO 8601, or 'none'"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(train_on: str, start: str, end: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Selection.read(environment(train_on, start, end))
