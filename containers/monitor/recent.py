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
from core.contracts import kept
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
    names = [feature.name for feature in baseline.features if feature.kind != "dimension"]
    features = {name: distribution_of(window.columns[name]) for name in names}
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


def with_newest(before: bytes | None, newest: Counted, now: datetime) -> bytes:
    """The file with the newest one in the place of an earlier run of the same window. Windows of the package that was
    watched last are kept: a run that began before its release, and ends after it, takes none of them away. A window
    that ends after `now` is not kept: its time was typed wrong, and all that come would lie before it."""
    written = _written(newest)
    others = [window for window in _windows(before) if _end(window) != newest.end]
    ordered = sorted((window for window in (*others, written) if _end(window) <= now), key=_end)
    same = [window for window in ordered if window["package_arn"] == ordered[-1]["package_arn"]][-MOST:]
    return json.dumps({"version": VERSION, "windows": same}, separators=(",", ":")).encode()


def from_json(text: str | bytes, baseline: Baseline) -> list[Counted]:
    """Windows that fit the baseline. What cannot be read is no window: it is written anew by this run."""
    edges = _attribution_edges(baseline)
    return [read for window in _windows(text) if (read := _read(window, baseline, edges)) is not None]


def _windows(content: str | bytes | None) -> list[Mapping[str, Any]]:
    """As they lie in the file, whatever their baseline. What cannot be read is no window."""
    try:
        found = kept.document(content or b"", VERSION).get("windows")
    except ValueError:
        return []
    return [window for window in found if _sound(window)] if isinstance(found, list) else []


def _sound(window: Any) -> bool:
    """Whether times are times and counts are counts."""
    try:
        _end(kept.mapping(window))
        kept.text(window["package_arn"])
        for found in kept.mapping(window["features"]).values():
            if len(found) == 2 and isinstance(found[0], dict):
                kept.counts([*found[0].values(), found[1]])
            else:
                kept.counts(found)
        for name in ("attributions", "tallies"):
            for found in kept.mapping(window.get(name, {})).values():
                kept.counts(found)
    except (ValueError, KeyError, TypeError):
        return False
    return True


def _end(window: Mapping[str, Any]) -> datetime:
    return kept.time(window["end"])


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
    """None for a window of other columns, or over other edges."""
    features: dict[str, Distribution] = {}
    for feature in baseline.features:
        if feature.kind == "dimension":
            continue
        found = _distribution(value["features"].get(feature.name), feature.distribution)
        if found is None:
            return None
        features[feature.name] = found
    attributions = _read_attributions(value.get("attributions", {}), edges)
    tallies = {
        name: Tally(np.array(counts, np.int64).reshape(1, -1, 3, 3))
        for name, counts in value.get("tallies", {}).items()
        if counts and len(counts) % 9 == 0
    }
    return Counted(_end(value), value["package_arn"], features, attributions, tallies)


def _distribution(found: Any, before: Distribution) -> Distribution | None:
    """None where it does not fit the one of before."""
    told_apart = bool(found) and isinstance(found[0], dict)
    if isinstance(before, Histogram):
        fits = found is not None and not told_apart and len(found) == len(before.counts)
        return Histogram(before.edges, np.array(found, np.int64)) if fits else None
    return Categories(found[0], found[1], frozenset(before.counts)) if told_apart else None


def _read_attributions(value: Mapping[str, list[int]], edges: Mapping[str, Floats]) -> dict[str, Histogram]:
    """Those that fit the baseline's edges."""
    return {
        name: Histogram(own, np.array(value[name], np.int64))
        for name, own in edges.items()
        if len(value.get(name, ())) == len(own) + 1
    }
