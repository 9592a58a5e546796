"""Whatever arrives: a violation, INCONCLUSIVE, or a clear error; never a silent pass."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.model import TrainedModel
from core.contracts import reports
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.reports import MonitorReport
from core.diagnosis import Diagnosis, Verdict, diagnose
from core.statistics.categories import KEPT
from tests.containers.world import (
    END,
    NAMES,
    POLICY,
    Memory,
    bucket,
    capture,
    captured,
    draw,
    latest,
    released,
    replace_objects,
    run,
)

ROWS = 400
KEY = f"{bucket('capture')}{NAMES.capture_prefix}{NAMES.endpoint}/AllTraffic/2026/11/20/08/a.jsonl"
PAGE = f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{reports.PAGE}"


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released(1500)


@pytest.fixture(scope="module")
def requests(world: tuple[Memory, TrainedModel]) -> list[CapturedRequest]:
    return captured(world[1], draw(ROWS, 40))


def judged(world: tuple[Memory, TrainedModel], content: bytes) -> tuple[MonitorReport, Diagnosis]:
    memory = replace_objects(world[0])
    memory.objects[KEY] = content
    run(memory)
    assert memory.objects[PAGE], "every run leaves its page"
    report = latest(memory)
    return report, diagnose(report, POLICY)


def whole(requests: list[CapturedRequest]) -> bytes:
    return "\n".join(one.line() for one in requests).encode()


def test_a_compressed_file_proves_nothing(world: tuple[Memory, TrainedModel], requests: list[CapturedRequest]) -> None:
    report, found = judged(world, gzip.compress(whole(requests)))
    assert report.rows == 0
    assert report.unreadable > 0
    assert found.verdict in (Verdict.INCONCLUSIVE, Verdict.UPSTREAM_FAULT)


def test_a_damaged_file_among_sound_lines_is_told(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest]
) -> None:
    damaged = gzip.compress(whole(requests))[:9000].replace(b"{", b"\n")
    report, found = judged(world, whole(requests) + b"\n" + b"\n".join([damaged] * 20))
    assert report.rows == ROWS
    assert found.verdict is Verdict.UPSTREAM_FAULT or any("could not be read" in text for text in found.evidence)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_read_up_to_where_it_ends(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest], cut: float
) -> None:
    content = whole(requests)
    report, _ = judged(world, content[: int(len(content) * cut)])
    assert abs(report.rows - ROWS * cut) < 3
    assert report.unreadable <= 1


def test_a_schema_that_changed_in_the_midst_of_the_window_is_told(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest]
) -> None:
    wider = [replace(one, request=Payload(f"{one.request.data},7", "CSV", "text/csv")) for one in requests[200:]]
    report, found = judged(world, whole([*requests[:200], *wider]))
    assert (report.rows, found.verdict) == (200, Verdict.UPSTREAM_FAULT)
    assert [violation.check for violation in report.violations] == [reports.EXTRA_COLUMN]


def test_columns_that_changed_places_are_told(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest]
) -> None:
    turned = [",".join(one.request.data.split(",")[::-1]) for one in requests]
    bad = [replace(one, request=Payload(data, "CSV", "text/csv")) for one, data in zip(requests, turned, strict=True)]
    report, found = judged(world, whole(bad))
    assert found.verdict is Verdict.UPSTREAM_FAULT
    assert reports.CATEGORICAL_VALUES in {violation.check for violation in report.violations}


def test_many_distinct_categories_are_counted_in_bounds_and_told(world: tuple[Memory, TrainedModel]) -> None:
    """As many as the window has rows, each unlike all others; memory does not grow with them."""
    rows = draw(20_000, 41)
    rows.values[:, 3] = np.arange(20_000) + 1000
    block = Payload("\n".join(",".join(map(repr, row)) for row in rows.values.tolist()), "CSV", "text/csv")
    answers = Payload("\n".join(["1,0.75"] * 20_000), "CSV", "text/csv")
    one = CapturedRequest(event_id="one", at=END - timedelta(minutes=30), request=block, response=answers)
    report, found = judged(world, whole([one]))
    assert (report.rows, found.verdict, found.features) == (20_000, Verdict.UPSTREAM_FAULT, ("kind",))
    assert any("100.0% of the values" in violation.description for violation in report.violations)
    assert KEPT < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("words",)], ids=["numbers", "words"])
def test_a_million_different_categories_are_told_in_the_memory_of_a_few(words: tuple[str, ...]) -> None:
    """Read file by file, in a process of its own. A dictionary of them all would take 100 MB more."""
    few, many = (_read_apart(rows, *words) for rows in (100_000, 1_000_000))
    assert many["rows"] == 1_000_000
    assert many["peak_mb"] < few["peak_mb"] + 40
    assert many["report_kb"] <= few["report_kb"] + 1
    assert many["verdict"] == "UPSTREAM_FAULT"
    assert any(f"kind {reports.CATEGORICAL_VALUES}: 100.0% of the values" in told for told in many["violations"])
    assert {told.split()[0] for told in many["violations"]} == {"kind"}


def _read_apart(rows: int, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.containers.many_categories", str(rows), *words]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


@pytest.mark.parametrize("rows", [0, 1, 10, 99])
def test_few_rows_prove_nothing_and_are_reported(world: tuple[Memory, TrainedModel], rows: int) -> None:
    def moved(values: np.ndarray) -> None:
        values[:] *= 100

    report, found = judged(world, whole(captured(world[1], draw(rows, 42, moved))))
    assert (report.rows, report.violations, found.verdict) == (rows, (), Verdict.INCONCLUSIVE)


@pytest.mark.parametrize("skew", [timedelta(days=-1), timedelta(hours=-3), timedelta(hours=2), timedelta(days=400)])
def test_a_clock_that_is_wrong_for_half_of_the_requests_is_told(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest], skew: timedelta
) -> None:
    late = [replace(one, at=one.at + skew) for one in requests[200:]]
    report, found = judged(world, whole([*requests[:200], *late]))
    assert (report.rows, report.unreadable) == (200, 200)
    assert found.verdict is Verdict.UPSTREAM_FAULT


def test_numbers_that_no_model_takes_leave_every_number_of_the_report_finite(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest]
) -> None:
    cells = ["nan", "inf", "-inf", "9" * 400, "1e-400", "-0", "3.4e38", "-3.4e38", "1e39", "0x1", "", "٣"]
    bad = [
        replace(one, request=Payload(f"{cells[at % len(cells)]},50,5,1", "CSV", "text/csv"))
        for at, one in enumerate(requests)
    ]
    report, found = judged(world, whole(bad))
    assert found.verdict is Verdict.UPSTREAM_FAULT
    for feature in report.features:
        assert np.isfinite(
            [feature.drift, feature.completeness, feature.attribution_share, feature.attribution_drift]
        ).all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_bytes_that_were_damaged_anywhere_never_pass_for_other_numbers(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest], data: st.DataObject
) -> None:
    """What can still be read is read; what cannot is counted: no line is lost without a word."""
    lines = [one.line().encode() for one in requests[:150]]
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines) - 1))
        place = data.draw(st.integers(0, len(lines[at]) - 1))
        lines[at] = (
            lines[at][:place] + data.draw(st.sampled_from([b"", b"\x00", b"\xff", b"{", b'"'])) + lines[at][place + 1 :]
        )
    report, found = judged(world, b"\n".join(lines))
    shape = sum("columns" in violation.description for violation in report.violations)
    assert report.rows + report.unreadable >= 145 or shape
    assert found.verdict in set(Verdict)


def test_files_in_another_order_and_twice_give_the_same_report(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest]
) -> None:
    plain, _ = judged(world, whole(requests))
    memory = replace_objects(world[0])
    for name, part in (("c", requests[:150]), ("a", requests[100:]), ("b", requests[::-1])):
        capture(memory, [one.line() for one in part], name=name)
    run(memory)
    assert latest(memory) == plain


def test_requests_that_are_left_out_for_their_id_are_told_of(
    world: tuple[Memory, TrainedModel], requests: list[CapturedRequest]
) -> None:
    memory = replace_objects(world[0])
    several = [replace(one, event_id=requests[at // 2].event_id) for at, one in enumerate(requests)]
    capture(memory, [one.line() for one in several])
    assert f"{len(requests) // 2} requests left out, for another one has their id" in run(memory)
    assert latest(memory).rows == (len(requests) + 1) // 2
    assert "left out" not in run(whole_window(world[0], requests))


def whole_window(memory: Memory, requests: list[CapturedRequest]) -> Memory:
    own = replace_objects(memory)
    capture(own, [one.line() for one in requests])
    return own
