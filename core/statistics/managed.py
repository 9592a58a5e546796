"""`statistics.json` and `constraints.json` in the format of the managed monitor.

Source: SageMaker developer guide, "Schema for statistics" and "Schema for constraints" of Model Monitor.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from core.contracts.signature import Signature
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.sketch import C, K

BUCKETS = 10
INTEGRAL, FRACTIONAL, STRING, UNKNOWN = "Integral", "Fractional", "String", "Unknown"


def statistics(columns: Mapping[str, Column], rows: int, vectors: Collection[str] = ()) -> dict[str, Any]:
    """Content of statistics.json: what each feature looks like.

    Of columns in `vectors`, the numbers of embeddings, the sketch is left out: of thousands it would be a hundred
    megabytes, and a vector is compared as one.
    """
    return {
        "version": 0.0,
        "dataset": {"item_count": rows},
        "features": [
            {
                "name": name,
                "inferred_type": inferred_type(column),
                **(
                    {"numerical_statistics": _numerical(column, sketched=name not in vectors)}
                    if isinstance(column, NumericColumn)
                    else {"string_statistics": _string(column)}
                ),
            }
            for name, column in columns.items()
        ],
    }


def constraints(columns: Mapping[str, Column], signature: Signature | None = None) -> dict[str, Any]:
    """Content of constraints.json: what held for every feature, and how far a window may stray from it.

    `signature` says which columns are one feature; left out, each is one of its own.
    """
    features = [_constraint(name, column) for name, column in columns.items()]
    return {
        "version": 0.0,
        "features": features if signature is None else list(_told(features, signature)),
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 0.1,
            "domain_content_threshold": 0.1,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
            },
        },
    }


def _told(features: Sequence[dict[str, Any]], signature: Signature) -> Iterator[dict[str, Any]]:
    """A vector has one constraint. People may begin to write in another language, so that is no closed list; a share
    is a fraction even where all texts of the training set have the same."""
    own = {entry["name"]: entry for entry in features}
    for feature in signature.features:
        entries = [own[column.name] for column in feature.columns]
        if feature.kind == "embedding":
            completeness = min(entry["completeness"] for entry in entries)
            yield {**_bare(feature.name, FRACTIONAL, completeness), "monitoringConfigOverrides": {}}
        elif feature.kind == "text":
            types = (INTEGRAL, INTEGRAL, FRACTIONAL, STRING)
            for entry, kind in zip(entries, types, strict=True):
                kept = {name: value for name, value in entry.items() if name != "string_constraints"}
                yield {**kept, "inferred_type": kind}
        else:
            yield from entries


def _bare(name: str, kind: str, completeness: float) -> dict[str, Any]:
    return {"name": name, "inferred_type": kind, "completeness": completeness}


def inferred_type(column: Column) -> str:
    """Integral, Fractional, String, or Unknown where no row holds a value. Categories are String, as they are coded."""
    if isinstance(column, CategoricalColumn):
        return STRING
    presence = column.presence
    if not presence.numbers:
        return STRING if presence.texts else UNKNOWN
    return FRACTIONAL if presence.fractional else INTEGRAL


def _constraint(name: str, column: Column) -> dict[str, Any]:
    constraint = _bare(name, inferred_type(column), column.completeness)
    if isinstance(column, NumericColumn):
        constraint["num_constraints"] = {"is_non_negative": column.moments.minimum >= 0}
    elif not column.categories.other:  # with more categories than are told apart, no domain is known
        constraint["string_constraints"] = {"domains": sorted(column.categories.counts)}
    return constraint | {"monitoringConfigOverrides": {}}


def _common(column: Column) -> dict[str, int]:
    return {"num_present": column.present, "num_missing": column.presence.rows - column.present}


def _numerical(column: NumericColumn, sketched: bool) -> dict[str, Any]:
    found = column.moments
    sketch = {"parameters": {"c": C, "k": K}, "data": [level.tolist() for level in column.sketch.levels]}
    kll = {"buckets": _buckets(column)} | ({"sketch": sketch} if sketched else {})
    return {
        "common": _common(column),
        "mean": _finite(found.mean),
        "sum": _finite(found.total),
        "std_dev": _finite(found.standard_deviation),
        "min": _finite(found.minimum),
        "max": _finite(found.maximum),
        "distribution": {"kll": kll},
    }


def _finite(number: float) -> float | None:
    """JSON has no infinity: null for the range of no numbers, and for sums that no float can hold."""
    return number if math.isfinite(number) else None


def _buckets(column: NumericColumn) -> list[dict[str, float]]:
    """Ten buckets of equal width from the smallest to the largest number, counted from the sketch."""
    if not column.moments.count:
        return []
    low, high = column.moments.minimum, column.moments.maximum
    borders = low + (high - low) * (np.arange(BUCKETS + 1) / BUCKETS)
    items, weights = column.sketch.weighted()
    at = np.clip(np.searchsorted(borders, items, side="right") - 1, 0, BUCKETS - 1)
    counts = np.bincount(at, weights=weights, minlength=BUCKETS)
    return [
        {"lower_bound": float(borders[i]), "upper_bound": float(borders[i + 1]), "count": float(counts[i])}
        for i in range(BUCKETS)
    ]


def _string(column: CategoricalColumn) -> dict[str, Any]:
    counts = sorted(column.categories.counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "common": _common(column),
        "distinct_count": column.categories.distinct,
        "distribution": {"categorical": {"buckets": [{"value": value, "count": count} for value, count in counts]}},
    }
