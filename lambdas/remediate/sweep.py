"""What no event will bring: claims whose handler died, alarms that nobody heard, silent monitors, unsaid outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from core.contracts.alarms import SILENCE, Watched, is_of_batch
from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.remediation.approval import run_out
from core.remediation.episode import ROUNDS_MAX, Cause, Occasion, cause_of
from core.remediation.outcomes import AGAIN
from core.remediation.rounds import may_have_another, worth_opening
from core.remediation.rows import EpisodeRow
from core.remediation.silence import OVERDUE_PERIODS, last_sign, older
from lambdas.failures import Refused, Unavailable
from lambdas.log import say
from lambdas.remediate.advance import Call, advance
from lambdas.remediate.evidence import evidence_about
from lambdas.remediate.ports import Ports, Standing
from lambdas.remediate.start import lapsed, start
from lambdas.steps import announce, freeing, settled_by_retry

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
        yield lambda policy=policy: _unalarmed(policy, ports)  # type: ignore[misc]
        yield lambda policy=policy: _silence(policy, ports)  # type: ignore[misc]
    yield lambda: _alarms(ports)
    yield lambda: _slots(ports)


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
        announce(ports.ledger, ports.topic, ports.team, policy, episode)


def _unalarmed(policy: ModelPolicy, ports: Ports) -> None:
    """Episodes that no alarm leads to: a question to a person, with or without its answer, and runs to try again."""
    reading = ports.ledger.read(Key.of_model(policy.model))
    row = reading.model(policy.model)
    for id in dict.fromkeys((row.asked, *row.waiting)):
        if id and not _run_out(id, policy, ports):
            episode = ports.ledger.read(Key.episode(policy.model, id)).episode(policy.model, id)
            if episode is not None and (call := _again(episode)) is not None:
                advance(call, ports)


def _run_out(id: str, policy: ModelPolicy, ports: Ports) -> bool:
    """Whether the time to answer is over; that is written down, and said."""

    def step() -> bool:
        reading = ports.ledger.read(Key.of_model(policy.model), Key.episode(policy.model, id))
        episode = reading.episode(policy.model, id)
        after = run_out(reading.model(policy.model), episode, reading.now) if episode else None
        if after is not None:
            ports.ledger.commit(*after)
            say("answered too late", model=policy.model, episode=id, why=after[1].why)
        return after is not None

    if over := settled_by_retry(step):
        announce(ports.ledger, ports.topic, ports.team, policy, id)
    return over


def _again(episode: EpisodeRow) -> Call | None:
    """The call that decides the episode anew."""
    cause = cause_of(episode.id, episode.source, episode.raised_at, episode.round, episode.trouble)
    if cause is None:
        return None
    trouble: Occasion = episode.trouble  # type: ignore[assignment]  # written by `opened` from an Occasion
    return Call(cause, episode.model, trouble, episode.reason, request=episode.request, sweeping=True)


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
        if about is not None and not _told_by_reports(alarm, about, ports):
            failed += [str(reason) for reason in _faults(lambda a=alarm, w=about: _standing(a, w, ports))]  # type: ignore[misc]
    if failed:
        raise Unavailable("; ".join(failed))


def _told_by_reports(alarm: Standing, about: Watched, ports: Ports) -> bool:
    """Whether the endpoint's monitor is silent, see `_silence`. A batch that had no rows leaves no report."""
    return about.trouble == SILENCE and not is_of_batch(ports.names(about.model), alarm.arn)


def _standing(alarm: Standing, about: Watched, ports: Ports) -> None:
    """Heard before: decide again where nothing was started, or open the next round after a run. Else: open it."""
    cause, last = _last_round(alarm, about.model, ports)
    call = Call(cause, about.model, about.trouble, alarm.reason, alarm=alarm.name, made=alarm.made, sweeping=True)
    if last is not None and last.outcome in AGAIN:
        if not may_have_another(last, evidence_about(alarm.arn, ports.policies[about.model], ports)):
            return
        call = replace(call, cause=replace(cause, round=last.round + 1), opens=worth_opening)
    advance(call, ports)


def _last_round(alarm: Standing, model: str, ports: Ports) -> tuple[Cause, EpisodeRow | None]:
    """The newest episode of this transition; the cause it would have where there is none."""
    causes = [Cause(alarm.arn, alarm.since + shift) for shift in NEAR]
    reading = ports.ledger.read(*(Key.episode(model, cause.id) for cause in causes))
    known = ((cause, reading.episode(model, cause.id)) for cause in causes)
    cause, last = next(((cause, row) for cause, row in known if row is not None), (causes[0], None))
    while last is not None and last.outcome in AGAIN and last.round < ROUNDS_MAX:
        following = replace(cause, round=last.round + 1)
        row = ports.ledger.read(Key.episode(model, following.id)).episode(model, following.id)
        if row is None:
            break
        cause, last = following, row
    return cause, last


def _slots(ports: Ports) -> None:
    """A model that was taken out of the team's file keeps no other from its run."""
    for model in ports.ledger.read(Key.team()).team.running:
        settled_by_retry(lambda model=model: _free(model, ports))  # type: ignore[misc]


def _free(model: str, ports: Ports) -> None:
    reading = ports.ledger.read(Key.team(), Key.of_model(model))
    row = reading.model(model)
    if model not in ports.policies:
        row = replace(row, claim=None, run=None)
    for team in freeing(reading.team, row):
        ports.ledger.commit(team, unchanged=(reading.model(model),))
        say("freed", model=model)
