"""A scene answers as the fakes do, so what is explored is what the other tests run."""

from __future__ import annotations

import pytest

from tests.explorer.explore import Exploration
from tests.explorer.scene import STALE, Call
from tests.explorer.setting import of
from tests.explorer.settings import DRIFT, QUALITY
from tests.explorer.tasks import SETTLING, SWEEPING
from tests.lambdas.fakes import BEGINNING
from tests.lambdas.world import SWEEP, World

EVENT = "event"


@pytest.mark.parametrize(
    "story",
    [
        (EVENT,),
        (EVENT, EVENT),
        (SWEEPING,),
        (EVENT, SWEEPING),
        (EVENT, SETTLING),
        (SWEEPING, EVENT, SETTLING, SWEEPING),
    ],
    ids="-".join,
)
def test_the_same_story_leaves_the_same_rows_runs_and_messages(story: tuple[str, ...]) -> None:
    exploration = Exploration(of("a story", QUALITY))
    body = exploration.setting.bodies[0]
    world, scene = World(), exploration.outside.begin(exploration.setting.rows)
    world.raise_alarm("quality", BEGINNING)
    for part in story:
        scene = exploration._whole(scene, body if part == EVENT else part)
        {EVENT: world.remediate, SWEEPING: world.remediate, SETTLING: world.settle}[part](
            body if part == EVENT else SWEEP
        )
    rows = {row.key: row for row in exploration.outside.values(scene)}
    assert rows == dict(world.ledger.peek(*world.ledger.items).rows)
    assert [(run.token, run.name, run.parameters, run.status) for run in world.pipelines.runs] == [
        (each.token, each.name, each.parameters, each.status) for each in scene.executions
    ]
    told = [exploration.outside.messages.values[number] for number, count in scene.told for _ in range(count)]
    assert sorted(told) == sorted((notice.attributes["dedup"], notice.text) for notice in world.topic.notices)


def test_a_row_that_was_changed_since_it_was_read_is_not_written() -> None:
    exploration = Exploration(of("two", QUALITY, DRIFT))
    outside, (row,) = exploration.outside, exploration.setting.rows
    first = outside.call("ledger.commit", row)
    scene, _ = outside.perform(outside.begin((row,)), first)
    again, reply = outside.perform(scene, first)
    assert (again, reply) == (scene, STALE)
    assert outside.perform(scene, Call("ledger.commit", ((), ((outside.keys.of(row.key), 1),))))[1] == STALE
