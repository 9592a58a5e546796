"""The windows before this one (`recent.json`): drift from the training set is told from drift since yesterday."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

import numpy as np

from containers.monitor.window import Window
from core.statistics.baseline import Baseline
from core.statistics.categories import Categories
from core.statistics.comparison import Distribution, distribution_of
from core.statistics.histogram import Histogram

VERSION = 1
MOST = 168
"""Windows that are kept, whatever a policy asks for."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The features' distributions in one window; numbers are counted over the baseline's edges."""

    end: datetime
    package_arn: str
    features: Mapping[str, Distribution]
    """By column. Those of embeddings are left out: a vector is compared as one, which counts cannot be."""


def counted(window: Window, baseline: Baseline, package_arn: str, end: datetime) -> Counted:
    kept = [feature.name for feature in baseline.features if feature.kind != "dimension"]
    return Counted(end, package_arn, {name: distribution_of(window.columns[name]) for name in kept})


def together(windows: list[Counted]) -> Mapping[str, Distribution]:
    """Sums over the windows; empty without any."""
    if not windows:
        return {}
    names = windows[0].features
    return {name: reduce(lambda a, b: a + b, [window.features[name] for window in windows]) for name in names}  # type: ignore[operator]


def before(windows: list[Counted], start: datetime, package_arn: str, oldest: datetime) -> list[Counted]:
    """Those of the same model that ended in (oldest, start]: a new model is not compared with another one's bins."""
    return [one for one in windows if one.package_arn == package_arn and oldest < one.end <= start]


def to_json(windows: list[Counted], newest: Counted) -> str:
    """With the newest one in the place of an earlier run of the same window."""
    kept = [one for one in windows if one.end != newest.end and one.package_arn == newest.package_arn]
    ordered = sorted([*kept, newest], key=lambda one: one.end)[-MOST:]
    return json.dumps({"version": VERSION, "windows": [_written(one) for one in ordered]}, separators=(",", ":"))


def from_json(text: str | bytes, baseline: Baseline) -> list[Counted]:
    """Windows that fit the baseline. What cannot be read is no window: it is written anew by this run."""
    try:
        value = json.loads(text)
        if value["version"] != VERSION:
            return []
        return [read for window in value["windows"] if (read := _read(window, baseline)) is not None]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _written(one: Counted) -> dict[str, Any]:
    features = {
        name: found.counts.tolist() if isinstance(found, Histogram) else [dict(found.counts), found.other]
        for name, found in one.features.items()
    }
    return {"end": one.end.isoformat(), "package_arn": one.package_arn, "features": features}


def _read(value: Mapping[str, Any], baseline: Baseline) -> Counted | None:
    features: dict[str, Distribution] = {}
    for feature in baseline.features:
        if feature.kind == "dimension":
            continue
        found = value["features"].get(feature.name)
        if isinstance(feature.distribution, Histogram):
            if not isinstance(found, list) or len(found) != len(feature.distribution.counts):
                return None
            features[feature.name] = Histogram(feature.distribution.edges, np.array(found, np.int64))
        else:
            counts, other = found
            features[feature.name] = Categories({str(name): int(count) for name, count in counts.items()}, int(other))
    return Counted(datetime.fromisoformat(value["end"]), str(value["package_arn"]), features)
