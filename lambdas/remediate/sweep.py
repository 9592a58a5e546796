"""What no event will bring: claims whose handler died, alarms that nobody heard, silent monitors, unsaid outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from core.contracts.alarms import SILENCE, Watched
from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.remediation.episode import ROUNDS_MAX, Cause
from core.remediation.outcomes import ENDED
from core.remediation.rounds import may_have_another, worth_opening
from core.remediation.rows import EpisodeRow
from core.remediation.silence import OVERDUE_PERIODS, last_sign, older
from lambdas.failures import Refused, Unavailable
from lambdas.log import say
from lambdas.remediate.advance import Call, advance, lapsed
from lambdas.remediate.ports import Ports, Standing
from lambdas.remediate.start import start
from lambdas.steps import announce, settled_by_retry

NEAR = (timedelta(0), timedelta(seconds=-1), timedelta(seconds=1))
"""The event and DescribeAlarms may round one transition to neighbouring seconds."""


def sweep(ports: Ports) -> str:
    """Look after every model and every standing alarm; one that fails does not keep the others waiting.

    Raises Unavailable, after everything was tried, where something failed: the sweep is delivered again.
    """
    failed = [str(reason) for task in _tasks(ports) for reason in _faults(task)]
    if failed:
        raise Unavailable(f"{len(failed)} parts of the sweep failed: {'; '.join(failed)[:1000]}")
    return "SWEPT"


def _tasks(ports: Ports) -> Iterator[Callable[[], object]]:
    for policy in ports.policies.values():
        yield lambda policy=policy: _left_over(policy, ports)  # type: ignore[misc]
        yield lambda policy=policy: _silence(policy, ports)  # type: ignore[misc]
    yield lambda: _alarms(ports)


def _faults(task: Callable[[], object]) -> Iterator[Exception]:
    try:
        task()
    except (Unavailable, Refused) as reason:
        yield reason


def _left_over(policy: ModelPolicy, ports: Ports) -> None:
    """A claim past its lease is taken up; outcomes that were not announced are."""
    reading = ports.ledger.read(Key.of_model(policy.model))
    row = reading.model(policy.model)
    claim = row.claim
    if claim is not None and lapsed(claim, reading.now, policy):
        say("lapsed claim", model=policy.model, episode=claim.episode)
        settled_by_retry(lambda: start(claim.episode, policy, ports, resumed=True))
        announce(ports.ledger, ports.topic, ports.team, policy, claim.episode)
    for episode in row.unannounced:
        announce(ports.ledger, ports.topic, ports.team, policy, episode, left_s=policy.retrain.lease_s)


def silence_of(policy: ModelPolicy, ports: Ports) -> Cause | None:
    """What an episode about the present silence of a monitor is about; None where nothing is in service."""
    last = last_sign(ports.findings.evidence(policy), ports.findings.release(policy.model))
    return None if last is None else Cause(ports.names(policy.model).monitor, last)


def _silence(policy: ModelPolicy, ports: Ports) -> None:
    cause = silence_of(policy, ports)
    now = ports.ledger.read(Key.of_model(policy.model)).now
    if cause is not None and older(cause.at, now, OVERDUE_PERIODS, policy.watch.period_s):
        advance(Call(cause, policy.model, SILENCE, "No report of the monitor came for too long.", sweeping=True), ports)


def _alarms(ports: Ports) -> None:
    failed = []
    for alarm in ports.alarms.standing():
        about = ports.watched.get(alarm.name)
        if about is not None and about.trouble != SILENCE:  # the reports tell of silence, see `_silence`
            failed += [str(reason) for reason in _faults(lambda a=alarm, w=about: _standing(a, w, ports))]  # type: ignore[misc]
    if failed:
        raise Unavailable("; ".join(failed))


def _standing(alarm: Standing, about: Watched, ports: Ports) -> None:
    """Heard before: decide again where nothing was started, or open the next round after a run. Else: open it."""
    cause, last = _last_round(alarm, about.model, ports)
    call = Call(cause, about.model, about.trouble, alarm.reason, sweeping=True)
    if last is not None and last.outcome in ENDED:
        if not may_have_another(last, ports.findings.evidence(ports.policies[about.model])):
            return
        call = replace(call, cause=replace(cause, round=last.round + 1), opens=worth_opening)
    advance(call, ports)


def _last_round(alarm: Standing, model: str, ports: Ports) -> tuple[Cause, EpisodeRow | None]:
    """The newest episode of this transition; the cause it would have where there is none."""
    causes = [Cause(alarm.arn, alarm.since + shift) for shift in NEAR]
    reading = ports.ledger.read(*(Key.episode(model, cause.id) for cause in causes))
    known = ((cause, reading.episode(model, cause.id)) for cause in causes)
    cause, last = next(((cause, row) for cause, row in known if row is not None), (causes[0], None))
    while last is not None and last.outcome in ENDED and last.round < ROUNDS_MAX:
        following = replace(cause, round=last.round + 1)
        row = ports.ledger.read(Key.episode(model, following.id)).episode(model, following.id)
        if row is None:
            break
        cause, last = following, row
    return cause, last
