"""A threshold of one feature's drift, wherever it was written, holds wherever drift is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from containers.model import TrainedModel
from containers.monitor.constraints import applied, held
from core.contracts import metrics, reports
from core.contracts.policy import WatchPolicy
from core.contracts.reports import FeatureReport
from core.contracts.signature import Feature, Signature
from core.diagnosis import Verdict, diagnose
from core.statistics import managed
from core.statistics.column import NumericColumn
from core.statistics.histogram import quantile_edges
from tests.containers.world import POLICY, Memory, capture, captured, draw, latest, replace_objects, run

VALUES = np.array([1.0, 2.0])


@dataclass(frozen=True)
class Found:
    """Of x1, which moved."""

    feature: FeatureReport
    broken: bool
    verdict: Verdict
    ratio: float
    page: str


def far(values: np.ndarray) -> None:
    values[:, 0] += 1.0


def near(values: np.ndarray) -> None:
    values[:, 0] += 0.4


def found(
    memory: Memory,
    model: TrainedModel,
    move: Callable[[np.ndarray], None],
    edits: Mapping[str, float],
    told: Mapping[str, float],
) -> Found:
    """`edits` are of constraints.json, `told` of the team's file."""
    own = replace_objects(memory)
    own.policy = replace(own.policy, watch=replace(POLICY, thresholds=told))
    assert own.release is not None
    where = own.release.baseline_uri + reports.CONSTRAINTS
    constraints = json.loads(own.objects[where])
    distribution = constraints["monitoring_config"]["distribution_constraints"]
    for entry in constraints["features"]:
        if entry["name"] in edits:
            own_of_it = {**distribution, "comparison_threshold": edits[entry["name"]]}
            entry["monitoringConfigOverrides"] = {"distribution_constraints": own_of_it}
    own.objects[where] = json.dumps(constraints).encode()
    capture(own, [one.line() for one in captured(model, draw(400, 40, move))])
    run(own)
    report = latest(own)
    ratio = own.metric(metrics.DRIFT.name)
    assert ratio is not None
    checks = {(violation.feature, violation.check) for violation in report.violations}
    page = next(content for key, content in own.objects.items() if key.endswith(reports.PAGE)).decode()
    return Found(
        report.features[0],
        ("x1", reports.BASELINE_DRIFT) in checks,
        diagnose(report, own.policy.watch).verdict,
        ratio,
        page,
    )


def test_an_edit_of_constraints_json_lets_a_feature_move_further_wherever_drift_is_told(
    memory: Memory, model: TrainedModel
) -> None:
    before, after = (found(memory, model, far, edits, {}) for edits in ({}, {"x1": 0.9}))
    assert before.broken
    assert not after.broken
    assert (before.feature.threshold, after.feature.threshold) == (0.2, 0.9)
    assert before.ratio == pytest.approx(before.feature.drift / 0.2)
    assert after.ratio < 1 < before.ratio
    assert "(threshold 0.2)" in before.page


def test_an_edit_of_constraints_json_makes_the_verdict_stricter_too(memory: Memory, model: TrainedModel) -> None:
    before, after = (found(memory, model, near, edits, {}) for edits in ({}, {"x1": 0.02}))
    assert (before.broken, before.verdict) == (False, Verdict.HEALTHY)
    assert after.broken
    assert after.verdict is not Verdict.HEALTHY
    assert after.ratio == pytest.approx(after.feature.drift / 0.02)


def test_a_threshold_that_the_teams_file_names_counts_in_place_of_an_edit(memory: Memory, model: TrainedModel) -> None:
    both = found(memory, model, far, {"x1": 0.9}, {"x1": 0.1})
    assert (both.feature.threshold, both.broken) == (0.1, True)
    other = found(memory, model, far, {"x1": 0.9}, {"x2": 0.1})
    assert (other.feature.threshold, other.broken) == (0.9, False)


def test_of_a_text_the_smallest_edit_of_its_columns_holds_for_all_of_them() -> None:
    signature = Signature((Feature("note", "text"), Feature("age", "numeric")), "left")
    columns = {column.name: NumericColumn.of(VALUES, [], quantile_edges(VALUES)) for column in signature.columns}
    constraints = managed.constraints(columns)
    first, second, *_ = constraints["features"]
    for entry, threshold in ((first, 0.6), (second, 0.4)):
        entry["monitoringConfigOverrides"] = {"distribution_constraints": {"comparison_threshold": threshold}}
    policy = held(WatchPolicy(), constraints)
    assert (policy.threshold("note"), policy.threshold("age")) == (0.4, 0.2)
    entries = applied(constraints, policy)["features"]
    own = [entry["monitoringConfigOverrides"].get("distribution_constraints", {}) for entry in entries]
    assert [each.get("comparison_threshold") for each in own] == [0.4] * (len(own) - 1) + [None]
    assert all(each["perform_comparison"] == "Enabled" for each in own[:-1])
