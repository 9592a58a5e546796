"""The report's pictures, as SVG."""

from __future__ import annotations

import io
from itertools import pairwise

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from demo.loop import Loop, Milestones

BIN_S = 1.0
MARKS = (("drift_s", "drift", "#c0392b"), ("alarm_s", "alarm", "#d35400"), ("retraining_s", "retraining", "#8e44ad"),
         ("healed_s", "new model", "#27ae60"), ("green_s", "green", "#16a085"))  # fmt: skip
"""Milestone, its label, its color."""

mpl.rcParams.update({"svg.hashsalt": "homeostat", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})


def accuracy(loop: Loop, at: Milestones) -> str:
    """Share of correct answers, second by second."""
    figure, axes = _axes("accuracy of the answers")
    answers = loop.traffic.answered
    edges = [answers[0].at_s + BIN_S * i for i in range(int((answers[-1].at_s - answers[0].at_s) / BIN_S) + 2)]
    points = [
        ((start + end) / 2, value)
        for start, end in pairwise(edges)
        if (value := loop.traffic.accuracy(start, end)) is not None
    ]
    axes.plot([x for x, _ in points], [y for _, y in points], color="#2c3e50", linewidth=1.2, drawstyle="steps-mid")
    axes.set_ylim(0, 1)
    _mark(axes, at)
    return _svg(figure)


def drift(loop: Loop, at: Milestones) -> str:
    """The largest distance of a feature and of its attributions, window by window, with the thresholds."""
    figure, axes = _axes("distance from the baseline")
    windows = [window for window in loop.watch.windows if window.report.features]
    seen = [window.seen_s for window in windows]
    watch = loop.policy.watch
    feature = [max(item.drift for item in window.report.features) for window in windows]
    attribution = [
        max(
            (
                item.attribution_drift
                for item in window.report.features
                if item.attribution_share >= watch.attribution_share
            ),
            default=0.0,
        )
        for window in windows
    ]
    axes.plot(seen, feature, "o-", color="#c0392b", label="largest feature drift")
    axes.plot(seen, attribution, "s-", color="#8e44ad", label="largest attribution drift")
    axes.axhline(watch.drift_threshold, color="#c0392b", linestyle=":", linewidth=1, label="thresholds")
    axes.axhline(watch.attribution_threshold, color="#8e44ad", linestyle=":", linewidth=1)
    axes.set_ylim(0, 1)
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    _mark(axes, at)
    return _svg(figure)


def chapters(loop: Loop) -> str:
    """How long each part of the demonstration took."""
    told = loop.story.chapters
    figure = Figure(figsize=(8, 0.32 * len(told) + 0.8), layout="constrained")
    axes = figure.add_subplot()
    lengths = [(chapter.end_s or loop.story.now_s()) - chapter.start_s for chapter in told]
    bars = axes.barh(
        [chapter.name for chapter in told], lengths, left=[chapter.start_s for chapter in told], color="#2980b9"
    )
    axes.bar_label(bars, labels=[f" {length:.1f} s" for length in lengths], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("seconds since the start")
    axes.margins(x=0.08)
    return _svg(figure)


def _axes(label: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, 2.8), layout="constrained")
    axes = figure.add_subplot()
    axes.set_ylabel(label)
    axes.set_xlabel("seconds since the start")
    axes.grid(axis="y", alpha=0.25)
    return figure, axes


def _mark(axes: Axes, at: Milestones) -> None:
    """Stations of the loop; labels at different heights, because some lie close together."""
    for row, (field, label, color) in enumerate(MARKS):
        x = getattr(at, field)
        axes.axvline(x, color=color, linewidth=1, alpha=0.8)
        axes.text(x, 0.30 - 0.06 * row, f" {label}", color=color, fontsize=8, transform=axes.get_xaxis_transform())


def _svg(figure: Figure) -> str:
    """The figure as an `<svg>` element."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
