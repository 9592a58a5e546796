"""Text of a metric math expression to a syntax tree.

The grammar is close to Python's, so Python's own parser reads it after the
few operators that differ are rewritten; whatever the evaluation does not know
is refused there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

OPERATORS = {"&&": " and ", "AND": " and ", "||": " or ", "OR": " or ", "^": " ** "}
_TOKENS = re.compile(r"""("[^"]*"|'[^']*')|&&|\|\||\bAND\b|\bOR\b|\^""")


class MathError(ValueError):
    """An expression that CloudWatch would refuse; the message says what was found."""


@lru_cache(maxsize=256)
def parse(text: str) -> ast.expr:
    """
    >>> ast.unparse(parse("m1 > 5 && m2^2 > METRICS('a && b')"))
    "m1 > 5 and m2 ** 2 > METRICS('a && b')"
    """
    python = _TOKENS.sub(lambda found: found[0] if found[1] else OPERATORS[found[0]], text.strip())
    try:
        return ast.parse(python, mode="eval").body
    except (SyntaxError, ValueError):
        raise MathError(f"the expression {text!r} cannot be parsed") from None


def names(text: str) -> Iterator[str]:
    """Ids of metrics and expressions that an expression uses: they begin with a lower-case letter."""
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Name) and node.id[0].islower():
            yield node.id


def functions(text: str) -> Iterator[str]:
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
