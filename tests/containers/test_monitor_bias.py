"""Which moves of bias metrics are violations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from containers.model import TrainedModel
from containers.monitor.bias import FacetBias, judged, violations
from core.contracts.policy import WatchPolicy
from core.contracts.reports import BIAS_DRIFT
from core.fairness.assessment import BiasDrift, assess
from core.fairness.tally import Tally
from tests.containers.world import Memory, Rows, capture, captured, draw, label, labels, latest, replace_objects, run


def test_what_is_about_all_rows_accuses_nobody_of_treating_a_group_worse() -> None:
    drifts = tuple(BiasDrift("1", metric, -0.3, -0.1, "farther from 0") for metric in ("DPPL", "GE", "RD"))
    found = violations((FacetBias("sex", (), drifts),))
    assert [violation.description.split()[0] for violation in found] == ["DPPL", "RD"]
    assert {(violation.feature, violation.check) for violation in found} == {("sex", BIAS_DRIFT)}


def test_a_violation_is_written_with_the_fields_of_the_managed_bias_monitor() -> None:
    found = violations((FacetBias("sex", (), (BiasDrift("1", "DPPL", -0.3, -0.1, "farther from 0"),)),))
    assert [violation.entry() for violation in found] == [
        {
            "facet": "sex",
            "facet_value": "1",
            "metric_name": "DPPL",
            "constraint_check_type": "bias_drift_check",
            "description": "DPPL of sex=1: farther from 0",
        }
    ]


NAMES = ("rest", "group")
POLICY = WatchPolicy(minimum_labels=50, bias_tolerance=0.05)


def facet(name: str, accepted: int) -> FacetBias:
    """Of 200 rows each half of the rest are accepted, and so many of the group."""
    counts = np.zeros((1, 2, 3, 3), np.int64)
    counts[0, :, 2, :2] = [[100, 100], [200 - accepted, accepted]]
    return FacetBias(name, assess(Tally(counts), NAMES, seed=0), ())


def test_the_more_facets_there_are_the_surer_a_move_must_be() -> None:
    healthy = tuple(replace(facet("", 100), facet=str(name)) for name in range(60))
    even = {(name, group): {"DPPL": 0.0, "DI": 1.0} for name in ("a", *map(str, range(60))) for group in NAMES}
    for accepted, alone, among_many in ((40, True, True), (61, True, False), (90, False, False)):
        (found,) = judged((facet("a", accepted),), even, POLICY)
        assert ("DPPL" in {drift.metric for drift in found.drifts}) == alone, accepted
        found, *others = judged((facet("a", accepted), *healthy), even, POLICY)
        assert ("DPPL" in {drift.metric for drift in found.drifts}) == among_many, accepted
        assert not any(other.drifts for other in others)


@pytest.mark.parametrize(("labelled", "proven"), [(60, False), (1000, True)])
def test_what_labels_show_is_proven_by_labelled_rows_alone(
    made: tuple[Memory, TrainedModel], labelled: int, proven: bool
) -> None:
    """1,000 requests; what happened to one kind is the opposite of what is answered, but few labels have come."""
    memory = replace_objects(made[0])
    values = draw(1000, 3).values
    rows = Rows(values, (made[1].probabilities(values) >= 0.5) != (values[:, 3] == 2))
    requests = captured(made[1], rows)
    capture(memory, (one.line() for one in requests))
    label(memory, (one.line() for one in labels(requests, rows)[:labelled]))
    run(memory)
    found = latest(memory)
    assert next(one.rows for one in found.rates[0].groups if one.group == "2") > 200
    assert "AD" in {one.metric for one in found.bias if one.group == "2"}, "it is told"
    assert any(one.check == BIAS_DRIFT for one in found.violations) == proven
