"""Which variant, and which of its instances, answers a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar


class Target(Protocol):
    """One instance that answers; `outstanding` counts the requests that it has not answered yet."""

    outstanding: int


T = TypeVar("T", bound=Target)


@dataclass(frozen=True, slots=True)
class Lane(Generic[T]):
    """The part of an endpoint's traffic that one variant of one fleet takes.

    `weight` is relative to the weights of the other lanes; at 0 only a request that names the variant comes here.
    """

    variant: str
    weight: float
    instances: tuple[T, ...]
    least_outstanding: bool = False

    def instance(self, draw: float) -> T:
        """The instance for a `draw` from [0, 1): the least busy one or a random one, as RoutingConfig says."""
        candidates = self.instances
        if self.least_outstanding:
            fewest = min(instance.outstanding for instance in candidates)
            candidates = tuple(instance for instance in candidates if instance.outstanding == fewest)
        return candidates[int(draw * len(candidates))]


class NoSuchVariant(LookupError):
    """The request names a variant that the endpoint does not have."""


class NoCapacity(LookupError):
    """No instance is there to answer."""


def choose(lanes: Sequence[Lane[T]], draw: float, variant: str | None = None) -> Lane[T]:
    """The lane for a `draw` from [0, 1), among those of `variant` where the request names one.

    Where all weights are 0 the lanes share evenly, as variants of weight 0 would otherwise answer nobody.
    """
    candidates = [lane for lane in lanes if variant in (None, lane.variant)]
    if variant is not None and not candidates:
        raise NoSuchVariant(variant)
    candidates = [lane for lane in candidates if lane.instances]
    if not candidates:
        raise NoCapacity
    weights = [lane.weight for lane in candidates]
    if not any(weights):
        weights = [1.0] * len(candidates)
    mark = draw * sum(weights)
    for lane, weight in zip(candidates, weights, strict=True):
        mark -= weight
        if mark < 0:
            return lane
    return next(lane for lane, weight in zip(reversed(candidates), reversed(weights), strict=True) if weight)


def blended(old: Sequence[Lane[T]], new: Sequence[Lane[T]], share: float) -> tuple[Lane[T], ...]:
    """Lanes of both fleets with `share` (0 to 1) of all traffic on the new one, split there by its own weights."""
    return (*_scaled(old, 1 - share), *_scaled(new, share))


def _scaled(lanes: Sequence[Lane[T]], share: float) -> list[Lane[T]]:
    total = sum(lane.weight for lane in lanes)
    if share <= 0:
        return []
    parts = [lane.weight / total if total else 1 / len(lanes) for lane in lanes]
    return [replace(lane, weight=share * part) for lane, part in zip(lanes, parts, strict=True)]
