"""A graph or a list of alarms that is too full is several, and nothing of it is left out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.widgets import MOST_ALARMS, MOST_LINES, Line, alarm_states, calculated, graph, graphs, shortened
from tests.infra.dashboards import written_out

PLACE: dict[str, Any] = {"region": "eu-west-1", "statistic": "Sum", "period_s": 300}


@given(many=st.integers(0, 3 * MOST_LINES), together=st.integers(1, 5))
def test_every_line_is_drawn_once_and_in_order(many: int, together: int) -> None:
    lines = [calculated("1", str(number), f"id{number}") for number in range(many * together)]
    drawn = [widget["properties"]["metrics"] for widget in graphs("Title", lines, together=together, **PLACE)]
    assert [line for part in drawn for line in part] == lines
    assert all(0 < len(part) <= MOST_LINES and len(part) % together == 0 for part in drawn)


@given(many=st.integers(0, 3 * MOST_LINES))
def test_there_are_no_more_graphs_than_needed_and_each_has_its_own_title(many: int) -> None:
    lines = [calculated("1", str(number), f"id{number}") for number in range(many)]
    titles = [widget["properties"]["title"] for widget in graphs("Title", lines, **PLACE)]
    assert len(titles) == -(-many // MOST_LINES)
    assert len(set(titles)) == len(titles)
    assert titles in ([], ["Title"]) or titles[-1] == f"Title (part {len(titles)} of {len(titles)})"


def test_one_graph_takes_no_more_than_it_can_show() -> None:
    lines = [calculated("1", str(number), f"id{number}") for number in range(MOST_LINES + 1)]
    assert len(graph("Title", lines[:-1], **PLACE)["properties"]["metrics"]) == MOST_LINES
    with pytest.raises(ValueError, match=f"Title has {MOST_LINES + 1} lines"):
        graph("Title", lines, **PLACE)


@given(many=st.integers(0, 3 * MOST_ALARMS))
def test_every_alarm_is_listed_once_and_in_order(many: int) -> None:
    arns = [f"arn:{number}" for number in range(many)]
    listed = [widget["properties"]["alarms"] for widget in alarm_states("Alarms", arns)]
    assert [arn for part in listed for arn in part] == arns
    assert all(0 < len(part) <= MOST_ALARMS for part in listed)


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=4, max_size=4), min_size=1, max_size=MOST_LINES))
def test_what_is_shortened_means_the_same(lines: list[Line]) -> None:
    whole = graph("Title", lines, **PLACE)
    short = shortened(whole)
    assert written_out(short["properties"]["metrics"]) == lines
    assert {**short["properties"], "metrics": lines} == whole["properties"]


def test_what_a_line_shares_with_the_one_before_is_a_dot() -> None:
    whole = graph("Title", [["space", "one", "of", "x"], ["space", "two", "of", "x"]], **PLACE)
    assert shortened(whole)["properties"]["metrics"] == [["space", "one", "of", "x"], [".", "two", ".", "."]]
