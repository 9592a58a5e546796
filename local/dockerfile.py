"""The one thing of a Dockerfile that is run without a container: the ENTRYPOINT of its last stage."""

from __future__ import annotations

import json
import re

NOTHING: tuple[str, ...] = ()


def entrypoint(text: str) -> tuple[str, ...]:
    """In exec form; empty where there is none, or one in shell form.

    >>> entrypoint('FROM python AS base\\nENTRYPOINT ["python", "train.py"]\\nFROM base\\nRUN pip install numpy')
    ('python', 'train.py')
    """
    stages: dict[str, tuple[str, ...]] = {}
    current, name = NOTHING, ""
    for instruction, rest in _instructions(text):
        if instruction == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            current = stages.get(words[0].lower(), NOTHING) if words else NOTHING
            name = words[2].lower() if len(words) == 3 else ""
        elif instruction == "ENTRYPOINT":
            current = _exec_form(rest)
        if name:
            stages[name] = current
    return current


def _instructions(text: str) -> list[tuple[str, str]]:
    """Without comments, each on one line."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    whole = re.sub(r"\\\s*\n", " ", "\n".join(lines))
    words = (line.strip().partition(" ") for line in whole.splitlines() if line.strip())
    return [(first.upper(), rest.strip()) for first, _, rest in words]


def _exec_form(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except ValueError:
        return NOTHING
    is_list = isinstance(found, list) and all(isinstance(word, str) for word in found)
    return tuple(found) if is_list else NOTHING
