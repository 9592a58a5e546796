"""Explanations on demand: a request that asks is told, beside its predictions, what each feature added to each.

Nothing of this is imported before the first request that asks.
"""

from __future__ import annotations

import re
from typing import Any

import jmespath  # type: ignore[import-untyped]
import numpy as np
import orjson

from containers.contributions import USUAL, contributions
from containers.frameworks.predictor import Contributions
from containers.given import read_request
from containers.model import TrainedModel
from containers.payload import CSV, JSON
from containers.serve.answers import Answer, answer, refusal
from core.contracts.explaining import Method
from core.contracts.explanations import LONGEST, document

FAULTS = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What evaluating an expression raises: jmespath's own errors are ValueErrors, and some of Python's pass through it."""


class BadExpression(ValueError):
    """The expression cannot be evaluated; the message says why and what is accepted."""


def explained(
    model: TrainedModel,
    body: bytes,
    content_type: str,
    accept: str,
    expression: str,
    most_rows: int,
    by: Method = USUAL.by,
) -> Answer:
    """The answer with the explanations of the predictions for which the expression is true.

    400 where explanations are switched off, for an expression that is none, and for more rows than are explained.
    """
    if not most_rows:
        return refusal(400, "this model explains no predictions: serving.explanations of its team's file is 0")
    given = answer(model, body, content_type, accept)
    if given.status != 200:
        return given
    try:
        wanted = [_wanted(expression, record) for record in _records(given)]
    except BadExpression as fault:
        return refusal(400, str(fault))
    if (count := sum(wanted)) > most_rows:
        return refusal(400, f"{count} rows are to be explained; accepted are at most {most_rows} a request")
    rows = read_request(body, content_type.partition(";")[0].strip().lower(), model.signature)
    found = contributions(model, rows[np.array(wanted)], by) if count else None
    content = document(
        given.content_type,
        given.body.decode(),
        _labels(model, found),
        _explanations(model, wanted, found, by) if found is not None else {},
    )
    return Answer(200, JSON, orjson.dumps(content))


def _records(given: Answer) -> list[Any]:
    """The predictions as values: a list of cells each in CSV, an object each in JSON."""
    if given.content_type == CSV:
        return [orjson.loads(b"[" + line + b"]") for line in given.body.splitlines()]
    records: list[Any] = orjson.loads(given.body)["predictions"]
    return records


def _wanted(expression: str, record: Any) -> bool:
    if not 0 < len(expression) <= LONGEST:
        raise BadExpression(f"the expression has {len(expression)} characters; accepted are 1 to {LONGEST}")
    try:
        found = jmespath.compile(expression).search(record)  # compile() keeps what it compiled
    except FAULTS as fault:
        reason = re.sub(r"\s+", " ", str(fault))
        raise BadExpression(f"{expression!r} is not a JMESPath expression of the predictions: {reason}") from None
    if not isinstance(found, bool):
        raise BadExpression(
            f"{expression!r} is {_shown(found)} for a prediction, not true or false; "
            "`true` in backquotes explains every one"
        )
    return found


def _shown(found: Any) -> str:
    text = "null" if found is None else repr(found)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _explanations(model: TrainedModel, wanted: list[bool], found: Contributions, by: Method) -> dict[str, Any]:
    """One entry a row: null, or one entry a feature with one number an output. They are called `kernel_shap` as
    Clarify calls them, however they were found: that says `method`; and `scale`, what they are shares of."""
    each, names = iter(found.values.tolist()), model.signature.names
    return {
        "kernel_shap": [_features(names, next(each)) if is_wanted else None for is_wanted in wanted],
        "expected_value": found.expected.tolist(),
        "method": model.predictor.method(by),
        "scale": model.predictor.scale,
    }


def _features(names: tuple[str, ...], by_output: list[list[float]]) -> list[dict[str, Any]]:
    by_feature = zip(names, zip(*by_output, strict=True), strict=True)
    return [{"feature_header": name, "attributions": [{"attribution": list(values)}]} for name, values in by_feature]


def _labels(model: TrainedModel, found: Contributions | None) -> list[str]:
    """What each number of an attribution is of."""
    outputs = 1 if found is None else len(found.expected)
    label = model.signature.label
    return [label] if outputs == 1 else [f"{label}={at}" for at in range(outputs)]
