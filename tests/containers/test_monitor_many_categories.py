"""A feature of more categories than are told apart, watched from training to diagnosis."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from containers.monitor.capture import BATCH
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.policy import WatchPolicy
from core.contracts.reports import MonitorReport
from core.contracts.signature import Feature, Signature
from core.diagnosis import Diagnosis, Verdict, diagnose
from core.statistics.categories import KEPT
from tests.containers.asked import Asked, asked
from tests.containers.world import END, Rows, capture, latest, replace_objects, run

SHOPS, ROWS, TOGETHER = 3 * KEPT, 3 * BATCH, 100
SIGNATURE = Signature((Feature("amount", "numeric"), Feature("shop", "categorical")), "churned", ())


def drawn(rows: int, seed: int) -> Rows:
    random = np.random.default_rng(seed)
    values = np.column_stack((random.normal(size=rows), random.integers(0, SHOPS, rows)))
    return Rows(values, random.random(rows) < 1 / (1 + np.exp(-2 * values[:, 0])))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    home: Path = tmp_path_factory.mktemp("shops")
    return asked(SIGNATURE, drawn(24_000, 1), WatchPolicy(), home, {"num_round": "3"})


def judged(world: Asked, values: np.ndarray) -> tuple[MonitorReport, Diagnosis]:
    """A window of these rows, some to a request."""
    own = replace(replace_objects(world.memory), policy=world.memory.policy)
    requests = []
    for start in range(0, len(values), TOGETHER):
        part = values[start : start + TOGETHER]
        cells = "\n".join(f"{amount!r},{int(shop)}" for amount, shop in part.tolist())
        answers = "\n".join(f"{int(each >= 0.5)},{each!r}" for each in world.model.probabilities(part).tolist())
        sides = Payload(cells, "CSV", "text/csv"), Payload(answers, "CSV", "text/csv")
        requests.append(CapturedRequest(f"event-{start}", END - timedelta(minutes=30), *sides).line())
    capture(own, requests)
    run(own)
    report = latest(own)
    return report, diagnose(report, world.policy)


def test_a_healthy_window_is_healthy_and_the_same_in_any_order(world: Asked) -> None:
    values = drawn(ROWS, 2).values
    report, found = judged(world, values)
    assert (report.rows, found.verdict, report.violations) == (ROWS, Verdict.HEALTHY, ())
    assert report.data_quality is not None
    assert report.data_quality.accuracy == 1
    again, _ = judged(world, values[np.argsort(values[:, 1])])
    shops = report.features[1], again.features[1]
    assert shops[0].distances == shops[1].distances
    assert shops[0].distances["l_infinity"] < 0.02
