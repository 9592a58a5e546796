"""The benchmark of the monitors, at a size that proves nothing but that it measures what it says."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import monitor
from bench.monitor import Comparison, Goal, Spent
from bench.monitoring import kinds, stopwatch
from bench.monitoring.inputs import COLUMNS, SHIFTED, Sizes, people, prepare, requests, table
from bench.peers import PINS, peers_python
from containers.monitor.given import given_rows
from core.contracts.capture import CapturedRequest

SIZES = replace(Sizes.scaled(0.0005), drift=3000)  # from 1,000 rows on evidently takes distances in place of tests
HERE = Path(sys.executable)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("inputs")
    prepare(made, SIZES)
    return made


def test_inputs_are_the_same_for_the_same_sizes_and_others_for_others(folder: Path) -> None:
    before = (folder / "window.npy").stat().st_mtime_ns
    prepare(folder, SIZES)
    assert (folder / "window.npy").stat().st_mtime_ns == before
    assert (table(500, 1) == table(500, 1)).all()
    assert len(people(700)[0]) == 700


def test_one_column_of_the_window_has_moved() -> None:
    moved = np.abs(table(5000, 2, shift=0.5).mean(axis=1) - table(5000, 1).mean(axis=1))[:20]
    assert moved.argmax() == SHIFTED
    assert np.sort(moved)[-2] < 0.1


def test_requests_are_unlike_each_other_and_of_the_documented_form() -> None:
    lines = [json.loads(line) for line in requests(5000)]
    assert len({line["eventMetadata"]["eventId"] for line in lines}) == 5000
    assert len(lines[-1]["captureData"]["endpointInput"]["data"].split(",")) == COLUMNS


def test_work_is_timed_without_its_first_run() -> None:
    calls = []
    told = stopwatch.timed(lambda: calls.append(1) or len(calls), runs=3, warm=True)
    assert (told["found"], len(told["cpu_s"]), len(told["wall_s"])) == (4, 3, 3)


@pytest.mark.slow(takes_s=30)
def test_memory_is_that_of_the_process_alone_not_of_the_one_that_starts_it(folder: Path) -> None:
    held = np.ones(40_000_000)
    assert stopwatch.peak_mb() > held.nbytes / 2**20
    assert monitor._run(HERE, "theirs", "plain", folder, 1, 1)["peak_mb"] < 100


def test_a_missed_goal_is_told() -> None:
    goals = (Goal("at least 2", "1", False), Goal("at most 9", "3", True))
    row = Comparison("x", Spent(1, 2, 3), "peer", Spent(4, 4, 4), goals).row()
    assert row[-2:] == ("at least 2; at most 9", "1: NO; 3: yes")
    assert row[8:11] == ("4", "2", "1.33")
    assert Comparison("x", Spent(1, 2, 3)).row()[4:11] == ("-",) * 7


def test_every_peer_has_one_version() -> None:
    pins = [line for line in PINS.read_text().splitlines() if line and not line.startswith("#")]
    assert all("==" in pin for pin in pins)
    assert {"evidently", "smclarify", "xgboost-cpu"} <= {pin.split("==")[0] for pin in pins}


@pytest.mark.slow
def test_attributions_are_those_of_the_library_that_grew_the_trees(folder: Path) -> None:
    compared = monitor._attribution(HERE, folder, SIZES, rounds=1)
    assert compared[0].goals[1].met
    assert compared[0].theirs is not None
    assert compared[0].ours.peak_mb > 20


@pytest.mark.slow
def test_captured_requests_are_read_to_the_same_numbers(folder: Path) -> None:
    parsed, _, _, gathered = monitor._capture(HERE, folder, SIZES, rounds=1)
    assert parsed.goals[1].met
    assert gathered.ours.cpu_s > 0


@pytest.mark.slow
def test_rows_with_texts_and_with_embeddings_are_read_and_how_fast_is_told(folder: Path) -> None:
    texts, embeddings = monitor._kinds(folder, SIZES, rounds=1)
    for compared, what in ((texts, "a text of some ten words"), (embeddings, "a list of 768 numbers")):
        told = re.fullmatch(rf"200 captured requests of 5 numbers and {what}, .*: ([\d,]+) rows/s", compared.work)
        assert told is not None
        assert int(told[1].replace(",", "")) == pytest.approx(200 / compared.ours.cpu_s, rel=0.01)
        assert compared.row()[4:] == ("-",) * 7 + ("", "")


@pytest.mark.parametrize(("kind", "cells"), [("texts", 6), ("embeddings", 6)])
def test_requests_of_other_kinds_are_unlike_each_other_and_of_the_documented_form(kind: str, cells: int) -> None:
    features = kinds.FEATURES[kind]
    lines = [CapturedRequest.parse(line) for line in kinds.requests(kind, 300)]
    rows = [given_rows(line.request, features).rows for line in lines if line.request]
    assert [len(row) for row in rows] == [1] * 300
    last = [row[0][-1] for row in rows]
    assert len(set(map(str, last))) == len({line.event_id for line in lines}) == 300
    assert {len(row[0]) for row in rows} == {cells}
    assert all(len(each) == 768 for each in last) if kind == "embeddings" else any("," in each for each in last)


@pytest.mark.slow
def test_a_row_that_was_not_read_is_no_speed(folder: Path) -> None:
    with pytest.raises(AssertionError, match="of 201 rows with texts were read"):
        monitor._kinds(folder, replace(SIZES, texts=201), rounds=1)


@pytest.mark.slow
def test_all_rows_of_a_window_are_read(folder: Path) -> None:
    smallest, _, largest = monitor._memory(folder, SIZES)
    assert str(16 * SIZES.window) in largest.work.replace(",", "")
    assert 0 < smallest.ours.peak_mb <= largest.ours.peak_mb < 400  # MB; the compiled reader alone is some 130


@pytest.mark.slow
def test_evidently_and_smclarify_give_the_same_numbers_where_they_are_installed(folder: Path) -> None:
    if not (peers := Path("build/bench/peers/made")).exists() or peers.read_text() != PINS.read_text():
        pytest.skip("`python -m bench monitor` installs them")
    drift = monitor._drift(peers_python(), folder, SIZES, rounds=1)
    assert [goal.met for goal in drift[0].goals[1:]] == [True, True]
    (bias,) = monitor._bias(peers_python(), folder, SIZES, rounds=1)
    assert bias.goals[1].met
