"""What is explored: small settings in every check, medium ones with all tests, large ones where EXPLORE=large."""

from __future__ import annotations

from typing import Any

from core.contracts.functions import LEASE_S, TIMEOUT_S
from core.remediation.outcomes import Outcome
from tests.explorer.release import better_model, put_back
from tests.explorer.setting import Alarm, Setting, of

QUALITY, DRIFT, OTHERS = Alarm("quality"), Alarm("drift"), Alarm("quality", "other")
TWICE, THRICE = Alarm("quality", deliveries=2), Alarm("quality", deliveries=3)
LEASE, COOLDOWN = 3601, 6 * 3600 + 1
TWO_MODELS = ("progression", "other")
BETTER: Any = {"release": better_model()}
CIRCUIT_OPEN, BLOCKED_BUDGET = Outcome.CIRCUIT_OPEN, Outcome.BLOCKED_BUDGET
FAILING: Any = {"endings": 1, "run_s": 1801, "settles": 1, "at_once": 1}
BACK: Any = {"release": put_back()}
LAPSING: Any = {"timeout_s": TIMEOUT_S, "jumps": (LEASE_S // 2 + 5, LEASE_S // 2 + 5)}
"""Half a lease and a little passes, and again: handlers are ended, one that began later lives on, and claims lapse."""

SMALL: tuple[Setting, ...] = (
    of("an event delivered twice, one fault", TWICE, faults=1),
    of("two alarms at once", QUALITY, DRIFT),
    of("two alarms at once, one fault", QUALITY, DRIFT, faults=1),
    of("an event delivered twice and a freeze", TWICE, freezes=1),
    of("an alarm, a freeze and a fault", QUALITY, freezes=1, faults=1),
    of("an alarm, a sweep and a fault", QUALITY, sweeps=1, faults=1),
    of("two alarms, and the pipeline is deleted", QUALITY, DRIFT, deletions=1, at_once=1),
    of("two alarms, runs that fail, a circuit of one run", QUALITY, DRIFT, reaches=(CIRCUIT_OPEN,), **FAILING).limited(
        cooldown_s=1800, attempts_without_improvement=1
    ),
    of(
        "two alarms, runs that fail, the budget of one run", QUALITY, DRIFT, reaches=(BLOCKED_BUDGET,), **FAILING
    ).limited(cooldown_s=1800, monthly_budget_usd=2),
    of("two models of which one may run", QUALITY, OTHERS, models=TWO_MODELS, most_runs=1, faults=1),
    of("a better model, approved twice, settled", **BETTER, approvals=2, settles=1, served=1),
    of("a better model that is rolled back", **BETTER, approvals=1, promotes=1, settles=1, rollbacks=1),
    of("a better model, a sweep and a fault", **BETTER, approvals=1, promotes=1, served=1, faults=1),
    of("a better model and a freeze", **BETTER, approvals=2, promotes=1, freezes=1, served=1),
    of("an alarm while a better model is on its way", DRIFT, **BETTER, approvals=1, served=1, faults=1),
    of("a version put back, told twice, settled", **BACK, approvals=2, settles=1, served=1, faults=1),
    of("a version put back and rolled back", **BACK, approvals=1, promotes=1, settles=1, rollbacks=1),
    of("a version put back and a freeze", **BACK, approvals=2, promotes=1, freezes=1, served=1),
    of("a better model, told twice, and the lease passes", **BETTER, **LAPSING, approvals=2, rollbacks=1),
    of("a version put back, told twice, and the lease passes", **BACK, **LAPSING, approvals=2, rollbacks=1),
)
MEDIUM: tuple[Setting, ...] = (
    of("an event delivered three times, one fault", THRICE, faults=1),
    of("two alarms and a freeze", QUALITY, DRIFT, freezes=1),
    of("a better model, swept, settled, a fault", **BETTER, approvals=1, settles=1, served=1, faults=1),
    of(
        "a better model, told twice, the lease passes, a fault", **BETTER, **LAPSING, approvals=2, rollbacks=1, faults=1
    ),
    of("a version put back, swept, and the lease passes", **BACK, **LAPSING, approvals=1, promotes=1, rollbacks=1),
)
LARGE: tuple[Setting, ...] = (
    of("an alarm, a sweep, and the lease passes", QUALITY, sweeps=1, jumps=(LEASE,)),
    of("a cooldown that passes before the record", QUALITY, DRIFT, jumps=(1801,)).limited(cooldown_s=1800),
    of("two alarms, a sweep", QUALITY, DRIFT, sweeps=1),
    of("an event delivered three times, two faults", THRICE, faults=2, at_once=3),
    of("two alarms, each delivered twice, a freeze", TWICE, Alarm("drift", deliveries=2), freezes=1),
    of("two alarms, and the budget of one run", QUALITY, DRIFT, settles=1, endings=1, jumps=(COOLDOWN,)).limited(
        monthly_budget_usd=2
    ),
    of("a better model, told three times, two faults", **BETTER, approvals=3, promotes=1, served=1, faults=2),
    of("a better model, settled twice, rolled back", **BETTER, approvals=1, settles=2, rollbacks=1, faults=1),
    of("a version put back, an alarm, a sweep", DRIFT, **BACK, approvals=1, promotes=1, settles=1, served=1),
    of("an alarm, a sweep, the lease passes, a fault", QUALITY, sweeps=1, jumps=(LEASE,), faults=1),
    of("a better model, swept, settled, the lease passes", **BETTER, **LAPSING, approvals=2, settles=1, rollbacks=1),
)
