"""Troubles to order: what goes wrong on AWS now and then, here on demand.

Tests and `make demo` order them through the control routes (see `local.sagemaker.service`); nothing happens by chance.
"""

from __future__ import annotations

import threading
from collections import Counter

from local.service import ApiError


class Faults:
    """Counts of what is still to go wrong, by operation and by kind."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._going_on = threading.Event()
        self.reset()

    def reset(self) -> None:
        self._throttled: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self._failing: dict[tuple[str, str], str] = {}
        self._limits: dict[str, int] = {}
        self._going_on.set()

    def throttle(self, operation: str, times: int = 1) -> None:
        """The next calls of the operation are refused."""
        self._throttled[operation] += times

    def lose_reply(self, operation: str, times: int = 1) -> None:
        """The next calls of the operation are carried out, and the caller is not told so."""
        self._lost[operation] += times

    def fail(self, kind: str, phase: str, reason: str) -> None:
        """The next `create`, `update` or `delete` of such a resource ends in its failed status."""
        self._failing[kind, phase] = reason

    def hold(self, held: bool) -> None:
        """Until it is released, what is being created, changed or deleted gets no further."""
        if held:
            self._going_on.clear()
        else:
            self._going_on.set()

    def wait(self) -> None:
        """Return once nothing is held, as before the end of a phase."""
        self._going_on.wait()

    def limit(self, instance_type: str, count: int) -> None:
        """At most so many instances of a type may run in jobs at a time."""
        self._limits[instance_type] = count

    def before(self, operation: str) -> None:
        if self._take(self._throttled, operation):
            raise ApiError("ThrottlingException", "Rate exceeded")

    def after(self, operation: str) -> None:
        if self._take(self._lost, operation):
            raise ApiError("InternalFailure", "The reply was lost on its way.", 500)

    def failure(self, kind: str, phase: str) -> str | None:
        """The reason ordered for this kind and phase, once."""
        with self._guard:
            return self._failing.pop((kind, phase), None)

    def allow(self, instance_type: str, running: int, asked: int, use: str) -> None:
        """ResourceLimitExceeded where `asked` instances more than the `running` ones are over the limit."""
        limit = self._limits.get(instance_type)
        if limit is not None and running + asked > limit:
            raise ApiError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{instance_type} for {use} usage' is {limit} Instances, with current "
                f"utilization of {running} Instances and a request delta of {asked} Instances. Please use AWS Service "
                "Quotas to request an increase for this quota.",
            )

    def _take(self, counts: Counter[str], operation: str) -> bool:
        with self._guard:
            if counts[operation] <= 0:
                return False
            counts[operation] -= 1
            return True
