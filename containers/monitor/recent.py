"""The windows before this one (`recent.json`): drift from the training set is told from drift since yesterday."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any

import numpy as np

from containers.monitor.window import Window
from core.fairness.tally import Tally
from core.statistics.attributed import coarse_edges
from core.statistics.attribution_groups import attributed_groups
from core.statistics.baseline import Baseline
from core.statistics.categories import Categories
from core.statistics.comparison import Distribution, distribution_of
from core.statistics.distances import Floats
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
    attributions: Mapping[str, Histogram] = field(default_factory=dict)
    """By feature, and by group of features; over `coarse_edges` of the baseline's. Empty where no row was explained,
    and of windows of before they were kept."""
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    """Of each facet, in one stratum; empty where there were too few rows, and of windows of before they were kept."""


def counted(window: Window, baseline: Baseline, package_arn: str, end: datetime, attributed: Floats) -> Counted:
    """`attributed` is [explained rows, features]."""
    kept = [feature.name for feature in baseline.features if feature.kind != "dimension"]
    features = {name: distribution_of(window.columns[name]) for name in kept}
    return Counted(end, package_arn, features, counted_attributions(baseline, attributed))


def counted_attributions(baseline: Baseline, attributed: Floats) -> dict[str, Histogram]:
    if not len(attributed):
        return {}
    names = [unit.name for unit in baseline.units]
    groups = attributed_groups(attributed, names, {group.name: group.features for group in baseline.groups})
    values = dict(zip(names, attributed.T, strict=True)) | {name: group.values for name, group in groups.items()}
    return {name: Histogram.of(edges, values[name]) for name, edges in _attribution_edges(baseline).items()}


def _attribution_edges(baseline: Baseline) -> dict[str, Floats]:
    return {each.name: coarse_edges(each.attributions) for each in (*baseline.units, *baseline.groups)}


def together(windows: list[Counted]) -> Mapping[str, Distribution]:
    """Sums over the windows; empty without any."""
    if not windows:
        return {}
    names = windows[0].features
    return {name: reduce(lambda a, b: a + b, [window.features[name] for window in windows]) for name in names}  # type: ignore[operator]


def attributions_together(windows: list[Counted]) -> dict[str, Histogram]:
    """Sums over the windows that kept them; empty without any."""
    found: dict[str, Histogram] = {}
    for window in windows:
        for name, counts in window.attributions.items():
            found[name] = found[name] + counts if name in found else counts
    return found


def tallies_together(windows: list[Counted]) -> dict[str, Tally]:
    """Sums over the windows that kept them; of a facet that they have in the same groups."""
    found: dict[str, Tally] = {}
    for window in windows:
        for name, tally in window.tallies.items():
            fits = name in found and found[name].counts.shape == tally.counts.shape
            found[name] = found[name] + tally if fits else tally
    return found


def before(windows: list[Counted], start: datetime, package_arn: str, oldest: datetime) -> list[Counted]:
    """Those of the same model that ended in (oldest, start]: a new model is not compared with another one's bins."""
    return [one for one in windows if one.package_arn == package_arn and oldest < one.end <= start]


def with_newest(before: bytes | None, newest: Counted) -> bytes:
    """The file with the newest one in the place of an earlier run of the same window. Windows of the package that was
    watched last are kept: a run that began before its release, and ends after it, takes none of them away."""
    written = _written(newest)
    others = [window for window in _windows(before) if _end(window) != newest.end]
    ordered = sorted([*others, written], key=_end)
    kept = [window for window in ordered if window["package_arn"] == ordered[-1]["package_arn"]][-MOST:]
    return json.dumps({"version": VERSION, "windows": kept}, separators=(",", ":")).encode()


def _windows(before: bytes | None) -> list[dict[str, Any]]:
    """As they lie in the file. What cannot be read is no window."""
    try:
        value = json.loads(before or b"{}")
        found = value["windows"] if value.get("version") == VERSION else []
        return [window for window in found if _end(window).tzinfo and window["package_arn"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _end(window: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(window["end"])


def from_json(text: str | bytes, baseline: Baseline) -> list[Counted]:
    """Windows that fit the baseline. What cannot be read is no window: it is written anew by this run."""
    try:
        value = json.loads(text)
        if value["version"] != VERSION:
            return []
        edges = _attribution_edges(baseline)
        return [read for window in value["windows"] if (read := _read(window, baseline, edges)) is not None]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _written(one: Counted) -> dict[str, Any]:
    features = {
        name: found.counts.tolist() if isinstance(found, Histogram) else [dict(found.counts), found.other]
        for name, found in one.features.items()
    }
    attributions = {name: found.counts.tolist() for name, found in one.attributions.items()}
    return {
        "end": one.end.isoformat(),
        "package_arn": one.package_arn,
        "features": features,
        "attributions": attributions,
        "tallies": {name: tally.counts.sum(axis=0).ravel().tolist() for name, tally in one.tallies.items()},
    }


def _read(value: Mapping[str, Any], baseline: Baseline, edges: Mapping[str, Floats]) -> Counted | None:
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
    attributions = _read_attributions(value.get("attributions", {}), edges)
    tallies = {name: Tally(np.array(c, np.int64).reshape(1, -1, 3, 3)) for name, c in value.get("tallies", {}).items()}
    return Counted(datetime.fromisoformat(value["end"]), str(value["package_arn"]), features, attributions, tallies)


def _read_attributions(value: Mapping[str, list[int]], edges: Mapping[str, Floats]) -> dict[str, Histogram]:
    """Those that fit the baseline's edges."""
    return {
        name: Histogram(own, np.array(value[name], np.int64))
        for name, own in edges.items()
        if len(value.get(name, ())) == len(own) + 1
    }
