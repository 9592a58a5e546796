"""What `OnSpark` asks of Spark, in one process: groups arrive in whatever order a seed says."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from containers.spark.engine import OnSpark


@dataclass
class Shared:
    value: Any


@dataclass
class Spread:
    """A collection that is spread over machines: what goes from one to another is pickled."""

    items: list[Any]
    order: random.Random

    def map(self, change: Callable[[Any], Any]) -> Spread:
        return Spread([_sent(change)(_sent(item)) for item in self.items], self.order)

    def flatMap(self, change: Callable[[Any], Iterable[Any]]) -> Spread:
        return Spread([one for item in self.items for one in _sent(change)(_sent(item))], self.order)

    def mapValues(self, change: Callable[[Any], Any]) -> Spread:
        return Spread([(key, _sent(change)(_sent(value))) for key, value in self.items], self.order)

    def groupByKey(self, _machines: int) -> Spread:
        groups: dict[Any, list[Any]] = {}
        for key, value in self.order.sample(self.items, len(self.items)):
            groups.setdefault(key, []).append(value)
        return Spread(list(groups.items()), self.order)

    def union(self, other: Spread) -> Spread:
        return Spread(self.items + other.items, self.order)

    def persist(self, _level: object) -> Spread:
        return self

    def unpersist(self) -> None:
        self.items = []

    def collect(self) -> list[Any]:
        return self.items


@dataclass
class Machines:
    """A SparkContext, as far as it is used."""

    order: random.Random

    def parallelize(self, items: Sequence[Any], _machines: int) -> Spread:
        return Spread(list(items), self.order)

    def broadcast(self, value: Any) -> Shared:
        return Shared(value)


def _sent(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


def apart(seed: int) -> OnSpark:
    return OnSpark(Machines(random.Random(seed)), None)  # type: ignore[arg-type]
