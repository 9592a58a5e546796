"""A YAML text as a tree of nodes that is safe to walk: no deeper and no larger than a team file has any use for.

It reads what YAML 1.2 reads, and beside it `yes`, `no`, `on` and `off` as booleans, which many people write. Digits
with a leading zero and dates are texts: nobody who writes an account id or a cost centre means an octal number.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

DEEPEST = 20
MOST_NODES = 50_000
"""With everything that `*name` stands for written out."""
LARGEST_BYTES = 256 * 1024

_KEPT = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9][0-9_]*|0x[0-9a-fA-F]+|0o[0-7]+)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?|\.[0-9]+([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))$"
        r"|\.(nan|NaN|NAN)$"
    ),
}
CONFLICT = ("<<<<<<< ", ">>>>>>> ")
HINTS = (
    ("character '\\t'", "a tab; indent with spaces"),
    ("cannot start any token", "{problem}; put a text that begins with it in quotes"),
    ("mapping values are not allowed here", "a second colon in one line, or an indentation that fits no line above"),
    ("expected <block end>", "an indentation that fits no line above"),
    ("could not find expected ':'", "a line without a colon where a key is expected"),
    ("found undefined alias", "{problem}; put a text that begins with * in quotes"),
    ("but found another document", "a second document (---); write one file for each team"),
    ("special characters are not allowed", "a control character; write the file as plain text"),
)
"""What PyYAML says -> what to tell somebody who does not know its parser."""


class NotADocument(ValueError):
    """The text is not YAML, or not YAML that a team file has a use for; `line` counts from one."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def compose(text: str) -> yaml.Node | None:
    """The root node, or None where the text holds nothing. Raises NotADocument."""
    loader = _Loader(text.removeprefix("\ufeff")) if _readable(text) else None
    try:
        return loader.get_single_node() if loader else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotADocument(mark.line + 1 if mark else 1, _told(str(error.problem or error.context))) from None
    finally:
        if loader:
            loader.dispose()


def _readable(text: str) -> bool:
    """PyYAML's reader would say this by position; people look for a line."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(CONFLICT):
            raise NotADocument(number, f"holds {line[:7]}, a mark of git's between two versions; choose one of them")
        if bad := yaml.reader.Reader.NON_PRINTABLE.search(line.removeprefix("\ufeff")):
            raise NotADocument(number, f"is not YAML: the character U+{ord(bad[0]):04X}; write the file as plain text")
    return True


def _told(problem: str) -> str:
    for sign, words in HINTS:
        if sign in problem:
            return f"is not YAML: {words.format(problem=problem)}"
    return f"is not YAML: {problem}"


class _Loader(yaml.SafeLoader):
    """Only composes; nothing is constructed, so no tag can make anything."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}  # noqa: RUF012 - the name is PyYAML's

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._sizes: dict[int, tuple[int, int]] = {}
        """Node -> nodes and levels in it, with every alias written out."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self._depth += 1
        if self._depth > DEEPEST:
            raise _problem(event, f"nested deeper than {DEEPEST} levels")
        node = super().compose_node(parent, index)
        self._depth -= 1
        if node is None:
            return None
        if isinstance(event, yaml.AliasEvent):
            if id(node) not in self._sizes:
                raise _problem(event, f"*{event.anchor} stands inside what it names")
        else:
            self._measure(event, node)
        return node

    def _measure(self, event: Any, node: yaml.Node) -> None:
        parts = [self._sizes[id(part)] for part in _parts(node)]
        nodes = 1 + sum(size for size, _ in parts)
        levels = 1 + max((depth for _, depth in parts), default=0)
        if nodes > MOST_NODES:
            raise _problem(event, f"more than {MOST_NODES} values, with everything that *names stand for")
        if levels > DEEPEST:
            raise _problem(event, f"nested deeper than {DEEPEST} levels, with everything that *names stand for")
        self._sizes[id(node)] = (nodes, levels)


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _problem(event: Any, problem: str) -> yaml.composer.ComposerError:
    return yaml.composer.ComposerError(None, None, problem, event.start_mark)


for _first, _resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items():
    for _tag, _pattern in _resolvers:
        if _tag in _KEPT:
            _Loader.add_implicit_resolver(_tag, _pattern, [_first])
for _tag, _pattern in _NUMBERS.items():
    _Loader.add_implicit_resolver(_tag, _pattern, list("-+.0123456789"))
