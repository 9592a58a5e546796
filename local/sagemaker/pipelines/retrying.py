"""Retry policies of a step: whether it is tried again, and after how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from local.sagemaker.pipelines.definition import Retry

DEFAULT_ATTEMPTS = 5
DEFAULT = Retry(("Step.SERVICE_FAULT", "Step.THROTTLING"), attempts=DEFAULT_ATTEMPTS)
"""SageMaker retries these even where no policy says so; a policy for them takes the place of this one."""


class Retrying:
    """Counts the failures of one step, separately for each policy.

    (SageMaker developer guide, "Retry Policy for Pipeline Steps".)
    """

    def __init__(self, policies: Sequence[Retry], started: datetime) -> None:
        self._policies = (*policies, DEFAULT)
        self._started = started
        self._failures: Counter[Retry] = Counter()

    def pause(self, exception: str | None, now: datetime) -> float | None:
        """Seconds to wait before the next attempt; None where there is none.

        The first policy that names the exception counts. The n-th pause is interval * backoff ** (n - 1).
        """
        policy = next((policy for policy in self._policies if exception in policy.exceptions), None)
        if policy is None:
            return None
        self._failures[policy] += 1
        count = self._failures[policy]
        if policy.expires is not None and now - self._started >= policy.expires:
            return None
        if count > (policy.attempts or (DEFAULT_ATTEMPTS if policy.expires is None else count)):
            return None
        pause: float = policy.interval_s * policy.backoff ** (count - 1)
        return pause
