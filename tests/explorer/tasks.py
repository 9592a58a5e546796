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
from core.remediation.acts import NothingToDo, freeze_team
from core.remediation.promotion import Endpoint
from core.remediation.run import Execution
from lambdas.failures import NotThere, Refused, Stale, Unavailable
from lambdas.ports import Reading
from lambdas.remediate.ports import Listed, Ports
from lambdas.settle import ports as settle_ports
from lambdas.settle.settle import settle
from lambdas.steps import settled_by_retry
from tests.explorer.scene import Call, Outside, Reply
from tests.explorer.setting import Setting, at
from tests.lambdas.world import HOME, SWEEP, TEAM

SWEEPING, SETTLING, FREEZING = "sweep", "settle", "freeze"
ENDPOINT = Endpoint(status="InService", config="another", modified="at first", instances=1)


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
        self._begun = {body: number for number, body in enumerate((*setting.bodies, SWEEPING, SETTLING, FREEZING))}
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
        shared: Any = (TEAM, HOME, setting.policies, ledger, topic)
        if body == SETTLING:
            return settle(SWEEP, settle_ports.Ports(*shared, Port("runs", ask), Port("endpoints", ask)))  # type: ignore[arg-type]
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
                return Execution(arn=value[0], status=value[1], gate="not better")
            case "evidence":
                return self.setting.evidence(*value)
            case "findings.release":
                return self.setting.releases[value[0]]
            case "alarms.standing":
                return self.setting.standing
            case "alarms.made":
                return self.setting.standing[0].made
            case "endpoints.endpoint":
                return ENDPOINT
            case "Unavailable":
                raise Unavailable(value)
            case "Stale":
                raise Stale(value)
            case "NotThere":
                raise NotThere("ResourceNotFound", value)
        raise LookupError(f"no port answers {kind!r}")


def _freeze(ledger: Any) -> str:
    """What an operator's tool does."""
    reading = ledger.read(Key.team())
    try:
        row, _ = freeze_team(reading.team, "incident 7", "ann", reading.now)
    except NothingToDo as reason:
        return str(reason)
    ledger.commit(row)
    return "FROZEN"
