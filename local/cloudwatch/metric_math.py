"""Metric math: expressions over series, lists of series and numbers.

Source: CloudWatch user guide, "Using metric math". A value of an expression is
a number, a series (value by period) or a list of series. Searches, anomaly
bands, quotas and Contributor Insights are not modelled and refused by name.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local.cloudwatch.expression import MathError, parse
from local.cloudwatch.math_functions import FUNCTIONS, KEYWORDS, NoValue, Value
from local.cloudwatch.metrics import Grid, Series


@dataclass(frozen=True, slots=True)
class Workspace:
    """What expressions refer to: series of the metrics and texts of the expressions, both by id."""

    grid: Grid
    series: Mapping[str, Series]
    expressions: Mapping[str, str]

    def value(self, name: str, under: tuple[str, ...] = ()) -> Value:
        """Value of a metric or an expression by its id; `under` are the ids that asked for it."""
        if name in self.series:
            return self.series[name]
        if name not in self.expressions:
            raise MathError(f"there is no metric or expression with the id {name!r}")
        if name in under:
            raise MathError(f"the expression {name!r} refers to itself")
        return _Evaluation(self, (*under, name)).of(parse(self.expressions[name]))


def result(workspace: Workspace, name: str) -> Series:
    """The one series that an alarm watches; an expression that has nothing to work on has no data."""
    try:
        value = workspace.value(name)
    except NoValue:
        return {}
    if not isinstance(value, dict):
        kind = "a list of series" if isinstance(value, list) else "a number"
        raise MathError(f"the expression {name!r} results in {kind}, not in one time series")
    return value


@dataclass(frozen=True, slots=True)
class _Evaluation:
    workspace: Workspace
    under: tuple[str, ...]

    def of(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=bool() | None):
                raise MathError(f"{ast.unparse(node)!r} is not part of metric math")
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name):
                return self.workspace.value(name, self.under)
            case ast.List(elts=elements):
                return [series for element in elements for series in _as_list(self.of(element))]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return elementwise(operator.sub, 0.0, self.of(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return elementwise(_ARITHMETIC[type(op)], self.of(left), self.of(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return elementwise(_COMPARISONS[type(op)], self.of(left), self.of(right))
            case ast.BoolOp(op=op, values=[first, *others]):
                total = elementwise(_LOGIC[type(op)], self.of(first), 0.0 if isinstance(op, ast.Or) else 1.0)
                for other in others:
                    total = elementwise(_LOGIC[type(op)], total, self.of(other))
                return total
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
        raise MathError(f"{ast.unparse(node)!r} is not part of metric math")

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "METRICS":
            part = str(ast.literal_eval(arguments[0])) if arguments else ""
            return [series for key, series in self.workspace.series.items() if part in key]
        if name not in FUNCTIONS:
            raise MathError(f"the function {name} is not modelled by the embedded AWS")
        values = [self._argument(name, argument) for argument in arguments]
        try:
            return FUNCTIONS[name](self.workspace.grid, *values)
        except (TypeError, AttributeError, LookupError, ValueError):
            raise MathError(f"{name} does not take these arguments") from None

    def _argument(self, function: str, node: ast.expr) -> Value | str:
        if isinstance(node, ast.Name) and node.id in KEYWORDS.get(function, ()):
            return node.id
        return self.of(node)


def elementwise(function: Callable[[float, float], float | None], left: Value, right: Value) -> Value:
    """Apply a function to numbers, period by period, or to each series of a list.

    Of two series, a value that only one of them has meets 0. Where the function has no value (a division by zero) the
    data point is dropped.
    """
    if isinstance(left, list) and isinstance(right, list):
        raise MathError("an operator takes a list of series and one series or number, not two lists")
    if isinstance(left, list):
        return [_series(elementwise(function, each, right)) for each in left]
    if isinstance(right, list):
        return [_series(elementwise(function, left, each)) for each in right]
    if isinstance(left, dict) or isinstance(right, dict):
        periods = sorted({*_periods(left), *_periods(right)})
        values = {period: _applied(function, _at(left, period), _at(right, period)) for period in periods}
        return {period: value for period, value in values.items() if value is not None}
    value = _applied(function, left, right)
    if value is None:
        raise NoValue
    return value


def _applied(function: Callable[[float, float], float | None], left: float, right: float) -> float | None:
    try:
        value = function(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return None if value is None or isinstance(value, complex) else float(value)


def _series(value: Value) -> Series:
    assert isinstance(value, dict)
    return value


def _as_list(value: Value) -> list[Series]:
    if isinstance(value, float):
        raise MathError("a list holds series, not numbers")
    return value if isinstance(value, list) else [value]


def _periods(value: Value) -> set[int]:
    return set(value) if isinstance(value, dict) else set()


def _at(value: Series | float, period: int) -> float:
    return value.get(period, 0.0) if isinstance(value, dict) else value


_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float | None]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}

_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], float | None]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

_LOGIC: dict[type[ast.boolop], Callable[[float, float], float | None]] = {
    ast.And: lambda left, right: float(left != 0 and right != 0),
    ast.Or: lambda left, right: float(left != 0 or right != 0),
}
