"""Policy variables, as `${aws:username}`: in a policy's resources and conditions they stand for keys of the request.

"Where a key is not in the request's context, the statement does not apply" is how the IAM user guide reads for
elements with a variable that has no value (IAM policy elements: variables and tags): a resource with one matches
nothing, and neither does a condition's value. A default can be given: `${aws:username, 'nobody'}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,\s*'([^']*)'\s*)?\}")
_LITERAL = {"${*}": "*", "${?}": "?", "${$}": "$"}


def statement(native: Any, context: Any) -> Any:
    """ministack's statement with every variable replaced for this request; the very statement where it has none."""
    if not _has_variables(native):
        return native
    return replace(
        native,
        resources=_resources(native.resources, context),
        not_resources=_resources(native.not_resources, context),
        conditions={
            operator: {key: _values(value, context) for key, value in keys.items()}
            for operator, keys in native.conditions.items()
        },
    )


def fill(text: str, context: Any) -> str | None:
    """None where a variable has no value.

    A value is taken as it is: a `*` inside of it would match more than itself on AWS only where a policy says so, so
    a value with a wildcard is refused here.
    """
    from ministack.core.iam_evaluator import _resolve_condition_key

    filled, end = "", 0
    for match in _VARIABLE.finditer(text):
        if match[0] in _LITERAL:
            value: Any = match[0]
        else:
            value = _resolve_condition_key(match[1], context)
            value = match[2] if value is None else value
        if not isinstance(value, str) or (match[0] not in _LITERAL and set("*?") & set(value)):
            return None
        filled, end = filled + text[end : match.start()] + _LITERAL.get(value, value), match.end()
    return filled + text[end:]


def _resources(patterns: Iterable[str], context: Any) -> list[str]:
    """Patterns with values; one without any becomes a pattern that no resource has."""
    filled = [fill(pattern, context) if "${" in pattern else pattern for pattern in patterns]
    return ["" if each is None else each for each in filled]


def _values(value: Any, context: Any) -> Any:
    texts = value if isinstance(value, list) else [value]
    filled = [fill(text, context) if isinstance(text, str) and "${" in text else text for text in texts]
    return [text for text in filled if text is not None]


def _has_variables(native: Any) -> bool:
    texts = [*native.resources, *native.not_resources]
    texts += [
        text
        for keys in native.conditions.values()
        if isinstance(keys, dict)
        for value in keys.values()
        for text in (value if isinstance(value, list) else [value])
    ]
    return any(isinstance(text, str) and "${" in text for text in texts)
