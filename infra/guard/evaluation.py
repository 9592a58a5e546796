"""Whether a request would be denied by a list of statements: IAM's evaluation of Deny statements.

What is judged is what a policy does, not how it is written. Source: IAM user guide, "IAM JSON policy elements:
Condition operators" and "Multivalued context keys".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from infra.guard.policies import Statement, conditions, matches
from infra.guard.stage import listed

Context = Mapping[str, Sequence[str]]
"""Condition key in lower case -> values; a key that the request lacks is absent."""


def denied(statements: Iterable[Statement], action: str, resource: str, context: Context) -> bool:
    """Whether any Deny statement applies to the request."""
    return any(
        statement.get("Effect") == "Deny"
        and _covers(statement, "Action", action)
        and _covers(statement, "Resource", resource)
        and holds(statement, context)
        for statement in statements
    )


def holds(statement: Statement, context: Context) -> bool:
    """Whether all conditions of a statement are true: operators and keys are ANDed, values are ORed."""
    return all(
        _true(operator, context.get(key), [_filled(str(value), context) for value in listed(values)])
        for operator, keys in conditions(statement).items()
        for key, values in keys.items()
    )


def _filled(value: str, context: Context) -> str:
    """A policy variable such as `${aws:PrincipalTag/team}` becomes the request's value; what is absent stays."""
    return re.sub(
        r"\$\{([^}]+)\}", lambda match: next(iter(context.get(match.group(1).lower(), [match.group()]))), value
    )


def _covers(statement: Statement, element: str, value: str) -> bool:
    """An element that a statement has neither as itself nor as its negation covers nothing."""
    ignore_case = element == "Action"
    if f"Not{element}" in statement:
        return not any(matches(pattern, value, ignore_case) for pattern in listed(statement[f"Not{element}"]))
    return any(matches(pattern, value, ignore_case) for pattern in listed(statement.get(element)))


def _true(operator: str, found: Sequence[str] | None, wanted: list[str]) -> bool:
    quantifier, _, plain = operator.rpartition(":")
    if plain == "Null":
        return (found is None) == (wanted[0].lower() == "true")
    if_exists = plain.endswith("IfExists")
    plain = plain.removesuffix("IfExists")
    if found is None and if_exists:
        return True
    test, negated = _test(plain)
    if not found:
        return quantifier == "ForAllValues" or (negated and quantifier != "ForAnyValue")
    each = [
        not any(test(value, other) for other in wanted) if negated else any(test(value, other) for other in wanted)
        for value in found
    ]
    return any(each) if quantifier == "ForAnyValue" else all(each)


def _test(operator: str) -> tuple[Callable[[str, str], bool], bool]:
    """How one value is compared, and whether the result is turned around."""
    if operator not in _TESTS:
        raise LookupError(f"condition operator {operator!r} is not one of {', '.join(_TESTS)}")
    return _TESTS[operator]


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda found, wanted: compare(float(found), float(wanted))


def _equal(found: str, wanted: str) -> bool:
    return found == wanted


def _like(found: str, wanted: str) -> bool:
    return matches(wanted, found, ignore_case=False)


def _same(found: str, wanted: str) -> bool:
    return found.lower() == wanted.lower()


_TESTS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_same, False),
    "StringNotEqualsIgnoreCase": (_same, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_like, False),
    "ArnNotEquals": (_like, True),
    "ArnLike": (_like, False),
    "ArnNotLike": (_like, True),
    "Bool": (_same, False),
    "NumericEquals": (_number(lambda found, wanted: found == wanted), False),
    "NumericNotEquals": (_number(lambda found, wanted: found == wanted), True),
    "NumericLessThan": (_number(lambda found, wanted: found < wanted), False),
    "NumericLessThanEquals": (_number(lambda found, wanted: found <= wanted), False),
    "NumericGreaterThan": (_number(lambda found, wanted: found > wanted), False),
    "NumericGreaterThanEquals": (_number(lambda found, wanted: found >= wanted), False),
}
