"""Held-out rows, and how much each is like a window's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from containers.monitor.likeness import likeness
from core.statistics.held import MOST, Held, worth
from core.statistics.support import unlike
from tests.containers.world import (
    draw,
)


def test_weights_on_few_rows_say_too_little() -> None:
    assert unlike(np.ones(100)) == ""
    few = np.array([10.0] * 20 + [0.01] * 500)
    assert "worth 21; 100 are needed" in unlike(few)
    assert unlike(np.empty(0))


def test_rows_like_the_window_s_count_for_more() -> None:
    held = draw(1500, 50).values
    even = likeness(held, draw(1500, 51).values)
    assert even.mean() == pytest.approx(1)
    assert worth(even) > 1300
    now = draw(1500, 52).values
    now[:, 0] += 1
    weights = likeness(held, now)
    assert np.average(held[:, 0], weights=weights) > held[:, 0].mean() + 0.5
    assert worth(weights) < worth(even)
    np.testing.assert_array_equal(weights, likeness(held, now))


def test_held_rows_are_read_as_they_were_written_and_are_no_more_than_so_many() -> None:
    rows = np.random.default_rng(1).normal(size=(MOST + 500, 3))
    rows[::7, 1] = np.nan
    held = Held.of(rows, np.arange(len(rows)) % 3.0)
    assert held.rows.shape == (MOST, 3)
    read = Held.from_value(json.loads(json.dumps(held.to_value())))
    np.testing.assert_array_equal(read.rows, held.rows)
    np.testing.assert_array_equal(read.labels, held.labels)
