"""What a new record has against an old one: resources that would be replaced, and resources that go."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.kept.record import Entry, Record


@dataclass(frozen=True, slots=True)
class Replaced:
    """A create-only property has another value: CloudFormation makes the resource anew."""

    id: str
    type: str
    property: str
    old: Any
    new: Any
    now: Entry


@dataclass(frozen=True, slots=True)
class Renamed:
    """One resource went while another of its type came: most likely the same thing under another name."""

    id: str
    type: str
    new_id: str
    old: Entry
    now: Entry

    @property
    def moved(self) -> bool:
        """The same name in another place of the templates, which nothing in a team's file can cause."""
        return bool(self.old.name) and self.old.name == self.now.name


@dataclass(frozen=True, slots=True)
class Gone:
    """No longer in any template, and nothing came in its place."""

    id: str
    entry: Entry


Change = Replaced | Renamed | Gone


def changes(old: Record, new: Record) -> Iterator[Change]:
    for id in sorted(old.entries.keys() & new.entries.keys()):
        was, now = old.entries[id], new.entries[id]
        if was.type != now.type:
            yield Replaced(id, was.type, "Type", was.type, now.type, now)
        for property in sorted(was.properties.keys() | now.properties.keys()):
            if was.properties.get(property) != now.properties.get(property):
                yield Replaced(id, was.type, property, was.properties.get(property), now.properties.get(property), now)
    yield from _gone(
        {id: entry for id, entry in old.entries.items() if id not in new.entries},
        {id: entry for id, entry in new.entries.items() if id not in old.entries},
    )


def _gone(went: Mapping[str, Entry], came: Mapping[str, Entry]) -> Iterator[Change]:
    """Each that came stands for one that went at most: that of its type whose name is most like its own."""
    left = dict(came)
    for id, entry in sorted(went.items()):
        same = [other for other, now in left.items() if now.type == entry.type]
        if not same:
            yield Gone(id, entry)
            continue
        nearest = max(same, key=lambda other: _likeness(id, entry, other, left[other]))
        yield Renamed(id, entry.type, nearest, entry, left.pop(nearest))


def _likeness(id: str, entry: Entry, other: str, now: Entry) -> tuple[bool, float]:
    alike = difflib.SequenceMatcher(None, entry.name or id, now.name or other).ratio()
    return bool(entry.name) and entry.name == now.name, alike
