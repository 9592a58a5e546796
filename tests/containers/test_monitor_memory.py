"""What a run left for the next ones, damaged: they go on without it, and write it anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from containers.model import TrainedModel
from containers.monitor.late_labels import watch_endpoint
from core.contracts.importance import Importance
from core.contracts.reports import IMPORTANCE, LATEST, RECENT, REPORT, report_folder
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    POLICY,
    Memory,
    bucket,
    capture,
    captured,
    draw,
    label,
    labels,
    latest,
    replace_objects,
    run,
)

HOUR = timedelta(hours=1)
PLACE = bucket("reports") + NAMES.report_prefix
OTHER = "arn:aws:sagemaker:us-east-1:111122223333:model-package/risk-dev-churn/9"
Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def second(made: tuple[Memory, TrainedModel]) -> Memory:
    """A world in which one window was watched, and the next was captured."""
    own, model = replace_objects(made[0]), made[1]
    assert own.release is not None
    own.release = replace(own.release, released_at=(END - 3 * HOUR).isoformat())
    for end, seed in ((END - HOUR, 41), (END, 40)):
        capture(own, [one.line() for one in captured(model, draw(300, seed), end - HOUR)], end - HOUR)
    run(own, replace(JOB, scheduled_at=(END - HOUR).isoformat()))
    return own


def goes_on(world: Memory, name: str, content: bytes) -> Memory:
    """After a run that found this in a file."""
    own = replace_objects(world)
    own.objects[PLACE + name] = content
    assert run(own).startswith("Completed")
    assert own.published
    assert latest(own).end == END.isoformat()
    ends = [window["end"] for window in json.loads(own.objects[PLACE + RECENT])["windows"]]
    assert ends[-1] == END.isoformat()
    newest = Importance.from_json(own.objects[PLACE + IMPORTANCE]).versions
    assert END.isoformat() in {one.end for one in newest}
    return own


NONSENSE = [b"", b"{", b"[]", b"null", b'"x"', b"3", b"[" * 200_000, b"\xff\xfe\x00", b'{"version": 1}']


@pytest.mark.parametrize("name", [RECENT, IMPORTANCE, LATEST])
@pytest.mark.parametrize("content", NONSENSE, ids=[repr(each[:12]) for each in NONSENSE])
def test_a_file_that_is_none_stops_no_run(name: str, content: bytes, second: Memory) -> None:
    goes_on(second, name, content)


def counts(name: str, edit: Callable[[list[Any]], Any]) -> Edit:
    return lambda window: window["features"].update({name: edit(window["features"][name])})


WINDOWS: dict[str, Edit] = {
    "an end without an offset": lambda window: window.update(end="2026-11-20T08:00:00"),
    "an end that is no time": lambda window: window.update(end="x"),
    "an end that is a number": lambda window: window.update(end=3),
    "a count that no integer holds": counts("x1", lambda found: [10**30, *found[1:]]),
    "a count that is not finite": counts("kind", lambda found: [found[0], float("inf")]),
    "a category's count that is a text": counts("kind", lambda found: [{"1": "2"}, 0]),
    "a negative count": counts("x1", lambda found: [-(10**6), *found[1:]]),
    "nested counts": counts("x1", lambda found: [[one] for one in found]),
    "counts with fractions": counts("x1", lambda found: [one + 0.7 for one in found]),
    "counts in place of categories": counts("kind", lambda found: [3, 4]),
    "categories in place of counts": counts("x1", lambda found: [{"1": 2}, 0]),
    "no feature": lambda window: window["features"].clear(),
    "features that are a list": lambda window: window.update(features=[]),
    "negative counts of attributions": lambda window: window["attributions"].update(
        x1=[-5 for _ in window["attributions"]["x1"]]
    ),
    "attributions that are nothing": lambda window: window.update(attributions={"x1": None}),
    "a tally that is a number": lambda window: window.update(tallies={"kind": 5}),
    "a tally of text": lambda window: window.update(tallies={"kind": ["1"] * 9}),
}


@pytest.mark.parametrize("fault", WINDOWS)
def test_a_window_that_cannot_be_read_is_none_and_the_others_stay(fault: str, second: Memory) -> None:
    good = json.loads(second.objects[PLACE + RECENT])
    bad = json.loads(second.objects[PLACE + RECENT])["windows"][0]
    WINDOWS[fault](bad)
    found = goes_on(second, RECENT, json.dumps({**good, "windows": [bad]}).encode())
    assert latest(found).recent_windows == 0
    earlier = {**good["windows"][0], "end": (END - 2 * HOUR).isoformat()}
    found = goes_on(second, RECENT, json.dumps({**good, "windows": [earlier, bad]}).encode())
    assert latest(found).recent_windows == 1


VERSIONS: dict[str, Edit] = {
    "an end without an offset": lambda version: version.update(end="2026-11-20T08:00:00"),
    "an end that is no time": lambda version: version.update(end="x"),
    "another package, released at a time without an offset": lambda version: version.update(
        package_arn=OTHER, released_at="2026-11-20T08:00:00"
    ),
    "another package, released at no time": lambda version: version.update(package_arn=OTHER, released_at=None),
    "shares that are texts": lambda version: version.update(package_arn=OTHER, window={"x1": "a"}),
    "shares that are none": lambda version: version.update(package_arn=OTHER, window=None),
    "shares that are not finite": lambda version: version.update(package_arn=OTHER, window={"x1": float("inf")}),
    "shares that no float holds": lambda version: version.update(package_arn=OTHER, window={"x1": 10**400}),
    "shares of the window alone": lambda version: version.update(package_arn=OTHER, training={}),
    "an unknown member": lambda version: version.update(package_arn=OTHER, colour="red"),
}


@pytest.mark.parametrize("fault", VERSIONS)
def test_a_version_that_cannot_be_read_stops_no_run(fault: str, second: Memory) -> None:
    known = json.loads(second.objects[PLACE + IMPORTANCE])
    VERSIONS[fault](known["versions"][0])
    goes_on(second, IMPORTANCE, json.dumps(known).encode())


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"version": 2}', b'"x"', b"[" * 200_000])
def test_a_first_look_whose_report_is_damaged_judged_nothing(
    content: bytes, memory: Memory, model: TrainedModel
) -> None:
    own = replace_objects(memory)
    own.policy = replace(own.policy, watch=replace(POLICY, labels_s=3600))
    rows, start = draw(300, 41), END - 2 * HOUR
    requests = captured(model, rows, start)
    capture(own, [one.line() for one in requests], start)
    label(own, [one.line() for one in labels(requests, rows)], start)
    own.objects[report_folder(PLACE, END - HOUR) + REPORT] = content
    assert "Its quality is not told" not in watch_endpoint(JOB, own)


def test_a_run_whose_year_was_typed_wrong_stands_before_no_window(memory: Memory, model: TrainedModel) -> None:
    """And what such a run left before this was so is put right by the next one."""
    own = replace_objects(memory)
    assert own.release is not None
    own.release = replace(own.release, released_at=(END - 5 * HOUR).isoformat())
    own.now = END - 2 * HOUR
    wrong = datetime(2062, 11, 20, 9, tzinfo=END.tzinfo)
    capture(own, [one.line() for one in captured(model, draw(200, 1), wrong - HOUR)], wrong - HOUR)
    message = run(own, replace(JOB, scheduled_at=wrong.isoformat()))
    assert "The window ends after its report was written: nothing later is compared with it." in message
    assert report_folder(PLACE, wrong) + REPORT in own.objects, "whoever asked for it has the report"
    assert PLACE + LATEST not in own.objects
    assert json.loads(own.objects[PLACE + RECENT])["windows"] == []
    own.release = replace(own.release, package_arn=OTHER)
    for hours in (1, 0):
        end = END - hours * HOUR
        own.now = end + timedelta(minutes=4)
        capture(own, [one.line() for one in captured(model, draw(200, 2 + hours), end - HOUR)], end - HOUR)
        assert "ends after" not in run(own, replace(JOB, scheduled_at=end.isoformat()))
        assert latest(own).end == end.isoformat()
    assert latest(own).recent_windows == 1


def test_what_a_run_of_the_future_left_is_put_right(second: Memory) -> None:
    """As it was written by earlier versions of the monitor."""
    own = replace_objects(second)
    own.now, future = END, "2062-11-20T09:00:00+00:00"
    for name, inside in ((RECENT, "windows"), (IMPORTANCE, "versions")):
        left = json.loads(own.objects[PLACE + name])
        left[inside][-1]["end"] = future
        own.objects[PLACE + name] = json.dumps(left).encode()
    own.objects[PLACE + LATEST] = json.dumps({**json.loads(own.objects[PLACE + LATEST]), "end": future}).encode()
    run(own)
    assert latest(own).end == END.isoformat()
    assert [each["end"] for each in json.loads(own.objects[PLACE + RECENT])["windows"]] == [END.isoformat()]
    assert [each.end for each in Importance.from_json(own.objects[PLACE + IMPORTANCE]).versions] == [END.isoformat()]


def test_an_earlier_window_that_is_watched_again_is_not_the_newest(second: Memory) -> None:
    own = replace_objects(second)
    run(own)
    own.now = END + HOUR
    run(own, replace(JOB, scheduled_at=(END - HOUR).isoformat()))
    assert latest(own).end == END.isoformat()
