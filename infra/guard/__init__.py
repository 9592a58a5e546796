"""Secure by check: the platform's controls as predicates over the templates that `cdk synth` leaves.

    from infra.guard import CONTROLS, judge, load

    for stage in load(Path("cdk.out")):
        judgement = judge(stage, CONTROLS)

A control that a resource cannot meet is acknowledged on that one resource (`Part.add(..., acknowledges=...)`).
"""

from infra.guard.control import Control, Elsewhere, Finding, Judgement, judge
from infra.guard.controls import CONTROLS, ELSEWHERE
from infra.guard.stage import Resource, Stage, load, stage_of, template_files

__all__ = [
    "CONTROLS",
    "ELSEWHERE",
    "Control",
    "Elsewhere",
    "Finding",
    "Judgement",
    "Resource",
    "Stage",
    "judge",
    "load",
    "stage_of",
    "template_files",
]
