"""What a stack's request for quotas comes to. Whatever AWS answers, the stack does not fail: its outputs say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.contracts.quotas import KEPT, KEPT_MAX, attribute
from core.governance.notices import no_longer_asked_for
from core.names import TeamNames
from lambdas.custom_resource import Answer, Request
from lambdas.failures import Refused, Unavailable
from lambdas.log import say
from lambdas.ports import Topic
from lambdas.standings import Quotas, look

PROPERTY = "Wanted"
"""Of the resource: name of each quota -> value."""


@dataclass(frozen=True, slots=True)
class Ports:
    team: TeamNames
    quotas: Quotas
    topic: Topic


def asked_for(request: Request, ports: Ports) -> Answer:
    """Attributes say how each quota stands. Nothing that was ever asked for is withdrawn."""
    wanted = {} if request.kind == "Delete" else _counts(request.properties)
    before = request.properties if request.kind == "Delete" else request.old_properties
    gone = tuple(name for name in _counts(before) if name not in wanted)
    physical_id = request.physical_id or f"{ports.team.prefix}-quotas-{request.id}"
    if gone:
        _say_so(gone, request.id, ports)
    standings = look(wanted, ports.quotas).standings
    for standing in standings:
        say("quota", quota=standing.name, state=standing.state, line=standing.line)
    data = {attribute(each.name): each.line.encode("ascii", "replace").decode() for each in standings}
    kept = f"The account keeps {len(gone)} that are no longer asked for: {', '.join(gone)}" if gone else "none"
    return Answer(physical_id, {**data, KEPT: kept[:KEPT_MAX]})


def _counts(properties: Mapping[str, Any]) -> dict[str, int]:
    """CloudFormation hands numbers over as text."""
    return {str(name): int(value) for name, value in properties.get(PROPERTY, {}).items()}


def _say_so(gone: tuple[str, ...], request: str, ports: Ports) -> None:
    say("no longer asked for", quotas=gone)
    try:
        ports.topic.publish(no_longer_asked_for(ports.team, gone, request))
    except (Unavailable, Refused) as reason:
        say("not announced", why=str(reason))  # the stack's outputs and this log say it as well
