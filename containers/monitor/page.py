"""The report of a window as a page that a person reads: one file that needs no other."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from containers.monitor.judgement import Judgement
from containers.monitor.leanings import leanings
from containers.monitor.plots import HEIGHT, WIDTH, Plot, plot
from core.contracts.importance import Importance
from core.contracts.policy import WatchPolicy
from core.contracts.reports import BiasReport, FeatureReport
from core.diagnosis import Verdict
from core.diagnosis.signs import group_weight, weight
from core.statistics.baseline import Baseline
from core.statistics.wholes import AUC

TEMPLATE = Path(__file__).with_name("report.html.j2")
TONES = {
    Verdict.HEALTHY: "good",
    Verdict.BENIGN_DRIFT: "good",
    Verdict.INCONCLUSIVE: "unclear",
    Verdict.ESTIMATED_LOSS: "unclear",
    Verdict.LABELS_NEEDED: "unclear",
    Verdict.REAL_DRIFT: "bad",
    Verdict.UPSTREAM_FAULT: "bad",
}
DISTANCES = {
    "kolmogorov_smirnov": "Kolmogorov-Smirnov",
    "jensen_shannon": "Jensen-Shannon",
    "population_stability": "population stability",
    "wasserstein": "Wasserstein",
    "l_infinity": "L-infinity",
}
MOST_PLOTS = 40
"""Features that are drawn, the most important ones; so many rows of a table are seen at once, the others on a click."""
MOST_ROWS = 400
"""Of a table in all."""
FEW_ROWS = 12
"""Of importance by version: the others on a click."""
MOST_INSIDE = 4
"""Features that are named of a group."""
MOST_NAMED = 8
"""Features that the diagnosis names, the weightiest ones."""


def page(found: Judgement, policy: WatchPolicy, baseline: Baseline, importance: Importance) -> str:
    """HTML. Everything that comes from requests is escaped; what is too much to read is counted. `importance` is of all
    versions of the model, this window's among them."""
    features = sorted(found.report.features, key=lambda feature: (-weight(feature), -feature.drift))
    return _template().render(
        report=found.report,
        diagnosis=found.diagnosis,
        headline=found.diagnosis.verdict.replace("_", " ").capitalize(),
        tone=TONES[found.diagnosis.verdict],
        features=features,
        groups=sorted(found.report.groups, key=lambda group: (-group_weight(group), -group.drift)),
        leanings=leanings(importance),
        plots=_plots(features[:MOST_PLOTS], found, baseline) if found.report.rows else [],
        bias=sorted(found.report.bias, key=_moved, reverse=True),
        policy=policy,
        names=DISTANCES,
        most=MOST_ROWS,
        shown=MOST_PLOTS,
        few=FEW_ROWS,
        inside=MOST_INSIDE,
        named=MOST_NAMED,
        vectors={whole.name: len(whole.columns) for whole in baseline.wholes if whole.kind == "embedding"},
        auc=AUC,
        width=WIDTH,
        height=HEIGHT,
    )


@cache
def _template() -> Template:
    """Compiled once in a process: that takes longer than to write a page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = number
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def number(value: float | None, digits: int = 3) -> str:
    """As a person writes it."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{digits}f}" if math.isfinite(value) else ("∞" if value > 0 else "-∞")


def _plots(features: list[FeatureReport], found: Judgement, baseline: Baseline) -> list[Plot]:
    before, now = {feature.name: feature.distribution for feature in baseline.features}, found.counted.features
    names = [name for feature in features for name in (feature.parts or (feature.name,)) if name in now]
    drawn = [plot(name, before[name], now[name]) for name in names]
    return [each for each in drawn if each is not None]


def _moved(bias: BiasReport) -> float:
    """How far from the training set's value."""
    moved = abs(bias.value - bias.baseline) if bias.baseline is not None else -1.0
    return -1.0 if math.isnan(moved) else moved
