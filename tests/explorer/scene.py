"""The outside at one moment, as a value: the ledger's rows, the executions, what was published, the time.

The semantics are those of `tests.lambdas.fakes`; `test_scene` holds the two against each other. Rows and keys are
numbers (`Numbers`), so that scenes compare and hash quickly.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any, NamedTuple

from core.contracts.ledger import Key
from core.contracts.parameters import TrainingParameters
from core.remediation.rows import Row


class Numbers:
    """Gives equal values one number."""

    def __init__(self) -> None:
        self._of: dict[Hashable, int] = {}
        self.values: list[Any] = []

    def of(self, value: Hashable) -> int:
        number = self._of.get(value)
        if number is None:
            number = self._of[value] = len(self.values)
            self.values.append(value)
        return number


class Execution(NamedTuple):
    """One execution of a pipeline."""

    pipeline: str
    token: str
    name: str
    parameters: TrainingParameters
    at: int
    status: str = "Executing"


class Served(NamedTuple):
    """The endpoint, and what is on record of it."""

    version: int
    """That its config carries."""
    status: str = "InService"
    target: int = 0
    """Version that it is changing to."""
    changes: int = 0
    asked: tuple[int, ...] = ()
    """Versions that it was asked to change to, in that order."""
    failed: tuple[int, ...] = ()
    """Those that were rolled back."""
    record: int = 1


class Scene(NamedTuple):
    """Times are seconds since the beginning."""

    now: int
    rows: tuple[tuple[int, int], ...]
    """Number of the key -> number of the row, in order of keys."""
    executions: tuple[Execution, ...] = ()
    told: tuple[tuple[int, int], ...] = ()
    """Number of a message -> how often it was published."""
    pipeline: bool = True
    served: Served = Served(1)
    drawn: int = 0
    """Random texts that were drawn: only known-bad designs draw."""


class Call(NamedTuple):
    """What a handler asks of a port."""

    name: str
    arguments: tuple[Any, ...]


class Reply(NamedTuple):
    """What the port answers, or the name of the failure that it raises."""

    kind: str
    value: Any = None


NONE = Reply("plain")
LOST = Reply("Unavailable", "timed out")
STALE = Reply("Stale", "changed since")
GONE = Reply("NotThere", "Pipeline does not exist.")
BUSY = Reply("Refused", "Cannot update in-progress endpoint")


class Outside:
    """What calls do to a scene."""

    def __init__(self) -> None:
        self.keys, self.rows, self.messages = Numbers(), Numbers(), Numbers()

    def begin(
        self, rows: tuple[Row, ...], executions: tuple[Execution, ...] = (), served: Served | None = None
    ) -> Scene:
        numbers = tuple(sorted((self.keys.of(row.key), self.rows.of(row)) for row in rows))
        return Scene(0, numbers, executions, served=served or Served(1))

    def call(self, name: str, *arguments: Any, **more: Any) -> Call:
        """A call with its rows and keys as numbers."""
        if name == "ledger.read":
            return Call(name, tuple(map(self.keys.of, arguments)))
        if name == "ledger.commit":
            written = tuple((self.keys.of(row.key), row.revision, self._next(row)) for row in arguments)
            held = tuple((self.keys.of(row.key), row.revision) for row in more["unchanged"]) if more else ()
            return Call(name, (written, held))
        if name == "topic.publish":
            notice = arguments[0]
            return Call(name, (self.messages.of((notice.attributes["dedup"], notice.text)),))
        if name == "findings.evidence":
            return Call(name, (arguments[0].model,))
        if name in ("endpoints.prepare", "endpoints.deploy"):
            return Call(name, (_version(arguments[1]),))
        if name == "endpoints.write_release":
            return Call(name, (_version(arguments[1].endpoint_config),))
        if name == "endpoints.scale":
            return Call(name, ())
        return Call(name, arguments)

    def perform(self, scene: Scene, call: Call) -> tuple[Scene, Reply]:
        match call.name:
            case "ledger.read":
                known = dict(scene.rows)
                return scene, Reply("reading", (scene.now, tuple(known[key] for key in call.arguments if key in known)))
            case "ledger.commit":
                return self._commit(scene, *call.arguments)
            case "topic.publish":
                told = dict(scene.told)
                told[call.arguments[0]] = told.get(call.arguments[0], 0) + 1
                return scene._replace(told=tuple(sorted(told.items()))), NONE
            case "pipelines.start":
                return self._start(scene, *call.arguments)
            case "pipelines.executions":
                if not scene.pipeline:
                    return scene, GONE
                return scene, Reply("listed", _listed(scene, call.arguments[0]))
            case "runs.execution":
                found = [each for each in scene.executions if arn(scene, each) == call.arguments[0] and scene.pipeline]
                return scene, Reply("execution", (call.arguments[0], found[0].status)) if found else NONE
            case "findings.evidence":
                return scene, Reply("evidence", (call.arguments[0], scene.now))
            case "findings.release":
                return scene, Reply("release", (call.arguments[0], scene.served))
            case "endpoints.endpoint":
                return scene, Reply("endpoint", scene.served)
            case "endpoints.deploy":
                return self._deploy(scene, *call.arguments)
            case "endpoints.write_release":
                return scene._replace(served=scene.served._replace(record=call.arguments[0])), NONE
            case "endpoints.prepare" | "endpoints.scale" | "releases.switch":
                return scene, NONE
            case "random.draw":
                return scene._replace(drawn=scene.drawn + 1), Reply("plain", f"{scene.drawn:064x}")
            case _:
                return scene, Reply(call.name, call.arguments)

    def value(self, scene: Scene, key: Key) -> Any:
        """The row of a key; None where there is none."""
        number = dict(scene.rows).get(self.keys.of(key))
        return None if number is None else self.rows.values[number]

    def values(self, scene: Scene) -> list[Any]:
        return [self.rows.values[number] for _, number in scene.rows]

    def _deploy(self, scene: Scene, version: int) -> tuple[Scene, Reply]:
        served = scene.served
        if served.status != "InService":
            return scene, BUSY
        changing = served._replace(
            status="Updating", target=version, changes=served.changes + 1, asked=(*served.asked, version)
        )
        return scene._replace(served=changing), NONE

    def _next(self, row: Row) -> int:
        return self.rows.of(replace(row, revision=row.revision + 1))

    def _commit(self, scene: Scene, written: Any, held: Any) -> tuple[Scene, Reply]:
        known = dict(scene.rows)
        for key, revision in (*((key, revision) for key, revision, _ in written), *held):
            if (self.rows.values[known[key]].revision if key in known else 0) != revision:
                return scene, STALE
        known.update({key: row for key, _, row in written})
        return scene._replace(rows=tuple(sorted(known.items()))), NONE

    def _start(self, scene: Scene, pipeline: str, token: str, name: str, what: TrainingParameters) -> Any:
        if not scene.pipeline:
            return scene, GONE
        for known in scene.executions:
            if known.token == token:
                return scene, Reply("plain", arn(scene, known))
        new = Execution(pipeline, token, name, what, scene.now)
        after = scene._replace(executions=(*scene.executions, new))
        return after, Reply("plain", arn(after, new))


def finished(scene: Scene, well: bool) -> Scene:
    """The deployment that is under way ends."""
    served = scene.served
    if served.status != "Updating":
        return scene
    ended = served._replace(status="InService", target=0, changes=served.changes + 1)
    if well:
        return scene._replace(served=ended._replace(version=served.target))
    return scene._replace(served=ended._replace(failed=(*served.failed, served.target)))


def _version(release: str) -> int:
    return int(release.rpartition("-v")[2])


def arn(scene: Scene, execution: Execution) -> str:
    number = next(index for index, each in enumerate(scene.executions, 1) if each.token == execution.token)
    return f"arn:aws:sagemaker:us-east-1:111122223333:pipeline/{execution.pipeline}/execution/run{number}"


def _listed(scene: Scene, pipeline: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (arn(scene, each), each.name, each.status) for each in reversed(scene.executions) if each.pipeline == pipeline
    )
