"""A value of a JSON file that people edit, and where it stands: what is wrong with it is said with both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.statistics.categories import category

NUMBER = re.compile(r"[+-]?\d+(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)
LONGEST = 60
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Member:
    """Each method gives what it is called after, and raises ValueError for anything else."""

    place: str
    """Name of the file, then of what lies in each other."""
    value: Any

    def object(self) -> Member:
        self._accept(isinstance(self.value, dict), "an object")
        return self

    def member(self, name: str) -> Member:
        """Of an object."""
        self._accept(name in self.value, f"an object with {name}")
        return Member(f"{self.place}: {name}", self.value[name])

    def list(self) -> tuple[Member, ...]:
        self._accept(isinstance(self.value, list), "a list")
        return tuple(Member(self.place, each) for each in self.value)

    def only(self, accepted: Iterable[str]) -> None:
        """Names of an object's members."""
        for name in self.value:
            if name not in accepted:
                raise ValueError(f"{self.place}: found {name}, accepted: {', '.join(accepted)}")

    def text(self) -> str:
        self._accept(isinstance(self.value, str), "a text")
        return str(self.value)

    def one_of(self, accepted: Sequence[str]) -> None:
        self._accept(isinstance(self.value, str) and self.value in accepted, ", ".join(accepted))

    def flag(self) -> None:
        self._accept(isinstance(self.value, bool), "true, false")

    def share(self) -> None:
        self._accept(self._number() and 0 <= self.value <= 1, "a number from 0 to 1")

    def distance(self) -> None:
        """Some distances have no upper bound; JSON as Python reads it has an infinity."""
        self._accept(self._number() and 0 <= self.value < float("inf"), "a number that is not negative")

    def category(self, coded: bool) -> str:
        """Name of a category. Where it is `coded` as a number, the number's name, however it was written.

        >>> Member("domains", 1.0).category(True), Member("domains", "2.0").category(True)
        ('1', '2')
        """
        written = isinstance(self.value, str)
        self._accept(written or (coded and self._number()), "texts" + (" and numbers" if coded else ""))
        number = coded and (not written or NUMBER.fullmatch(self.value))
        return category(float(self.value)) if number else str(self.value)

    def _number(self) -> bool:
        return isinstance(self.value, int | float) and not isinstance(self.value, bool) and abs(self.value) < 1e300

    def _accept(self, fits: bool, accepted: str) -> None:
        if not fits:
            found = json.dumps(self.value)
            shown = found if len(found) <= LONGEST else f"{found[:LONGEST]}..."
            raise ValueError(f"{self.place}: found {shown}, accepted: {accepted}")
