"""The designs that are known to be bad, each as a small variation of the deployed steps.

Those that keep the claim change one port of the deployed handler. Those without one are steps of their own, made of
the deployed pieces: the reading, the decision, the record, the notice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from core.contracts.alarms import watched
from core.contracts.events import AlarmRaised
from core.remediation.decide import decide
from core.remediation.decisions import Hold, Retrain
from core.remediation.episode import Cause, display_name, token
from core.remediation.facts import Facts
from core.remediation.rows import EpisodeRow, ModelRow
from core.remediation.transitions import opened, rested, started
from lambdas.messages import decoded
from lambdas.ports import Reading
from lambdas.promote import ports as promote_ports
from lambdas.promote.promote import promote
from lambdas.remediate.hear import hear
from lambdas.remediate.ports import Listed, Ports
from lambdas.remediate.start import rows
from lambdas.steps import announce, settled_by_retry
from tests.lambdas.world import SWEEP

Token = Callable[[str, Ports], str]


def random_token(episode: str, ports: Ports) -> str:
    """What an SDK puts in where nobody gives a token: another one for each call."""
    drawn: str = ports.releases._ask("random.draw")  # type: ignore[attr-defined]  # any port can be asked for a number
    return drawn


def own_token(episode: str, ports: Ports) -> str:
    return token(episode)


def start_then_note(body: str, ports: Ports) -> str:
    """Start, then write that down. No claim; an event that was heard before is known by its row."""
    return _without_claim(body, ports, random_token, look=False)


def list_then_start(body: str, ports: Ports) -> str:
    """Start where no execution is running; what comes meanwhile is dropped without a word."""
    return _without_claim(body, ports, random_token, look=True, record=False)


def token_without_claim(body: str, ports: Ports) -> str:
    """The episode's own token, and nothing that holds the model for one episode."""
    return _without_claim(body, ports, own_token, look=True)


def claim_with_random_token(body: str, ports: Ports) -> str:
    """The deployed steps, with a token that each call draws."""
    return hear(body, replace(ports, pipelines=Drawing(ports.pipelines, ports)))


def without_sweeper(body: str, ports: Ports) -> str:
    """The deployed steps; a sweep does nothing."""
    return "SWEPT" if body == SWEEP else hear(body, ports)


def cooldown_from_the_claim(body: str, ports: Ports) -> str:
    """The deployed steps; the time of the claim is written down as the time of the start."""
    return hear(body, replace(ports, ledger=FromTheClaim(ports.ledger)))


def notice_without_claim(body: str, ports: Ports) -> str:
    """The deployed steps; nobody claims a notice before it is published."""
    return hear(body, replace(ports, ledger=WithoutNoticeClaims(ports.ledger)))


def deployment_for_anyone(body: str, ports: promote_ports.Ports) -> str:
    """The deployed steps; a deployment that another handler has claimed is asked for as well."""
    return promote(body, replace(ports, ledger=GivenUp(ports.ledger)))


@dataclass
class Drawing:
    """Pipelines that are started with a drawn token and name, so that no start is found again."""

    of: Any
    ports: Ports

    def executions(self, pipeline: str) -> tuple[Listed, ...]:
        listed: tuple[Listed, ...] = self.of.executions(pipeline)
        return listed

    def start(self, pipeline: str, given: str, name: str, parameters: Any) -> str:
        drawn = random_token(name, self.ports)
        arn: str = self.of.start(pipeline, drawn, drawn, parameters)
        return arn


class WithoutNoticeClaims:
    """A ledger that does not write what is written of an episode alone: the claims on its notices."""

    def __init__(self, of: Any) -> None:
        self.read, self._of = of.read, of

    def commit(self, *rows: Any, unchanged: Any = ()) -> None:
        if [type(row) for row in rows] != [EpisodeRow]:
            self._of.commit(*rows, unchanged=unchanged)


class GivenUp:
    """A ledger in which each claim on a deployment reads as given up."""

    def __init__(self, of: Any) -> None:
        self.commit, self._of = of.commit, of

    def read(self, *keys: Any) -> Reading:
        reading = self._of.read(*keys)
        return replace(reading, rows={key: self._given_up(row) for key, row in reading.rows.items()})

    def _given_up(self, row: Any) -> Any:
        if not isinstance(row, ModelRow) or row.deployment is None:
            return row
        return replace(row, deployment=replace(row.deployment, given_up=True))


class FromTheClaim:
    """A ledger in which a start is as old as its claim."""

    def __init__(self, of: Any) -> None:
        self._of, self._claimed = of, None

    def read(self, *keys: Any) -> Any:
        reading = self._of.read(*keys)
        for row in reading.rows.values():
            if isinstance(row, ModelRow) and row.claim is not None:
                self._claimed = row.claim.at
        return reading

    def commit(self, *rows: Any, unchanged: Any = ()) -> None:
        self._of.commit(*map(self._older, rows), unchanged=unchanged)

    def _older(self, row: Any) -> Any:
        if not isinstance(row, ModelRow) or row.run is None or self._claimed is None:
            return row
        return replace(row, starts=(*row.starts[:-1], self._claimed))


def _without_claim(body: str, ports: Ports, token_of: Token, look: bool, record: bool = True) -> str:
    if body == SWEEP:
        return hear(body, ports) if record else "SWEPT"
    alarm = AlarmRaised.parse(decoded(body))
    about = watched(ports.team, ports.policies)[alarm.name]
    policy, cause = ports.policies[about.model], Cause(alarm.arn, alarm.at)
    reading = rows(about.model, cause.id, ports)
    if reading.episode(about.model, cause.id) is not None:
        return "DUPLICATE"
    listed = ports.pipelines.executions(ports.names(about.model).pipeline) if look else ()
    facts = Facts(
        now=reading.now,
        trouble=about.trouble,
        team=reading.team,
        model=reading.model(about.model),
        episode=opened(cause, about.model, alarm.reason, about.trouble),
        unfinished=tuple(each.arn for each in listed if each.status == "Executing"),
        evidence=ports.findings.evidence(policy),
        release=ports.findings.release(about.model),
    )
    decision = decide(facts, policy)
    if not isinstance(decision, Retrain):
        if record and isinstance(decision, Hold):
            ports.ledger.commit(*rested(facts, decision))
            announce(ports.ledger, ports.topic, ports.team, policy, cause.id)
        return "HELD"
    name, drawn = display_name(cause.id), token_of(cause.id, ports)
    arn = ports.pipelines.start(ports.names(about.model).pipeline, drawn, name, decision.parameters)

    def note() -> None:
        now = rows(about.model, cause.id, ports)
        if now.episode(about.model, cause.id) is None:
            cost = policy.retrain.run_cost_usd
            ports.ledger.commit(*started(now.model(about.model), facts.episode, arn, now.now, cost))

    settled_by_retry(note)
    announce(ports.ledger, ports.topic, ports.team, policy, cause.id)
    return "STARTED"
