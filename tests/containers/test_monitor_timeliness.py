"""Requests of other hours and windows that nobody watched: told, and never counted twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from containers.monitor import gaps
from containers.monitor.capture import Span, _Reader, batches
from core.contracts import reports
from core.contracts.capture import CapturedRequest, Payload, hour_folder, hour_folders
from core.contracts.policy import ModelPolicy
from core.contracts.reports import MonitorReport, report_folder
from core.diagnosis import Verdict, diagnose
from core.statistics.checks import Shape
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    POLICY,
    ROWS,
    SIGNATURE,
    Held,
    Memory,
    Requests,
    bucket,
    replace_objects,
    run,
    watch_lines,
)

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WIDTH = 3


def line(at: datetime, event: str = "") -> bytes:
    answer = Payload("1,0.75", "CSV", "text/csv")
    request = CapturedRequest(event or f"{at:%H%M%S%f}", at, Payload("1,2,3", "CSV", "text/csv"), answer)
    return json.dumps(json.loads(request.line()), separators=(",", ":")).encode()


def shape(lines: list[bytes], span: Span, scanned: bool) -> Shape:
    reader = _Reader(span, WIDTH, 10_000)
    found = list(reader.scanned([b"\n".join(lines)]) if scanned else reader.parsed(lines))
    whole = reader.rest().shape
    for batch in found:
        whole += batch.shape
    return whole


@pytest.mark.parametrize("scanned", [False, True])
def test_requests_of_other_hours_are_counted_by_either_reader_and_are_in_no_other_number(scanned: bool) -> None:
    minutes = [*range(0, 60, 5), -1, -2, -4, 60, 61]
    lines = [line(START + MINUTE * minute) for minute in minutes]
    found = shape(lines, Span(START, START + HOUR, START), scanned)
    assert (found.rows, found.requests, found.late, found.ahead, found.unreadable) == (12, 12, 3, 2, 0)
    assert found.seen == 12
    assert found.misplaced == 5 / 17


@pytest.mark.parametrize("scanned", [False, True])
def test_those_that_lie_hours_off_cannot_be_placed_as_well(scanned: bool) -> None:
    lines = [line(START), line(START - 6 * MINUTE), line(START + HOUR * 3)]
    found = shape(lines, Span(START, START + HOUR, START), scanned)
    assert (found.requests, found.late, found.ahead, found.unreadable) == (1, 1, 1, 2)


@pytest.mark.parametrize("scanned", [False, True])
def test_a_window_that_begins_within_an_hour_leaves_the_rest_of_it_to_the_one_before(scanned: bool) -> None:
    span = Span(START + 30 * MINUTE, START + 90 * MINUTE, START)
    lines = [line(START + MINUTE * minute) for minute in (0, 10, 30, 89, 90, 119)]
    found = shape(lines, span, scanned)
    assert (found.requests, found.late, found.ahead, found.unreadable) == (2, 0, 0, 0)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 5 * 60 - 1), st.integers(-8, 8), st.booleans()), max_size=40),
    st.sampled_from([30, 60, 90, 120]),
    st.integers(0, 59),
)
@example(written=[(0, 0, False)], length=30, offset=31)
def test_no_request_counts_in_two_windows_and_what_lies_in_its_own_hour_counts_in_one(
    written: list[tuple[int, int, bool]], length: int, offset: int
) -> None:
    """Requests at a minute, written into the folder of some minutes later or earlier, some of them twice."""
    files: dict[str, list[bytes]] = {}
    own, other = set(), set()
    for number, (minute, lag, twice) in enumerate(written):
        at = START + MINUTE * minute
        event = f"event-{number}"
        for _ in range(1 + twice):
            files.setdefault(hour_folder(at + MINUTE * lag), []).append(line(at, event))
        (own if hour_folder(at) == hour_folder(at + MINUTE * lag) else other).add(event)
    rows, end = 0, START - MINUTE * (length - offset % length)
    while end < START + 7 * HOUR:
        start, end = end, end + MINUTE * length
        span = Span(start, end, START)
        blocks = [b"\n".join(files.get(folder, [])) for folder in hour_folders(start, end)]
        rows += sum(batch.shape.requests for batch in batches(blocks, span, WIDTH))
    assert len(own) <= rows <= len(own) + len(other)


def test_a_growing_share_of_requests_of_other_hours_is_a_violation(memory: Memory, requests: Requests) -> None:
    def watched(late: int) -> MonitorReport:
        moved = [replace(one, at=one.at.replace(hour=7, minute=57)) for one in requests[:late]]
        return watch_lines(replace_objects(memory), [one.line() for one in (*moved, *requests[late:])])

    few, many = watched(ROWS // 20), watched(ROWS // 5)
    assert few.data_quality is not None
    assert many.data_quality is not None
    assert (few.data_quality.misplaced, few.violations) == (0.05, ())
    assert many.data_quality.misplaced == 0.2
    (violation,) = many.violations
    assert violation.check == reports.FRESHNESS
    assert "60 of earlier ones" in violation.description
    assert many.rows == ROWS - 60
    assert diagnose(many, POLICY).verdict is Verdict.UPSTREAM_FAULT
    assert "a clock is wrong" in diagnose(many, POLICY).cause


class TestWindowsBefore:
    def report_of(self, memory: Memory, hours: int, after: float = 0.1) -> None:
        """An earlier window, watched without requests so many hours after it ended."""
        memory.now = END - HOUR * hours + HOUR * after
        run(memory, replace(JOB, scheduled_at=(END - HOUR * hours).isoformat()))
        memory.now = END

    def since(self, memory: Memory, hours: int, **changes: object) -> None:
        assert memory.release is not None
        memory.release = replace(memory.release, released_at=(END - HOUR * hours).isoformat())
        memory.policy = ModelPolicy("churn", SIGNATURE, replace(POLICY, **changes))  # type: ignore[arg-type]

    def watched(self, memory: Memory, requests: Requests) -> MonitorReport:
        return watch_lines(memory, [one.line() for one in requests])

    def test_those_without_a_report_are_named_the_newest_first(self, memory: Memory, requests: Requests) -> None:
        self.since(memory, 6)
        self.report_of(memory, 2)
        found = self.watched(memory, requests)
        assert found.windows is not None
        assert (found.windows.expected, found.windows.found) == (5, 1)
        ends = [(END - HOUR * hours).isoformat() for hours in (1, 3, 4, 5)]
        assert found.windows.missing == tuple(ends)
        said = diagnose(found, POLICY).evidence
        assert any("4 of 5, the newest" in sentence and ends[0] in sentence for sentence in said)
        page = memory.objects[f"{bucket('reports')}{report_folder(NAMES.report_prefix, END)}{reports.PAGE}"].decode()
        assert "Windows before this one with a report: 1 of 5" in page

    def test_where_all_are_there_nothing_is_said(self, memory: Memory, requests: Requests) -> None:
        self.since(memory, 3)
        self.report_of(memory, 2)
        self.report_of(memory, 1)
        found = self.watched(memory, requests)
        assert found.windows is not None
        assert (found.windows.expected, found.windows.found, found.windows.missing) == (2, 2, ())
        assert not any("without a report" in sentence for sentence in diagnose(found, POLICY).evidence)

    def test_those_that_were_told_of_when_the_next_was_due_are_late(self, memory: Memory, requests: Requests) -> None:
        self.since(memory, 6)
        for hours, after in ((1, 0.4), (2, 1.5), (3, 1.0), (4, 3.5)):
            self.report_of(memory, hours, after)
        found = self.watched(memory, requests)
        assert found.windows is not None
        assert (found.windows.expected, found.windows.found, found.windows.told_late) == (5, 4, 2)
        late = tuple((END - HOUR * hours).isoformat() for hours in (2, 4))
        assert found.windows.late == late
        assert any("told of late: 2 of 5" in each and late[0] in each for each in diagnose(found, POLICY).evidence)
        page = memory.objects[f"{bucket('reports')}{report_folder(NAMES.report_prefix, END)}{reports.PAGE}"].decode()
        assert " ".join(page.split()).count(f"those of {', '.join(late)} had theirs only when the next was due") == 1

    def test_one_that_is_watched_again_was_told_of_in_time(self, memory: Memory, requests: Requests) -> None:
        self.since(memory, 3)
        self.report_of(memory, 1)
        self.report_of(memory, 2)
        self.report_of(memory, 2, after=2)
        found = self.watched(memory, requests)
        assert found.windows is not None
        assert (found.windows.found, found.windows.told_late) == (2, 0)

    @pytest.mark.parametrize(("hours", "expected"), [(1, 0), (1.5, 0), (2, 1), (50, 24)])
    def test_only_whole_windows_of_the_release_are_expected(
        self, memory: Memory, requests: Requests, hours: int, expected: int
    ) -> None:
        self.since(memory, hours)
        found = self.watched(memory, requests)
        assert found.windows is not None
        assert found.windows.expected == expected
        assert len(found.windows.missing) == min(expected, gaps.NAMED)

    def test_it_is_no_violation_of_this_windows_data(self, memory: Memory, requests: Requests) -> None:
        self.since(memory, 50)
        assert self.watched(memory, requests).violations == ()

    @pytest.mark.parametrize("changes", [{"recent_windows": 0}, {"period_s": 7200}])
    def test_nothing_is_said_where_windows_before_are_not_looked_at_or_this_is_none_of_the_schedules(
        self, memory: Memory, requests: Requests, changes: dict[str, object]
    ) -> None:
        self.since(memory, 6, **changes)
        assert self.watched(memory, requests).windows is None

    def test_a_report_reads_them_again_and_one_of_before_has_none(self, memory: Memory, requests: Requests) -> None:
        self.since(memory, 3)
        found = self.watched(memory, requests)
        assert MonitorReport.from_json(found.to_json()) == found
        old = json.loads(found.to_json())
        for name in ("windows", "outliers", "anomalies"):
            del old[name]
        for name in ("outliers", "anomalies", "misplaced"):
            del old["data_quality"][name]
        read = MonitorReport.from_json(json.dumps(old))
        assert (read.windows, read.outliers, read.anomalies) == (None, (), None)
        assert read.data_quality is not None
        assert read.data_quality.anomalies is None

    def test_a_schedule_that_goes_on_at_other_minutes_has_missed_nothing(self) -> None:
        """Once it is changed, a rate counts from then. The oldest one was due before what matters."""
        rhythm = gaps.Rhythm(END, HOUR, 24, since=END - 10 * HOUR)
        shift = 25 * MINUTE
        told = [END - HOUR, END - 2 * HOUR, *(END - shift - HOUR * number for number in (3, 4, 5, 7, 8, 9, 10))]
        marks = [Held(0, report_folder("s3://b/churn/", due) + reports.TOLD, due + 10 * MINUTE) for due in told]
        found = gaps.windows(lambda _: marks, "s3://b/churn/", rhythm)
        assert (found.expected, found.found, found.told_late) == (9, 8, 0)
        assert found.missing == ((END - 6 * HOUR).isoformat(),)

    def test_reports_are_listed_by_their_days(self) -> None:
        asked: list[str] = []

        def listed(prefixes: object) -> list[object]:
            asked.extend(prefixes)  # type: ignore[arg-type]
            return []

        due = START - 7 * HOUR  # 02:00
        rhythm = gaps.Rhythm(due, HOUR, 24, since=due - 1000 * HOUR)
        assert gaps.windows(listed, "s3://b/churn/", rhythm).found == 0
        assert asked == ["s3://b/churn/2026/11/19/", "s3://b/churn/2026/11/20/"]
        asked.clear()
        gaps.windows(listed, "s3://b/churn/", replace(rhythm, many=168))
        assert len(asked) == 3, "forty-eight windows are looked at"

    def test_the_policy_of_a_day_is_expected_by_the_day(self) -> None:
        day = timedelta(days=1)
        told = report_folder("s3://b/churn/", START - day) + reports.TOLD
        rhythm = gaps.Rhythm(START, day, 3, since=START - 10 * day)
        found = gaps.windows(lambda _: [Held(0, told, START)], "s3://b/churn/", rhythm)
        assert (found.expected, found.found, found.told_late) == (3, 1, 0)
        assert found.missing == tuple((START - day * number).isoformat() for number in (2, 3))
