"""Where labels may come from: never from what the model itself has answered.

A model that learns from its own predictions confirms itself, and every gate and monitor after it does so too.
"""

from __future__ import annotations

from collections.abc import Iterable


def objection(labels: Iterable[str], captured: Iterable[str]) -> str | None:
    """Why data may not be learned from; None where it may.

    `labels` are the S3 prefixes that labels are read from, `captured` those under which requests and the model's
    answers lie. Neither may lie within the other.

    >>> objection(["s3://data/churn/labelled/"], ["s3://capture/churn/"]) is None
    True
    >>> objection(["s3://capture/churn/AllTraffic/"], ["s3://capture/churn/"])
    "labels would be read from s3://capture/churn/AllTraffic/, where the model's own answers lie (s3://capture/churn/)"
    """
    kept = [_folder(prefix) for prefix in captured]
    for prefix in labels:
        for own in kept:
            if _folder(prefix).startswith(own) or own.startswith(_folder(prefix)):
                return f"labels would be read from {prefix}, where the model's own answers lie ({own})"
    return None


def _folder(prefix: str) -> str:
    return prefix if prefix.endswith("/") else f"{prefix}/"
