"""The compiled table of requests tells what a set would tell."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from containers.monitor.seen import SMALLEST, Seen
from core.statistics.keys import Keys, hashed

NEAR = [0, 1, 2, SMALLEST, 2 * SMALLEST, 3 * SMALLEST, 2**64 - 1, 2**64 - SMALLEST]
"""Keys that want the same places, and those at the ends."""
EVENTS = st.lists(st.one_of(st.sampled_from(NEAR), st.integers(0, 2**64 - 1)), max_size=30)


def keys(events: list[int]) -> Keys:
    return np.array(events, np.uint64)


def plainly(seen: set[int], events: list[int], room: int) -> tuple[list[int], bool]:
    """What `Seen.take` tells, by a set."""
    places: list[int] = []
    for at, event in enumerate(events):
        if event in seen:
            continue
        if len(places) == room:
            return places, True
        seen.add(event)
        places.append(at)
    return places, False


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), EVENTS, st.integers(0, 30)), max_size=8))
def test_requests_are_taken_once_however_they_come(steps: list[tuple[bool, list[int], int]]) -> None:
    seen, known = Seen(), set[int]()
    for alone, events, room in steps:
        if alone:
            for event in events:
                assert (event in seen) == (event in known)
                seen.add(event) if event not in seen else None
                known.add(event)
        else:
            places, more = seen.take(keys(events), room)
            assert (places.tolist(), more) == plainly(known, events, room)
        assert len(seen) == len(known)
    assert seen.requests.tolist() == sorted(known)
    assert all(event in seen for event in known)


def test_a_table_grows_with_its_requests() -> None:
    events = hashed([str(at) for at in range(3 * SMALLEST)])
    seen = Seen()
    for at in range(0, len(events), 1000):
        places, more = seen.take(events[max(0, at - 500) : at + 1000], 10**9)
        assert (len(places), more) == (len(events[at : at + 1000]), False)
    assert (seen.requests == np.sort(events)).all()


def test_requests_that_count_elsewhere_are_here_and_do_not_count() -> None:
    one, other = hashed(["one", "other"])
    seen = Seen([keys([int(one)])])
    assert seen.take(keys([int(one), int(other)]), 9)[0].tolist() == [0, 1]
    assert seen.counts(keys([int(one), int(other)])).tolist() == [False, True]
