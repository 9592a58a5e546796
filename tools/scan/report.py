"""The scan as text: figures beside their bars, what was looked at, and what is acknowledged and why."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.guard import CONTROLS, ELSEWHERE
from tools.scan import nag
from tools.scan.bars import BARS
from tools.scan.scan import Scan

SHOWN = 3
HASH = re.compile(r"[0-9A-F]{8}$")
"""What the CDK appends to a logical id."""


@dataclass(frozen=True, order=True)
class Acknowledged:
    """One reason: what it answers, and on which resources of any stage."""

    rules: tuple[str, ...]
    places: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return f"{_some(self.rules)} on {_some(self.places)}: {self.reason}"


def figures(scans: Iterable[Scan]) -> Iterator[str]:
    """Each bar with every stage's figure, without any acknowledgement; then what was looked at."""
    scans = list(scans)
    for bar in BARS:
        cells = ", ".join(f"{scan.stage.name} {_number(bar.figure(scan))}" for scan in scans)
        verdict = "MISSED" if any(bar.missed(scan) for scan in scans) else "held"
        yield f"{bar.name:32} at most {bar.most:g}: {verdict:6} {cells}"
    cells = ", ".join(f"{scan.stage.name} {_number(_once_a_resource(scan))}" for scan in scans)
    yield f"(AwsSolutions, each rule once for each resource / 100: {cells})"
    for scan in scans:
        checked = sum(scan.judgement.checked.values())
        yield (
            f"{scan.stage.name}: {scan.resources} resources; guard: {len(CONTROLS)} controls on {checked} subjects, "
            f"{len(scan.judgement.findings)} findings; NIST 800-53 R5: {len(scan.of(nag.NIST))} findings; "
            f"{len(scan.open)} not acknowledged"
        )


def nothing_to_look_at(scans: Iterable[Scan]) -> Iterator[str]:
    """Controls without a subject in any stage, and why that may be."""
    checked = Counter[str]()
    for scan in scans:
        checked.update(scan.judgement.checked)
    reasons = {control.id: control.absent for control in CONTROLS if not checked[control.id]}
    for reason in dict.fromkeys(reasons.values()):
        yield f"{', '.join(id for id, each in reasons.items() if each == reason)}: {reason}"


def elsewhere() -> Iterator[str]:
    """Controls that no template shows."""
    for each in ELSEWHERE:
        met = ", ".join(each.where) or "met nowhere"
        yield f"{each.id} ({each.kind}): {each.requirement}. {each.how or 'Not done.'} [{met}]"


def acknowledgements(scans: Iterable[Scan]) -> list[Acknowledged]:
    """Every reason once, whatever the number of its resources and stages."""
    rules: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[str]] = defaultdict(set)
    for scan in scans:
        for resource in scan.stage.resources:
            for rule, reason in resource.acknowledged.items():
                rules[reason].add(rule.partition("[")[0])
                places[reason].add(f"{resource.stack}/{HASH.sub('', resource.logical_id)}")
    return sorted(Acknowledged(tuple(sorted(rules[each])), tuple(sorted(places[each])), each) for each in rules)


def _once_a_resource(scan: Scan) -> float:
    """cdk-nag reports each wildcard of a policy; this counts the policy once."""
    once = {(each.rule.partition("[")[0], each.stack, each.logical_id) for each in scan.of(nag.SOLUTIONS)}
    return 100 * len(once) / scan.resources


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _number(figure: float) -> str:
    return f"{figure:.1f}".removesuffix(".0")
