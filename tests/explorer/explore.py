"""Every order of events within a setting's bounds, breadth first: the first violation has the shortest story.

A state is the scene, where each handler that is alive stands, and what may still happen. A handler that is killed just
goes; that is possible in every state, so before and after each of its calls. From every scene the same end is tried:
all handlers die, and sweeps alone have to bring everything to its end.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.remediation.outcomes import Outcome
from core.remediation.rows import EpisodeRow
from tests.explorer.invariants import of_change, of_end, of_telling
from tests.explorer.scene import LOST, Call, Outside, Scene, finished
from tests.explorer.setting import Setting
from tests.explorer.tasks import APPROVED, FREEZING, LIFTING, PROMOTING, SETTLING, SWEEPING, Tasks
from tests.lambdas.faults import Fault

CONSTANT = frozenset(
    {
        "alarms.made",
        "alarms.standing",
        "registry.package",
        "registry.newest_approved",
        "endpoints.prepare",
        "endpoints.scale",
        "runs.approval",
        "runs.artifacts",
        "releases.switch",
    }
)
"""What does not change here, and is done twice as once: their order with others' calls makes no difference."""
RELEASED = frozenset({"findings.release", "endpoints.endpoint"})
"""Reads of what changes only where the way to the endpoint is explored."""
TIMELY = frozenset({"findings.evidence"})
"""Reads of what changes only with time."""


KINDS = (
    (SWEEPING, "sweeps"),
    (SETTLING, "settles"),
    (FREEZING, "freezes"),
    (PROMOTING, "promotes"),
    (APPROVED, "approvals"),
)
"""Handlers that are not begun by an alarm, and where a setting says how often. One of each at a time, of events two."""


class Left(NamedTuple):
    """What may still happen."""

    deliveries: tuple[int, ...]
    sweeps: int
    settles: int
    freezes: int
    approvals: int
    promotes: int
    served: int
    rollbacks: int
    faults: int
    jumps: tuple[int, ...]
    endings: int
    deletions: int


class State(NamedTuple):
    scene: Scene
    tasks: tuple[int, ...]
    left: Left


@dataclass(frozen=True)
class Violation:
    what: str
    story: tuple[str, ...]

    def __str__(self) -> str:
        return "\n  ".join((self.what, *self.story))


@dataclass(frozen=True)
class Explored:
    """What was seen. `whole` is False where the limit of states came first."""

    setting: str
    states: int
    transitions: int
    scenes: int
    executions: int
    seconds: float
    violation: Violation | None
    whole: bool
    outcomes: frozenset[Outcome]
    """What episodes came to in any state."""

    def __str__(self) -> str:
        seen = f"{self.states:,} states, {self.transitions:,} transitions, {self.scenes:,} scenes ended by sweeps"
        return f"{self.setting}: {seen}, {self.executions:,} executions of handlers, {self.seconds:.1f} s"


class Broken(Exception):
    """An invariant does not hold."""


class Exploration:
    def __init__(self, setting: Setting) -> None:
        self.setting, self.outside = setting, Outside()
        self.tasks = Tasks(setting, self.outside)
        self._ended: dict[tuple[Scene, int], Scene] = {}
        self._judged: set[tuple[Scene, bool]] = set()
        self._from: dict[State, tuple[State, str] | None] = {}
        self._transitions = 0

    def explore(self, most: int = 5_000_000) -> Explored:
        begun, violation, whole = time.monotonic(), None, True
        first = State(self.outside.begin(self.setting.rows, *_begun(self.setting)), (), _left(self.setting))
        self._from[first] = None
        queue = deque([first])
        at: State = first
        try:
            while queue:
                at = queue.popleft()
                self._end(at)
                for what, state in self._following(at):
                    self._transitions += 1
                    if state not in self._from:
                        self._from[state] = (at, what)
                        queue.append(state)
                if len(self._from) > most:
                    whole = False
                    break
        except Broken as broken:
            what, *last = broken.args
            violation = Violation(what, (*self._story(at), *last))
        seconds = time.monotonic() - begun
        counts = (len(self._from), self._transitions, len(self._judged), self.tasks.executed)
        return Explored(self.setting.name, *counts, seconds, violation, whole, self._outcomes())

    def _outcomes(self) -> frozenset[Outcome]:
        numbers = {number for state in self._from for _, number in state.scene.rows}
        rows = (self.outside.rows.values[number] for number in numbers)
        return frozenset(row.outcome for row in rows if isinstance(row, EpisodeRow) and row.outcome is not None)

    def _story(self, state: State) -> tuple[str, ...]:
        told: list[str] = []
        step = self._from[state]
        while step is not None:
            told.append(step[1])
            step = self._from[step[0]]
        return tuple(reversed(told))

    def _following(self, state: State) -> Iterator[tuple[str, State]]:
        yield from self._happenings(state)
        for task in dict.fromkeys(state.tasks):
            yield from self._steps(state, task)

    def _steps(self, state: State, task: int) -> Iterator[tuple[str, State]]:
        """The handler's next call is made; or spoilt; or the handler is killed."""
        scene, left = state.scene, state.left
        call = self.tasks.standing(task).call
        assert call is not None
        who = self._who(task)
        others = list(state.tasks)
        others.remove(task)
        after, reply = self._make(scene, call, task, f"{who}: {call.name}")
        self._raise(of_telling(scene, after, self._spoilt(left), self.outside), f"{who}: {call.name}")
        yield f"{who}: {call.name} -> {_short(reply)}", self._with(after, others, self.tasks.after(task, reply), left)
        if left.faults and self.tasks.body(task) != FREEZING:
            fewer = left._replace(faults=left.faults - 1)
            lost = self.tasks.after(task, LOST)
            yield f"{who}: killed before {call.name}", State(scene, tuple(others), fewer)
            yield f"{who}: {Fault.REQUEST_LOST.name} {call.name}", self._with(scene, others, lost, fewer)
            if after != scene:
                yield f"{who}: {Fault.REPLY_LOST.name} {call.name}", self._with(after, others, lost, fewer)

    def _happenings(self, state: State) -> Iterator[tuple[str, State]]:
        scene, tasks, left = state
        bodies = [self.tasks.body(task) for task in tasks]
        hearing = len([body for body in bodies if body in self.setting.bodies])
        for index, count in enumerate(left.deliveries):
            if count and hearing < self.setting.at_once:
                counts = (*left.deliveries[:index], count - 1, *left.deliveries[index + 1 :])
                begun = self.tasks.begin(self.setting.bodies[index])
                name = self.setting.alarms[index].name
                yield f"delivered: {name}", self._with(scene, tasks, begun, left._replace(deliveries=counts))
        for body, member in KINDS:
            if (count := getattr(left, member)) and bodies.count(body) < (2 if body == APPROVED else 1):
                fewer = left._replace(**{member: count - 1})
                yield f"begins: {body}", self._with(scene, tasks, self.tasks.begin(body), fewer)
        for index, seconds in enumerate(left.jumps):
            fewer = left._replace(jumps=(*left.jumps[:index], *left.jumps[index + 1 :]))
            later = scene._replace(now=scene.now + seconds)
            yield f"{seconds} s pass", State(later, tuple(task for task in tasks if self._lives(task, later)), fewer)
        if left.endings and any(each.status == "Executing" for each in scene.executions):
            ended = _all_ended(scene)._replace(now=scene.now + self.setting.run_s)
            yield "the run fails", State(ended, tasks, left._replace(endings=left.endings - 1))
        for well, member in ((True, "served"), (False, "rollbacks")):
            if (count := getattr(left, member)) and scene.served.status == "Updating":
                what = "the new version serves" if well else "the deployment is rolled back"
                yield what, State(finished(scene, well), tasks, left._replace(**{member: count - 1}))
        running = any(each.status == "Executing" for each in scene.executions)
        if left.deletions and scene.pipeline and not running:  # SageMaker refuses it while one runs
            yield "the pipeline is deleted", State(scene._replace(pipeline=False), tasks, left._replace(deletions=0))

    def _with(self, scene: Scene, others: Any, task: int, left: Left) -> State:
        """With the task, as far as it goes without others noticing, or without it where it has ended."""
        standing = self.tasks.standing(task)
        passes = left.jumps or (left.endings and self.setting.run_s)
        still = CONSTANT if passes else CONSTANT | TIMELY
        still = still if self.setting.release else still | RELEASED
        while standing.call is not None and standing.call.name in still:
            _, reply = self.outside.perform(scene, standing.call)
            task = self.tasks.after(task, reply)
            standing = self.tasks.standing(task)
        return State(scene, tuple(sorted((*others, task) if standing.call is not None else others)), left)

    def _make(self, scene: Scene, call: Call, task: int, how: str) -> Any:
        after, reply = self.outside.perform(scene, call)
        if after is not scene:
            self._raise(of_change(scene, after, self.tasks.replies(task), self.setting, self.outside), how)
        return after, reply

    def _spoilt(self, left: Left) -> int:
        """How often something went wrong, or a handler may have been slower than a lease."""
        return self.setting.faults - left.faults + len(self.setting.jumps) - len(left.jumps)

    def _lives(self, task: int, scene: Scene) -> bool:
        """Whether the platform has not ended it for its timeout. One that has not looked yet holds nothing."""
        looked, timeout_s = self.tasks.looked(task), self.setting.timeout_s
        return not timeout_s or looked is None or scene.now - looked < timeout_s

    def _who(self, task: int) -> str:
        body = self.tasks.body(task)
        if body in self.setting.bodies:
            return f"handler of {self.setting.alarms[self.setting.bodies.index(body)].kind}"
        return body

    def _end(self, state: State) -> None:
        """All die; time passes, runs end, sweeps run: then nothing may be left open."""
        calm = not self._spoilt(state.left) and not state.tasks
        if not self.setting.deaths or (state.scene, calm) in self._judged:
            return
        self._judged.add((state.scene, calm))
        scene = state.scene
        for round in range(3):
            scene = self._rest(scene, round)
        scene = self._whole(scene, SETTLING)
        found = of_end(scene, calm, self.setting, self.outside)
        self._raise(found, "all handlers die; sweeps alone go on")

    def _raise(self, found: Iterable[str], *last: str) -> None:
        for what in found:
            if not self.setting.only or what.partition(":")[0] in self.setting.only:
                raise Broken(what, *last)

    def _rest(self, scene: Scene, round: int) -> Scene:
        known = self._ended.get((scene, round))
        if known is None:
            after = self._whole(self._whole(scene, SETTLING), SWEEPING)
            if self.setting.release:
                after = self._whole(after, LIFTING) if self.setting.freezes else after
                after = finished(self._whole(after, PROMOTING), well=not self.setting.rollbacks)
            later = after.now + self.setting.policy.retrain.lease_s + 1
            known = self._ended[scene, round] = _all_ended(after)._replace(now=later)
        return known

    def _whole(self, scene: Scene, body: str) -> Scene:
        """One handler alone, from its beginning to its end."""
        current, heard = scene, []

        def ask(name: str, *arguments: Any, **more: Any) -> Any:
            nonlocal current
            call = self.outside.call(name, *arguments, **more)
            before, (current, reply) = current, self.outside.perform(current, call)
            if current is not before:
                found = of_change(before, current, tuple(heard), self.setting, self.outside)
                self._raise(found, "all handlers die", f"{body} alone: {name}")
            heard.append(reply)
            return self.tasks.meaning(reply)

        standing = self.tasks.run(body, ask)
        self.tasks.executed += 1
        if standing.ended.startswith("raised"):
            self._raise((f"I6: a sweep alone {standing.ended}",), "all handlers die")
        return current


def explore(setting: Setting, most: int = 5_000_000) -> Explored:
    return Exploration(setting).explore(most)


def _left(setting: Setting) -> Left:
    deliveries = tuple(alarm.deliveries for alarm in setting.alarms)
    release = (setting.approvals, setting.promotes, setting.served, setting.rollbacks)
    counts = (setting.sweeps, setting.settles, setting.freezes, *release, setting.faults)
    return Left(deliveries, *counts, setting.jumps, setting.endings, setting.deletions)


def _begun(setting: Setting) -> tuple[Any, ...]:
    return (setting.release.executions, setting.release.served) if setting.release else ()


def _all_ended(scene: Scene) -> Scene:
    ended = (each if each.status == "Succeeded" else each._replace(status="Failed") for each in scene.executions)
    return scene._replace(executions=tuple(ended))


def _short(reply: Any) -> str:
    return reply.kind if reply.kind != "plain" else "done"
