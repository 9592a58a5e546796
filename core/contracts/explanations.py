"""Explanations of single requests: how one is asked for, and the form of the answer.

Both as of SageMaker Clarify's online explainability (developer guide, "Invoke the endpoint" of online explainability),
which is closed to new customers: clients that read its answers read these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEADER = "x-amzn-sagemaker-enable-explanations"
"""InvokeEndpoint's `EnableExplanations`: a JMESPath expression that is true of the predictions to explain."""
CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
"""InvokeEndpoint's `CustomAttributes` reach every container; of HEADER the guide promises that for endpoints with a
Clarify explainer alone. So the same expression is taken from there as well: `enable-explanations=<expression>`."""
ATTRIBUTE = "enable-explanations"
LONGEST = 64
"""Characters of an expression, as the API takes them."""
ROWS = "HOMEOSTAT_EXPLAINED_ROWS"
"""Environment variable of the serving container: rows that one request may have explained; 0 for none."""
DEFAULT_ROWS, MOST_ROWS = 100, 1000
BY = "HOMEOSTAT_EXPLAINED_BY"
"""Environment variable of the serving container: one of `core.contracts.explaining.METHODS`."""

SCHEMA = "1.0"
"""`version` of the answer."""


def asked(headers: Mapping[str, str]) -> str | None:
    """The expression of a request, None where it asks for no explanation. Names of headers are in lower case.

    >>> asked({CUSTOM_ATTRIBUTES: "trace=7; enable-explanations=`true`"})
    '`true`'
    """
    if HEADER in headers:
        return headers[HEADER].strip()
    for part in headers.get(CUSTOM_ATTRIBUTES, "").split(";"):
        name, equals, expression = part.partition("=")
        if equals and name.strip().lower() == ATTRIBUTE:
            return expression.strip()
    return None


def document(content_type: str, predictions: str, labels: list[str], explanations: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request that asked: what it would have been otherwise, and the explanations."""
    return {
        "version": SCHEMA,
        "predictions": {"content_type": content_type, "data": predictions},
        "label_headers": labels,
        "explanations": explanations,
    }


def predictions_of(value: object) -> tuple[str, str] | None:
    """Content type and text of the predictions in such an answer; None for anything else.

    >>> predictions_of(document("text/csv", "1,0.8", ["left"], {}))
    ('text/csv', '1,0.8')
    """
    inside = value.get("predictions") if isinstance(value, dict) and "explanations" in value else None
    if not isinstance(inside, dict):
        return None
    content_type, data = inside.get("content_type"), inside.get("data")
    return (content_type, data) if isinstance(content_type, str) and isinstance(data, str) else None
