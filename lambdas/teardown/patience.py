"""Take a step again and again until nothing is awaited any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, repeat

from lambdas.custom_resource import NotYet
from lambdas.failures import Conflicting, Unavailable
from lambdas.log import say

PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Between looks; the last one repeats."""
RESERVE_S = 60.0
"""With less time left no further step is begun: the work goes on in another invocation."""
FAULTS_MAX = 8
"""Steps in a row in which AWS did not answer; a missing grant looks like that."""
SHOWN = 5
"""Things that are named in a message; of others their number."""

Step = Callable[[], tuple[str, ...]]
"""Does what can be done now; what it returns is still awaited."""


@dataclass(frozen=True)
class Patience:
    """`remaining_ms` is the context's `get_remaining_time_in_millis`."""

    remaining_ms: Callable[[], int]
    sleep: Callable[[float], None]

    def until_done(self, step: Step) -> None:
        """Raises NotYet when the function's time is up, Unavailable where AWS keeps failing to answer."""
        faults = 0
        for pause in chain(PAUSES_S, repeat(PAUSES_S[-1])):
            try:
                awaited, faults = step(), 0
            except Unavailable as fault:
                faults += 1
                if faults >= FAULTS_MAX:
                    raise
                awaited = (str(fault),)
            if not awaited:
                return
            say("awaits", what=awaited[:SHOWN], more=max(0, len(awaited) - SHOWN))
            if self.remaining_ms() / 1000 < pause + RESERVE_S:
                raise NotYet(message(awaited))
            self.sleep(pause)


def attempt(delete: Callable[..., None], *what: object) -> None:
    """Delete what may still have something in its way: that passes, or is named with what is awaited."""
    try:
        delete(*what)
    except Conflicting as conflict:
        say("in the way", why=str(conflict))


def message(awaited: tuple[str, ...]) -> str:
    """
    >>> message(("endpoint a", "endpoint b"))
    'still there: endpoint a, endpoint b. Another `cdk destroy` goes on from here.'
    """
    more = f" and {len(awaited) - SHOWN} more" if len(awaited) > SHOWN else ""
    return f"still there: {', '.join(awaited[:SHOWN])}{more}. Another `cdk destroy` goes on from here."
