"""A policy's text over SSM parameters: one holds 4,096 characters, and a model with many features needs more.

A text that fits stands as it is in `ModelNames.policy_parameter`. A longer one is cut: its first part lies there, part
n in `<that name>/<n>`. Every part begins with a line: its number, how many there are, and a digest of the whole text.
While a deployment replaces one parameter after the other, parts of two policies lie side by side: they are told from a
whole policy by their digests, and never read as one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

PARAMETER_MAX = 4096
"""Characters of an SSM parameter."""
PARTS_MAX = 20
"""Of one policy: some 1,000 features."""
TEXT_MAX = PARTS_MAX * (PARAMETER_MAX - len(f"{PARTS_MAX}/{PARTS_MAX} {'0' * 32}\n"))
"""Characters of a policy."""
_HEAD = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?) ([0-9a-f]{32})\n")


class TornPolicy(ValueError):
    """The parts are not of one text: a deployment is replacing them, or was ended in the midst of it."""


def parts(text: str) -> tuple[str, ...]:
    """The values of the parameters, in order; ASCII. Raises ValueError for a text that is too long.

    >>> parts('{"model":"churn"}')
    ('{"model":"churn"}',)
    """
    if not text.isascii() or not text.startswith("{"):
        raise ValueError("a policy is the JSON of an object, in ASCII")
    if len(text) <= PARAMETER_MAX:
        return (text,)
    if len(text) > TEXT_MAX:
        raise ValueError(f"a policy of {len(text)} characters; accepted: {TEXT_MAX} at most")
    room = PARAMETER_MAX - len(_head(PARTS_MAX, PARTS_MAX, text))
    cut = [text[start : start + room] for start in range(0, len(text), room)]
    return tuple(_head(number, len(cut), text) + part for number, part in enumerate(cut, 1))


def joined(found: Sequence[str]) -> str:
    """The text of which these are the parts, in order. Raises TornPolicy.

    >>> long = '{"a":"' + 9000 * "x" + '"}'
    >>> joined(parts(long)) == long
    True
    """
    if len(found) == 1 and found[0].startswith("{"):
        return found[0]
    heads = [_HEAD.match(part) for part in found]
    text = "".join(part[head.end() :] for part, head in zip(found, heads, strict=True) if head is not None)
    if not found or any(
        part != _head(at, len(found), text) + part.partition("\n")[2] for at, part in enumerate(found, 1)
    ):
        told = [head.group().strip() if head else part[:20] for part, head in zip(found, heads, strict=True)]
        raise TornPolicy(f"the parts of a policy do not belong together: found {', '.join(told) or 'none'}")
    return text


def whole(values: Mapping[str, str], parameter: str) -> str:
    """The text at `parameter`, of the values of parameters by their names. Raises TornPolicy, KeyError without a first.

    What lies behind the last part is left over from a longer policy.
    """
    first = values[parameter]
    names = part_names(parameter, count(first))
    return joined([values[name] for name in names if name in values])


def count(first: str) -> int:
    """How many parts there are, by the first one."""
    head = _HEAD.match(first)
    return int(head[2]) if head else 1


def part_names(parameter: str, many: int) -> tuple[str, ...]:
    """Names of the parameters, in order.

    >>> part_names("/a/policy", 2)
    ('/a/policy', '/a/policy/2')
    """
    return (parameter, *(f"{parameter}/{number}" for number in range(2, many + 1)))


def _head(number: int, many: int, text: str) -> str:
    return f"{number}/{many} {hashlib.sha256(text.encode()).hexdigest()[:32]}\n"
