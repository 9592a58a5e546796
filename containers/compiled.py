"""Compile the kernels once, when an image is built: a job of minutes must not spend its first one on that.

`python -m containers.compiled`, with the environment that the jobs will have (NUMBA_CPU_NAME, NUMBA_CACHE_DIR): numba
keeps what it compiled under both.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from containers.monitor.scanner import scan
from containers.monitor.seen import Seen
from core.attribution.ensemble import Tree, TreeEnsemble
from core.attribution.tree_shap import tree_shap
from core.contracts.capture import CapturedRequest, Payload
from core.statistics.binning import count
from core.statistics.keys import hashed
from core.statistics.whole_numbers import tally


def main() -> None:
    sides = Payload("1,0.5", "CSV", "text/csv"), Payload("1,0.5", "CSV", "text/csv")
    line = CapturedRequest("event", datetime(2026, 1, 1, tzinfo=UTC), *sides).line().encode()
    read = [len(part.at) for part in scan([line], 2)]
    assert read == [1], "the scanner does not read what this platform captures"
    seen = Seen()
    assert seen.take(hashed(["a", "b", "a"]), 3)[0].tolist() == [0, 1], "the kernel counts requests twice"
    assert int(hashed(["a"])[0]) in seen, "the kernel loses requests"
    found = tree_shap(TreeEnsemble(1, np.zeros(1), (_stump(),)), np.ones((1, 1)))
    assert found.tolist() == [[[-0.5]]], "the kernel's attributions are wrong"
    assert tally(np.array([2.0, np.nan, 2.0])) is not None, "the kernel does not count whole numbers"
    assert count(np.array([1.0]), np.array([0.0, 1.0, 2.0])).tolist() == [2, 1], "the kernel counts wrongly"


def _stump() -> Tree:
    """Half of the rows each way, to 1 and to 0; a row with the value 1 goes to 0."""
    nodes = np.arange(3)
    return Tree(
        output=0,
        left=np.array([1, -1, -1], np.int32),
        right=np.array([2, -1, -1], np.int32),
        feature=np.zeros(3, np.int32),
        test=np.zeros(3, np.int8),
        threshold=np.where(nodes == 0, 0.5, 0.0),
        missing_left=np.zeros(3, bool),
        zero_is_missing=np.zeros(3, bool),
        categories=(frozenset(),) * 3,
        cover=np.array([2.0, 1.0, 1.0]),
        value=np.array([0.0, 1.0, 0.0]),
    )


if __name__ == "__main__":
    main()
