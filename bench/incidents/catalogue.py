"""The incidents: what happens to a window before, or after, the world gives its labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.incidents.world import COINS, WORLD, Rows, Values, World, at


@dataclass(frozen=True)
class Incident:
    """`window(rows, seed)` makes a window in which it happened."""

    name: str
    what: str
    window: Callable[[int, int], Rows]
    world: World = WORLD


def _world_changes(
    change: Callable[[Values, np.random.Generator], None], world: World = WORLD
) -> Callable[[int, int], Rows]:
    """Other rows come, and get the labels that follow from them."""

    def window(count: int, seed: int) -> Rows:
        random = np.random.default_rng(seed)
        values = world.draw(count, random)
        change(values, random)
        return world.labelled(values, random)

    return window


def _data_breaks(change: Callable[[Values, np.random.Generator], None]) -> Callable[[int, int], Rows]:
    """The same rows are, but not as they were: what arrives is no longer what the labels follow from."""

    def window(count: int, seed: int) -> Rows:
        rows = WORLD.rows(count, seed)
        change(rows.values, np.random.default_rng(seed + 1))
        return rows

    return window


def _shifted(name: str, by: float) -> Callable[[Values, np.random.Generator], None]:
    def change(values: Values, random: np.random.Generator) -> None:
        values[:, at(name)] += by

    return change


def _correlated(one: str, other: str, strength: float) -> Callable[[Values, np.random.Generator], None]:
    """Both are distributed as before, each for itself."""

    def change(values: Values, random: np.random.Generator) -> None:
        own = values[:, at(other)] * np.sqrt(1 - strength**2)
        values[:, at(other)] = strength * values[:, at(one)] + own

    return change


def _half_missing(values: Values, random: np.random.Generator) -> None:
    values[random.random(len(values)) < 0.5, at("covered")] = np.nan


def _shuffled(values: Values, random: np.random.Generator) -> None:
    values[:, at("joined")] = random.permutation(values[:, at("joined")])


def _sign_turned(values: Values, random: np.random.Generator) -> None:
    values[:, at("signed")] *= -1


def _other_coins(values: Values, random: np.random.Generator) -> None:
    values[:, 1] = 1 - values[:, 1]


def _relation_turned(count: int, seed: int) -> Rows:
    rows = WORLD.rows(count, seed)
    turned = rows.values.copy()
    for name in ("important", "covered"):
        turned[:, at(name)] *= -1
    return Rows(rows.values, WORLD.labelled(turned, np.random.default_rng(seed + 1)).labels)


def _one_group_turned(count: int, seed: int) -> Rows:
    """One row in five is concerned."""
    rows = WORLD.rows(count, seed)
    return Rows(rows.values, np.where(rows.values[:, at("group")] == 3, ~rows.labels, rows.labels))


def shifted(by: float) -> Callable[[int, int], Rows]:
    """Of `important`, in standard deviations."""
    return _world_changes(_shifted("important", by))


INCIDENTS = (
    Incident("none", "rows as in training", WORLD.rows),
    Incident(
        "unimportant shift",
        "a feature that the model hardly uses moves by 1.5 standard deviations",
        _world_changes(_shifted("unused", 1.5)),
    ),
    Incident("important shift", "a feature that the model uses moves by 1 standard deviation", shifted(1.0)),
    Incident("coverage loss", "half of a feature's values no longer arrive", _data_breaks(_half_missing)),
    Incident(
        "interaction change",
        "two features that act through their product become correlated (0.8); each is distributed as before",
        _world_changes(_correlated("left", "right", 0.8)),
    ),
    Incident("join bug", "a column is shuffled: its values belong to other rows", _data_breaks(_shuffled)),
    Incident("concept drift", "two features now act the other way round", _relation_turned),
    Incident(
        "additive multivariate drift",
        "two features that act by their sum become correlated (0.8); each is distributed as before",
        _world_changes(_correlated("first", "second", 0.8)),
    ),
    Incident("sign bug", "a symmetric feature arrives with the wrong sign", _data_breaks(_sign_turned)),
    Incident(
        "group turned",
        "in one group of a sensitive feature, a fifth of the rows, labels are the opposite",
        _one_group_turned,
    ),
    Incident(
        "XOR",
        "a model of a XOR b: from mostly equal to mostly different, each distributed as before",
        _world_changes(_other_coins, COINS),
        COINS,
    ),
)
