"""The page of a window: it opens with the diagnosis, shows what was measured, needs no other file and stays small."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from containers.model import TrainedModel
from containers.monitor.plots import HEIGHT, WIDTH, plot
from core.contracts import reports
from core.contracts.policy import ModelPolicy
from core.statistics.categories import Categories
from core.statistics.histogram import Histogram, quantile_edges
from tests.containers.world import (
    NAMES,
    POLICY,
    SIGNATURE,
    Memory,
    bucket,
    capture,
    captured,
    draw,
    label,
    labels,
    released,
    replace_objects,
    run,
)

PAGE = f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{reports.PAGE}"


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released(1500)


def moved(values: np.ndarray) -> None:
    values[:, 0] += 1.5


@pytest.fixture(scope="module")
def page(world: tuple[Memory, TrainedModel]) -> str:
    memory, model = replace_objects(world[0]), world[1]
    memory.policy = ModelPolicy("churn", SIGNATURE, replace(POLICY, segments=("kind",)))
    rows = draw(600, 3, moved)
    requests = captured(model, rows)
    capture(memory, (one.line() for one in requests))
    label(memory, (one.line() for one in labels(requests, rows)))
    run(memory)
    return memory.objects[PAGE].decode()


def test_the_diagnosis_comes_first(page: str) -> None:
    body = page[page.index("<body>") :]
    assert body.index("Real drift") < body.index("Kind: ") < body.index("What speaks for it") < body.index("<table>")


@pytest.mark.parametrize(
    "section",
    ["Quality of the data", "timeliness", "Features, by their weight", "Distributions", "Quality by segment", "Bias"],
)
def test_it_shows(page: str, section: str) -> None:
    assert section in page


def test_it_needs_no_other_file(page: str) -> None:
    assert not re.search(r"(src|href)=|url\(|@import|<script|<link", page)


def test_its_drawings_are_sound_and_inside_their_frames(page: str) -> None:
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) > 20
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for shape in root.iter("rect"):
            x, y = float(shape.get("x", 0)), float(shape.get("y", 0))
            assert -2 <= x <= x + float(shape.attrib["width"]) <= width + 3
            assert -0.1 <= y <= y + float(shape.attrib["height"]) <= height + 0.1


def test_a_page_without_any_row_says_so(world: tuple[Memory, TrainedModel]) -> None:
    memory = replace_objects(world[0])
    run(memory)
    told = memory.objects[PAGE].decode()
    assert "Inconclusive" in told
    assert "Distributions" not in told


def test_a_distribution_is_drawn_in_shares_that_add_up() -> None:
    random = np.random.default_rng(0)
    edges = quantile_edges(random.normal(size=5000))
    drawn = plot("x", Histogram.of(edges, random.normal(size=5000)), Histogram.of(edges, random.normal(2, 1, 700)))
    assert drawn is not None
    shares = [re.findall(r"([\d.]+)%", bar.label) for bar in drawn.bars]
    for side in (0, 1):
        assert sum(float(share[side]) for share in shares) == pytest.approx(100, abs=2)
    assert max(bar.x + bar.width for bar in drawn.bars) <= WIDTH
    assert max(max(bar.before, bar.now) for bar in drawn.bars) == pytest.approx(HEIGHT)


def test_few_values_and_categories_have_a_bar_each() -> None:
    edges = quantile_edges([1, 2, 3, 3])
    few = plot("x", Histogram.of(edges, [1, 2, 3, 3]), Histogram.of(edges, [9]))
    assert few is not None
    assert [bar.label for bar in few.bars][-1] == "over 3: 0.0% in training, 100.0% now"
    prices = quantile_edges([10, 20, 30] * 5)
    moved = plot("price", Histogram.of(prices, [10, 20, 30] * 5), Histogram.of(prices, [10, 10, 25, 31]))
    assert moved is not None
    assert [bar.label for bar in moved.bars] == [
        "up to 10: 0.0% in training, 0.0% now",
        "10: 33.3% in training, 50.0% now",
        "20: 33.3% in training, 0.0% now",
        "20 to 30: 0.0% in training, 25.0% now",
        "30: 33.3% in training, 0.0% now",
        "over 30: 0.0% in training, 25.0% now",
    ]
    many = Categories({f"c{at:02}": 100 - at for at in range(30)})
    kinds = plot("kind", many, Categories({"new": 5}))
    assert kinds is not None
    assert kinds.bars[0].label == "new: 0.0% in training, 100.0% now"
    assert kinds.high == "others"
    assert plot("empty", Histogram.of([], []), Histogram.of([], [])) is None
