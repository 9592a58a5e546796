"""How the wanted quotas of the account stand, after whatever has to be asked for was. It waits for no approval."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from core.governance.quotas import OPEN, Ask, Change, Quota, Standing, judge, later, not_taken, unknown, waiting
from lambdas.failures import Refused, Unavailable

ASKED_BEFORE = "ResourceAlreadyExistsException"


@dataclass(frozen=True, slots=True)
class Found:
    """Quotas by name, and the names of all that were looked through."""

    quotas: Mapping[str, Quota] = field(default_factory=dict)
    names: Collection[str] = ()


class Quotas(Protocol):
    """Service Quotas, for SageMaker in one region. All raise Unavailable and Refused."""

    def find(self, names: Collection[str]) -> Found:
        """Codes differ between accounts and regions; names hold."""

    def changes(self, code: str) -> tuple[Change, ...]:
        """Requests for a quota, open and closed."""

    def ask(self, code: str, desired: float) -> Change:
        """Request a value."""


@dataclass(frozen=True, slots=True)
class Looked:
    """`standings` are in the order of the names; `quotas` are those that were found."""

    standings: tuple[Standing, ...]
    quotas: Mapping[str, Quota]


def look(wanted: Mapping[str, int], service: Quotas) -> Looked:
    """Nothing is raised: where Service Quotas cannot be asked, that is how the quota stands."""
    try:
        found = service.find(wanted.keys())
    except (Unavailable, Refused) as reason:
        return Looked(tuple(later(name, count, str(reason)) for name, count in wanted.items()), {})
    standings = tuple(_standing(name, count, found, service) for name, count in wanted.items())
    return Looked(standings, found.quotas)


def _standing(name: str, wanted: int, found: Found, service: Quotas) -> Standing:
    quota = found.quotas.get(name)
    if quota is None:
        return unknown(name, wanted, found.names)
    short = quota.value < wanted and quota.adjustable
    try:
        verdict = judge(quota, wanted, service.changes(quota.code) if short else ())
        return _ask(verdict, service) if isinstance(verdict, Ask) else verdict
    except Unavailable as reason:
        return replace(later(name, wanted, str(reason)), value=quota.value)
    except Refused as refusal:
        return not_taken(quota, wanted, refusal.code, str(refusal))


def _ask(ask: Ask, service: Quotas) -> Standing:
    """Of two who ask at once, and of two attempts of one, the second finds the request of the first."""
    try:
        change = service.ask(ask.quota.code, ask.desired)
    except Refused as refusal:
        if refusal.code != ASKED_BEFORE:
            raise
        opened = [change for change in service.changes(ask.quota.code) if change.status in OPEN]
        if not opened:
            raise Unavailable(f"a request is said to be open, and none is listed. {refusal}") from refusal
        return waiting(ask.quota, ask.desired, max(opened, key=lambda change: change.at))
    return waiting(ask.quota, ask.desired, change, just_now=True)
