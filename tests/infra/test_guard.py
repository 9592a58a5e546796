"""The guard has nothing against any team, and notices each mistake that it is there for."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest

from infra.guard import CONTROLS, ELSEWHERE, Control, Finding, Stage, judge
from tests.infra.conftest import Templates, as_stage
from tests.infra.guard_faults import FAULTS, Fault
from tests.infra.guard_small import SMALL, Small
from tests.wiring.synthesis import ROOT

BY_ID = {control.id: control for control in CONTROLS}
ROWS = {"SM": 31, "IAM": 15, "NET": 5, "S3": 8, "KMS": 2, "EFS": 2, "ECR": 4, "L": 10, "MSG": 6, "DB": 3, "CW": 6}
ROWS |= {"SFN": 1, "COST": 2, "SC": 3}
STAGES = ("demo-dev", "full-dev", "full-prod", "guest-dev", "least-dev")


@pytest.mark.parametrize("name", STAGES)
def test_nothing_is_found_that_nobody_acknowledged(name: str, stages: dict[str, Stage]) -> None:
    judgement = judge(stages[name], CONTROLS)
    assert [str(finding) for finding in (*judgement.open, *judgement.stale)] == []


@pytest.mark.parametrize("name", STAGES)
def test_every_reason_is_a_sentence(name: str, stages: dict[str, Stage]) -> None:
    reasons = {reason for each in stages[name].resources for reason in each.acknowledged.values()}
    assert [reason for reason in reasons if len(reason) < 30 or reason[-1] not in ".)"] == []


def test_every_row_is_a_control_or_met_elsewhere() -> None:
    found = Counter(id.rpartition("-")[0] for id in (*BY_ID, *(each.id for each in ELSEWHERE)))
    assert found == ROWS
    assert len(BY_ID) == len(CONTROLS)


def test_what_is_met_elsewhere_is_met_by_files_that_exist() -> None:
    assert [path for each in ELSEWHERE for path in each.where if not (ROOT / path).exists()] == []


def test_every_control_looks_at_something_or_says_why_not(stages: dict[str, Stage]) -> None:
    checked = Counter[str]()
    for stage in stages.values():
        checked.update(judge(stage, CONTROLS).checked)
    assert [control.id for control in CONTROLS if not checked[control.id] and not control.absent] == []


@pytest.mark.parametrize(
    "control", [each for each in CONTROLS if each.needed(Stage("x-y", "1", "r", ()))], ids=lambda each: each.id
)
def test_a_stage_without_what_every_stage_has_does_not_pass(control: Control) -> None:
    (finding,) = judge(Stage("none-dev", "111122223333", "eu-west-1", ()), [control]).findings
    assert "nothing that it could look at" in finding.found


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.control} {fault.type} {fault.name}".strip())
def test_a_seeded_fault_is_noticed(fault: Fault, templates: Templates) -> None:
    """What the control says changes: of the wrong resource itself, or of what depends on it."""
    before = _found(fault.control, templates)
    fault.seed(templates)
    new = [each for each in _found(fault.control, templates) if each not in before and not each.reason]
    assert new, f"{fault.control} does not notice"


def _found(control: str, templates: Templates) -> list[Finding]:
    return list(judge(as_stage(templates), [BY_ID[control]]).findings)


@pytest.mark.parametrize("small", SMALL, ids=lambda small: f"{small.control} {small.type}")
def test_a_small_template_passes_and_its_fault_does_not(small: Small) -> None:
    """For what this platform's own templates do not hold, or hold only acknowledged."""
    assert [str(each) for each in judge(small.good, [BY_ID[small.control]]).findings] == []
    assert judge(small.bad, [BY_ID[small.control]]).findings


def test_every_control_is_proven_by_a_fault_and_by_something_that_passes(stages: dict[str, Stage]) -> None:
    failing = {each.control for each in (*FAULTS, *SMALL)}
    passing = {each.control for each in SMALL}
    for control in CONTROLS:
        judgement = judge(stages["full-dev"], [control])
        if judgement.checked[control.id] > len(judgement.findings):
            passing.add(control.id)
    assert BY_ID.keys() - failing == set()
    assert BY_ID.keys() - passing == set()


def test_an_acknowledgement_answers_one_finding_on_one_resource(templates: Templates) -> None:
    stack, logical_id = _fault("KMS-01").seed(templates)
    resource: dict[str, Any] = templates[stack]["Resources"][logical_id]
    resource["Metadata"] = {"homeostat": {"acknowledged": {"KMS-01": "A key for a test that ends today."}}}
    judgement = judge(as_stage(templates), [BY_ID["KMS-01"]])
    assert judgement.open == []
    assert [each.reason for each in judgement.acknowledged] == ["A key for a test that ends today."]


def test_an_acknowledgement_of_nothing_is_a_fault(templates: Templates) -> None:
    changed = copy.deepcopy(templates)
    for template in changed.values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::KMS::Key":
                resource["Metadata"] = {"homeostat": {"acknowledged": {"KMS-01": "Rotated by hand, once."}}}
    (stale,) = judge(as_stage(changed), [BY_ID["KMS-01"]]).stale
    assert "no such finding" in stale.found


def _fault(control: str) -> Fault:
    return next(fault for fault in FAULTS if fault.control == control)
