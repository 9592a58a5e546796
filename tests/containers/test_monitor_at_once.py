"""Runs over windows of one model at the same time: what each tells the windows to come is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.contracts.importance import Importance
from core.contracts.reports import IMPORTANCE, LATEST, RECENT, REPORT, MonitorReport
from tests.containers.world import END, JOB, NAMES, Memory, Requests, bucket, capture, replace_objects, run

HOUR = timedelta(hours=1)
PLACE = f"{bucket('reports')}{NAMES.report_prefix}"


@dataclass
class Interrupted(Memory):
    """Between a report and what follows from it, something else happens, once."""

    meanwhile: Callable[[], object] | None = None

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None:
        super().put(uri, content, content_type)
        if uri.endswith(REPORT) and self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()


@pytest.mark.parametrize("first", [0, 1])
def test_two_windows_at_once_are_both_remembered(memory: Memory, requests: Requests, first: int) -> None:
    """The other one begins after this one has read what is there, and ends before it writes."""
    ends = [END, END + HOUR]
    world = Interrupted(dict(replace_objects(memory).objects), [], memory.policy, memory.release, END + HOUR)
    capture(world, [one.line() for one in requests])
    later = [replace(one, at=one.at + HOUR, event_id=f"{one.event_id}+") for one in requests]
    capture(world, [one.line() for one in later], at=END)
    one, other = (replace(JOB, scheduled_at=ends[number].isoformat()) for number in (first, 1 - first))
    world.meanwhile = lambda: run(world, other)
    run(world, one)
    found = json.loads(world.objects[PLACE + RECENT])["windows"]
    assert [window["end"] for window in found] == [end.isoformat() for end in ends]
    assert MonitorReport.from_json(world.objects[PLACE + LATEST]).end == ends[1].isoformat()
    (version,) = Importance.from_json(world.objects[PLACE + IMPORTANCE]).versions
    assert version.end == ends[1].isoformat()


def test_a_run_that_began_before_a_release_takes_nothing_from_the_one_after_it(
    memory: Memory, requests: Requests
) -> None:
    assert memory.release is not None
    world = Interrupted(dict(replace_objects(memory).objects), [], memory.policy, memory.release, END + HOUR)
    capture(world, [one.line() for one in requests])
    later = [replace(one, at=one.at + HOUR, event_id=f"{one.event_id}+") for one in requests]
    capture(world, [one.line() for one in later], at=END)
    newer = replace(memory.release, package_arn=memory.release.package_arn[:-1] + "2")

    def released() -> None:
        world.release = newer
        run(world, replace(JOB, scheduled_at=(END + HOUR).isoformat()))

    world.meanwhile = released
    run(world, JOB)
    (window,) = json.loads(world.objects[PLACE + RECENT])["windows"]
    assert (window["package_arn"], window["end"]) == (newer.package_arn, (END + HOUR).isoformat())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 1, "windows": [{"end": 3}]}'])
def test_counts_that_cannot_be_read_are_begun_anew(memory: Memory, requests: Requests, content: bytes) -> None:
    world = replace_objects(memory)
    world.objects[PLACE + RECENT] = content
    capture(world, [one.line() for one in requests])
    run(world, JOB)
    assert len(json.loads(world.objects[PLACE + RECENT])["windows"]) == 1


def test_a_window_that_is_watched_again_counts_once(memory: Memory, requests: Requests) -> None:
    world = replace_objects(memory)
    capture(world, [one.line() for one in requests])
    run(world, JOB)
    first = world.objects[PLACE + RECENT]
    run(world, JOB)
    assert world.objects[PLACE + RECENT] == first
