"""The team's file is deployed before a model is released that knows its features: the monitor goes on, and says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from containers.model import TrainedModel
from containers.monitor.ahead import fitting
from core.contracts import metrics
from core.contracts.policy import Freshness, Rule, WatchPolicy
from core.contracts.reports import PAGE
from core.contracts.signature import Feature, Signature
from core.diagnosis import diagnose
from tests.containers.world import (
    NAMES,
    POLICY,
    SIGNATURE,
    Memory,
    bucket,
    capture,
    captured,
    draw,
    latest,
    replace_objects,
    run,
)

AHEAD = Signature((*SIGNATURE.features, Feature("plan", "categorical"), Feature("seen", "numeric")), "fast", ("kind",))
ASKED: list[tuple[dict[str, Any], str]] = [
    ({"segments": ("kind", "plan")}, "segments by plan"),
    ({"rules": (Rule("seen", ">=", 0.0), Rule("x2", ">=", 0.0))}, "the rule seen >= 0.0"),
    ({"rules": (Rule("x2", ">=", "seen"),)}, "the rule x2 >= seen"),
    ({"freshness": Freshness("seen", 24.0)}, "freshness by seen"),
]


def watched(memory: Memory, model: TrainedModel, policy: WatchPolicy) -> tuple[Memory, str]:
    own = replace_objects(memory)
    own.policy = replace(own.policy, signature=AHEAD, watch=policy)
    capture(own, [one.line() for one in captured(model, draw(300, 40))])
    return own, run(own)


@pytest.mark.parametrize(("asked", "said"), ASKED, ids=[said for _, said in ASKED])
def test_what_needs_a_column_that_the_released_model_lacks_is_left_out_and_said(
    asked: dict[str, Any], said: str, memory: Memory, model: TrainedModel
) -> None:
    policy = replace(POLICY, **asked)
    own, message = watched(memory, model, policy)
    assert message.startswith("Completed:")
    assert f"Not looked at, for the released model has no such column: {said}." in message
    assert own.metric(metrics.ROWS.name) == 300
    assert latest(own).unchecked == (said,)
    spot = f"{said}: the released model has no such column"
    assert spot in diagnose(latest(own), policy).blind_spots
    page = own.objects[f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{PAGE}"].decode()
    assert said.replace(">", "&gt;") in page


def test_what_the_released_model_has_is_looked_at_as_ever(memory: Memory, model: TrainedModel) -> None:
    broken = Rule("x2", "<", 0.0)
    own, message = watched(memory, model, replace(POLICY, rules=(Rule("seen", ">=", 0.0), broken)))
    assert "x2 consistency_check" in message
    (found,) = [each for each in latest(own).violations if each.check == "consistency_check"]
    assert found.feature == "x2"


def test_a_policy_that_the_model_knows_stays_as_it_is() -> None:
    policy = replace(POLICY, segments=("kind",), rules=(Rule("x1", "<", "x2"),), freshness=Freshness("x3", 1.0))
    found = fitting(policy, SIGNATURE.column_names)
    assert (found.policy, found.left_out) == (policy, ())
