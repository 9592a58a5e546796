"""The deployed handlers, one call at a time, without threads.

A handler is a function of its message and of the replies that its ports gave. So where it stands is the list of those
replies: it is executed from its beginning with them, and stops at the first call that has none yet. What was found out
once is kept, so each standing is executed one time only, however many interleavings lead to it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, NamedTuple

from core.contracts.ledger import Key
from core.remediation.acts import NothingToDo, freeze_team, unfreeze_team
from core.remediation.promotion import Endpoint, Package
from core.remediation.run import Execution
from lambdas.failures import NotThere, Refused, Stale, Unavailable
from lambdas.ports import Reading
from lambdas.promote import ports as promote_ports
from lambdas.remediate.ports import Listed, Ports
from lambdas.settle import ports as settle_ports
from lambdas.settle.ports import Artifacts
from lambdas.settle.settle import settle
from lambdas.steps import settled_by_retry
from tests.explorer.release import endpoint, registered
from tests.explorer.scene import Call, Outside, Reply
from tests.explorer.setting import Setting, at
from tests.lambdas.world import HOME, SWEEP, TEAM

SWEEPING, SETTLING, FREEZING, LIFTING = "sweep", "settle", "freeze", "the freeze is lifted"
PROMOTING, APPROVED = "promote", "version wanted"
ENDPOINT = Endpoint(status="InService", config="another", modified="at first", instances=1)
"""Where no way to it is explored: one that the platform did not make."""


class Pause(BaseException):
    """A call for which no reply is known yet."""

    def __init__(self, call: Call) -> None:
        self.call = call


class Standing(NamedTuple):
    """How far a handler is: the call that it makes next, or how it ended."""

    call: Call | None
    ended: str = ""


class Port:
    """Every method of every port: it asks, and gets the reply."""

    def __init__(self, name: str, ask: Callable[..., Any]) -> None:
        self._name, self._ask = name, ask

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return lambda *arguments, **more: self._ask(f"{self._name}.{method}", *arguments, **more)


class Tasks:
    """Handlers by number; 0 to n-1 are those that have just begun."""

    def __init__(self, setting: Setting, outside: Outside) -> None:
        self.setting, self._outside = setting, outside
        bodies = (*setting.bodies, SWEEPING, SETTLING, FREEZING, PROMOTING, APPROVED)
        self._begun = {body: number for number, body in enumerate(bodies)}
        self._bodies = list(self._begun)
        self._replies: list[tuple[Reply, ...]] = [()] * len(self._bodies)
        self._standing: list[Standing | None] = [None] * len(self._bodies)
        self._next: dict[tuple[int, Reply], int] = {}
        self.executed = 0

    def begin(self, body: str) -> int:
        return self._begun[body]

    def body(self, task: int) -> str:
        return self._bodies[task]

    def replies(self, task: int) -> tuple[Reply, ...]:
        return self._replies[task]

    def looked(self, task: int) -> int | None:
        """When it first looked at the ledger."""
        return next((reply.value[0] for reply in self._replies[task] if reply.kind == "reading"), None)

    def standing(self, task: int) -> Standing:
        known = self._standing[task]
        if known is None:
            known = self._standing[task] = self.execute(self._bodies[task], self._replies[task])
        return known

    def after(self, task: int, reply: Reply) -> int:
        """The handler once it has this reply."""
        number = self._next.get((task, reply))
        if number is None:
            number = self._next[task, reply] = len(self._bodies)
            self._bodies.append(self._bodies[task])
            self._replies.append((*self._replies[task], reply))
            self._standing.append(None)
        return number

    def execute(self, body: str, replies: tuple[Reply, ...]) -> Standing:
        self.executed += 1
        given = iter(replies)

        def ask(name: str, *arguments: Any, **more: Any) -> Any:
            reply = next(given, None)
            if reply is None:
                raise Pause(self._outside.call(name, *arguments, **more))
            return self.meaning(reply)

        return self.run(body, ask)

    def run(self, body: str, ask: Callable[..., Any]) -> Standing:
        """The handler over ports that ask."""
        try:
            with redirect_stdout(StringIO()):
                return Standing(None, str(self._work(body, ask)))
        except Pause as pause:
            return Standing(pause.call)
        except (Unavailable, Refused, Stale) as reason:
            return Standing(None, f"raised {type(reason).__name__}")

    def _work(self, body: str, ask: Callable[..., Any]) -> object:
        setting = self.setting
        ledger, topic = Port("ledger", ask), Port("topic", ask)
        if body == FREEZING:
            return settled_by_retry(lambda: _freeze(ledger))
        if body == LIFTING:
            return _lift(ledger)
        shared: Any = (TEAM, HOME, setting.policies, ledger, topic)
        if body == SETTLING:
            apart: Any = (Port("standings", lambda *told: None), None)  # deployments have no part in the protocol
            return settle(SWEEP, settle_ports.Ports(*shared, Port("runs", ask), Port("endpoints", ask), *apart))  # type: ignore[arg-type]
        if body in (PROMOTING, APPROVED):
            assert setting.release is not None
            ports = promote_ports.Ports(*shared, Port("registry", ask), Port("endpoints", ask))  # type: ignore[arg-type]
            return setting.promote(SWEEP if body == PROMOTING else setting.release.event, ports)
        rest: Any = (Port("pipelines", ask), Port("findings", ask), Port("alarms", ask), Port("releases", ask))
        return setting.hear(SWEEP if body == SWEEPING else body, Ports(*shared, *rest, setting.most_runs))

    def meaning(self, reply: Reply) -> Any:
        """The value that a port returns; raises where it fails."""
        kind, value = reply
        match kind:
            case "plain":
                return value
            case "reading":
                rows = [self._outside.rows.values[number] for number in value[1]]
                return Reading(at(value[0]), {row.key: row for row in rows})
            case "listed":
                return tuple(Listed(*each) for each in value)
            case "execution":
                return self._execution(*value)
            case "evidence":
                return self.setting.evidence(*value)
            case "release":
                return self.setting.released(*value)
            case "alarms.standing":
                return self.setting.standing
            case "alarms.made":
                return self.setting.standing[0].made
            case "endpoint":
                return endpoint(value) if self.setting.release else ENDPOINT
            case "runs.approval":
                return "Approved"
            case "runs.artifacts":
                return Artifacts("model.tar.gz", "baseline/", "evaluation.json")
            case "registry.package":
                return next(each for each in self._packages if each.arn == value[0])
            case "registry.newest_approved":
                return self._packages[-1].arn
            case "Refused":
                raise Refused("ValidationException", value)
            case "Unavailable":
                raise Unavailable(value)
            case "Stale":
                raise Stale(value)
            case "NotThere":
                raise NotThere("ResourceNotFound", value)
        raise LookupError(f"no port answers {kind!r}")

    @property
    def _packages(self) -> tuple[Package, ...]:
        return self.setting.release.packages if self.setting.release else ()

    def _execution(self, arn: str, status: str) -> Execution:
        """One that succeeded has registered the newest package; another was ended by the gate."""
        well = status == "Succeeded"
        left = registered(self.setting.release) if well else None
        return Execution(arn=arn, status=status, gate=None if well else "not better", package=left)


def _freeze(ledger: Any) -> str:
    """What an operator's tool does."""
    reading = ledger.read(Key.team())
    try:
        row, _ = freeze_team(reading.team, "incident 7", "ann", reading.now)
    except NothingToDo as reason:
        return str(reason)
    ledger.commit(row)
    return "FROZEN"


def _lift(ledger: Any) -> str:
    """The same: what is frozen waits for a person, and goes on when that person says so."""
    reading = ledger.read(Key.team())
    try:
        row, _ = unfreeze_team(reading.team, "incident 7 is over", "ann", reading.now)
    except NothingToDo as reason:
        return str(reason)
    ledger.commit(row)
    return "LIFTED"
