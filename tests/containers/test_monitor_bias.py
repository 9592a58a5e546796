"""Which moves of bias metrics are violations."""

from __future__ import annotations

from containers.monitor.bias import FacetBias, violations
from core.contracts.reports import BIAS_DRIFT
from core.fairness.assessment import BiasDrift


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
