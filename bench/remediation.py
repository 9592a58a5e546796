"""What the peers lose or start twice, replayed against our handlers over fakes of AWS.

The same scenarios that were measured on the peers' own code: an event that comes ten times, an alarm that flaps ten
times, a process that is killed, a service that throttles, an event that is malformed. "Event to start" is the
handler's CPU time from the delivered event to the announced start, where 1, 10 or 100 models are in alarm at once.

"Metric to start" is the time that passes on the embedded AWS, on one machine, from the published metric to the started
run, with all that is deployed between the two; of fewer than 100 models the p99 is the slowest. The alarm asks for two
windows, and the metric is that of the second one: the windows are the team's choice and not counted. What is counted
has two parts. "To alarm" is CloudWatch's own: it looks at minutes that are over, so up to one minute passes; here a
minute lasts 4 s, on AWS 60. "Alarm to start" is the platform's: rule, queue, function, ledger, pipeline; two functions
of an environment work at once, so what waits in the queue comes later. Runs end at once, since on AWS their jobs would
not be on this machine. As an environment's stack of 500 resources holds 33 models, they lie in four environments.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from statistics import quantiles
from typing import Any

from bench.alarming import WHOLE, of_round, reactions
from bench.table import Result
from core.contracts.functions import TIMEOUT_S
from core.remediation.outcomes import Outcome
from lambdas.calls import ATTEMPTS, BACKOFF_S, WORST_CALL_S
from tests.lambdas.faults import Fault
from tests.lambdas.world import POLICY, SWEEP, World, recorded

DRIFT_DETECTION, ORCHESTRATOR = "amazon-sagemaker-drift-detection", "mlops-workload-orchestrator"
TIMES = 10
MODELS_AT_ONCE = (1, 10, 100)
PARTS = (("total", "metric to start"), ("alarm", "to alarm"), ("start", "alarm to start"))


def measure() -> Result:
    with redirect_stdout(StringIO()):  # what the handlers log
        found = _figures()
    found["embedded"] = {at_once: of_round(taken) for at_once, taken in reactions(WHOLE).items()}
    rows = (
        ("the same event x10", "10 starts", "10 training jobs", f"{found['duplicates_starts']} start"),
        ("10 flaps", "10 starts", "no drift path", f"{found['flaps_starts']} start"),
        (
            "killed before or after any call",
            "nothing recorded",
            "-",
            f"{found['kills']} kills: {found['kills_lost']} lost, {found['kills_twice']} started twice",
        ),
        (
            "throttled",
            "10 of 10 alarms lost",
            "lost, answered as done",
            f"{found['throttled_lost']} of {TIMES} lost",
        ),
        (
            "back-off against timeout",
            "191 s in 3 s",
            "-",
            f"{found['backoff_s']:g} s, a call {found['call_s']:g} s, in {found['timeout_s']} s",
        ),
        (
            "one duplicate status event",
            "20 of 20 later alarms lost",
            "-",
            f"{found['after_duplicate_lost']} of 20 lost",
        ),
        (
            "a malformed event",
            "exception, no dead-letter queue",
            "lost, answered as done",
            f"{found['quarantined']} of 1 in quarantine, {found['malformed_starts']} starts",
        ),
        *_timed(found),
        *_reacted(found["embedded"]),
    )
    return Result(
        name="remediation",
        title="Remediation",
        says=" ".join((__doc__ or "").split()),
        columns=("scenario", DRIFT_DETECTION, ORCHESTRATOR, "ours"),
        rows=rows,
        figures=found,
    )


def _figures() -> dict[str, Any]:
    figures: dict[str, Any] = {
        "duplicates_starts": _duplicates(),
        "flaps_starts": _flaps(),
        **_kills(),
        "throttled_lost": _throttled(),
        "backoff_s": (ATTEMPTS - 1) * BACKOFF_S,
        "call_s": WORST_CALL_S,
        "timeout_s": TIMEOUT_S,
        "after_duplicate_lost": _after_a_duplicate_status(),
        **_malformed(),
    }
    for models in MODELS_AT_ONCE:
        cuts = quantiles(_starts_ms(models), n=100)
        figures[f"models_{models}"] = {"p50_ms": cuts[49], "p99_ms": cuts[98]}
    return figures


def _timed(found: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for models in MODELS_AT_ONCE:
        took = found[f"models_{models}"]
        figures = f"p50 {took['p50_ms']:.1f} ms, p99 {took['p99_ms']:.1f} ms"
        yield f"event to start, {models} in alarm (CPU)", "-", "-", figures


def _reacted(embedded: Mapping[int, Mapping[str, float]]) -> Iterator[tuple[str, str, str, str]]:
    for at_once, of in embedded.items():
        figures = "; ".join(
            f"{name}: p50 {of[f'{key}_p50_s']:.2f} s, p99 {of[f'{key}_p99_s']:.2f} s" for key, name in PARTS
        )
        starts = f"{of['starts']:g} of {of['models']:g} models started one run"
        yield f"metric to start, {at_once} in alarm", "-", "-", f"{figures} ({starts})"


def _duplicates() -> int:
    world = World()
    body = world.raise_alarm()
    for _ in range(TIMES):
        world.remediate(body)
    return len(world.pipelines.runs)


def _flaps() -> int:
    world = World()
    for _ in range(TIMES):
        world.remediate(world.raise_alarm())
        world.recover()
        world.clock.pass_(minutes=5)
    return len(world.pipelines.runs)


def _kills() -> dict[str, int]:
    """At each call, before and after it; afterwards only a sweep runs."""
    rehearsal = World()
    rehearsal.remediate(rehearsal.raise_alarm())
    plans = [
        {index: fault}
        for index in range(len(rehearsal.faults.calls))
        for fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
    ]
    lost = twice = 0
    for plan in plans:
        world = World()
        body = world.raise_alarm()
        world.faults.plan = plan
        world.delivered(world.remediate, body, deliveries=1)
        world.clock.pass_(minutes=61)
        world.remediate(SWEEP)
        lost += [episode.outcome for episode in world.episodes] != [Outcome.STARTED]
        twice += len(world.pipelines.runs) > 1
    return {"kills": len(plans), "kills_lost": lost, "kills_twice": twice}


def _throttled() -> int:
    """Every call of every delivery is throttled; then the service answers again."""
    lost = 0
    for _ in range(TIMES):
        world = World()
        body = world.raise_alarm()
        world.faults.plan = dict.fromkeys(range(1000), Fault.REQUEST_LOST)
        world.delivered(world.remediate, body)
        world.faults.plan = {}
        world.remediate(SWEEP)
        lost += not world.pipelines.runs
    return lost


def _after_a_duplicate_status() -> int:
    """Of twenty alarms after it, those that nobody heard of."""
    world = World(replace(POLICY, retrain=replace(POLICY.retrain, cooldown_s=0)))
    world.remediate(world.raise_alarm())
    status = recorded("pipeline_changed")
    pipeline = world.pipelines.runs[0].arn.partition("/execution/")[0]
    status["detail"] |= {"pipelineArn": pipeline, "currentPipelineExecutionStatus": "Executing"}
    for _ in range(2):
        assert world.settle(json.dumps(status)) == "STILL RUNNING"
    heard = len(world.episodes)
    for _ in range(20):
        world.clock.pass_(minutes=5)
        world.remediate(world.raise_alarm())
    return 20 - (len(world.episodes) - heard)


def _malformed() -> dict[str, Any]:
    world = World()
    outcome = world.remediate("{ this is no JSON")
    return {"quarantined": int(outcome == Outcome.REJECTED_EVENT), "malformed_starts": len(world.pipelines.runs)}


def _starts_ms(models: int) -> list[float]:
    """CPU time of each handler, one after the other: at least a hundred of them."""
    took: list[float] = []
    while len(took) < 100:
        worlds = [World() for _ in range(models)]
        bodies = [world.raise_alarm() for world in worlds]
        for world, body in zip(worlds, bodies, strict=True):
            begun = time.process_time()
            world.remediate(body)
            took.append(1000 * (time.process_time() - begun))
            assert len(world.pipelines.runs) == 1
    return took
