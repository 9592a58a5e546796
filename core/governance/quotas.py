"""How a quota stands, and whether it is asked for. Never lowered, never asked for twice."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.contracts.quotas import ATTRIBUTE_MAX, State


@dataclass(frozen=True, slots=True)
class Usage:
    """The CloudWatch metric in which AWS counts what is used of a quota."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota as Service Quotas lists it."""

    name: str
    code: str
    value: float
    adjustable: bool
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A request for another value, open or closed, whoever made it."""

    id: str
    status: str
    """Of Service Quotas' RequestStatus."""
    desired: float
    case_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a quota stands; `value` is None where nobody knows it."""

    name: str
    state: State
    value: float | None
    wanted: float
    why: str
    case_id: str = ""

    @property
    def line(self) -> str:
        """For an output of the stack.

        >>> Standing("q", State.CASE_OPENED, 0, 4, "AWS Support looks at it.", "1234").line
        'CASE_OPENED: has 0, wanted 4; case 1234. AWS Support looks at it.'
        """
        has = "unknown" if self.value is None else f"{self.value:g}"
        case = f"; case {self.case_id}" if self.case_id else ""
        text = f"{self.state}: has {has}, wanted {self.wanted:g}{case}. {self.why}"
        return text if len(text) <= ATTRIBUTE_MAX else f"{text[: ATTRIBUTE_MAX - 3]}..."


@dataclass(frozen=True, slots=True)
class Ask:
    """Request this value."""

    quota: Quota
    desired: float


OPEN = {"PENDING": State.PENDING, "CASE_OPENED": State.CASE_OPENED}
REFUSALS = {
    "DENIED": State.DENIED,
    "NOT_APPROVED": State.DENIED,
    "CASE_CLOSED": State.CLOSED,
    "INVALID_REQUEST": State.CLOSED,
}
"""Statuses of a request that is over and gave nothing; with APPROVED and the open ones these are all that there are."""


def judge(quota: Quota, wanted: float, changes: Sequence[Change]) -> Standing | Ask:
    """What AWS has answered to a value holds: it is not asked for again until a person wants another value.

    Other environments of the account may ask for other values of the same quota; theirs are not answers to this one.
    """
    if quota.value >= wanted:
        return _standing(quota, State.ENOUGH, wanted, "Nothing needs to be asked for.")
    if not quota.adjustable:
        return _standing(quota, State.NOT_ADJUSTABLE, wanted, "AWS lets nobody raise this quota.")
    history = sorted(changes, key=lambda change: change.at)
    if opened := [change for change in history if change.status in OPEN]:
        return waiting(quota, wanted, opened[-1])
    last = next((change for change in reversed(history) if change.desired == wanted), None)
    if last is None:
        return Ask(quota, wanted)
    if last.status in REFUSALS:
        again = "It is asked for again when another count is wanted."
        return _standing(quota, REFUSALS[last.status], wanted, f"AWS answered {last.status}. {again}", last)
    if last.status == "APPROVED":
        return _standing(quota, State.APPROVED, wanted, "AWS has approved it; it takes effect soon.", last)
    return _standing(quota, State.LATER, wanted, f"The request is {last.status!r}, which is not known here.", last)


def waiting(quota: Quota, wanted: float, change: Change, *, just_now: bool = False) -> Standing:
    """A request is open: there can be only one of a quota at a time."""
    state = State.REQUESTED if just_now else OPEN.get(change.status, State.PENDING)
    if change.desired >= wanted:
        return _standing(quota, state, wanted, f"{change.desired:g} is requested.", change)
    why = f"{change.desired:g} is requested; {wanted:g} is asked for when that request is closed."
    return _standing(quota, state, wanted, why, change)


def not_taken(quota: Quota, wanted: float, code: str, message: str) -> Standing:
    """Service Quotas did not take the request."""
    meanings = {
        "IllegalArgumentException": "AWS does not take this value: it may be above what the account can have",
        "InvalidResourceStateException": "the quota cannot be changed now",
        "QuotaExceededException": "the account has as many open requests as it may have; asked again later",
        "DependencyAccessDeniedException": "Service Quotas may not use its service-linked role; asked again later",
    }
    state = State.LATER if code in ("QuotaExceededException", "DependencyAccessDeniedException") else State.REFUSED
    return _standing(quota, state, wanted, f"{meanings.get(code, code)}. {message}")


def unknown(name: str, wanted: float, names: Iterable[str]) -> Standing:
    """There is no such quota in the region.

    >>> unknown("ml.g5.xlarg for endpoint usage", 1, ["ml.g5.xlarge for endpoint usage"]).why
    "No quota is called so in this region; did you mean 'ml.g5.xlarge for endpoint usage'?"
    """
    near = difflib.get_close_matches(name, list(names), 1)
    meant = f"; did you mean {near[0]!r}?" if near else "."
    return Standing(name, State.UNKNOWN, None, wanted, f"No quota is called so in this region{meant}")


def later(name: str, wanted: float, why: str) -> Standing:
    """Service Quotas could not be asked: it was busy, may not be used, or is not there in this region."""
    return Standing(name, State.LATER, None, wanted, f"Service Quotas could not be asked; tried again later. {why}")


def _standing(quota: Quota, state: State, wanted: float, why: str, change: Change | None = None) -> Standing:
    return Standing(quota.name, state, quota.value, wanted, why, change.case_id if change else "")
