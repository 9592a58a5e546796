"""The scan as text: figures beside their bars, then what is acknowledged and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from infra.guard import CONTROLS, ELSEWHERE
from tools.scan import nag
from tools.scan.bars import BARS
from tools.scan.scan import Scan


def figures(scans: Iterable[Scan]) -> Iterator[str]:
    """One line a stage; without any acknowledgement."""
    scans = list(scans)
    width = max(len(scan.stage.name) for scan in scans)
    for bar in BARS:
        cells = ", ".join(f"{scan.stage.name} {_number(bar.figure(scan))}" for scan in scans)
        verdict = "MISSED" if any(bar.missed(scan) for scan in scans) else "held"
        yield f"{bar.name:32} at most {bar.most:g}: {verdict:6} {cells}"
    for scan in scans:
        checked = sum(scan.judgement.checked.values())
        yield (
            f"{scan.stage.name:{width}} {scan.resources} resources; guard: {len(CONTROLS)} controls on {checked} "
            f"subjects, {len(scan.judgement.findings)} findings; NIST 800-53 R5: {len(scan.of(nag.NIST))}; "
            f"{len(scan.open)} not acknowledged"
        )


def _number(figure: float) -> str:
    return f"{figure:.1f}".removesuffix(".0")


def elsewhere() -> Iterator[str]:
    """Controls that no template shows."""
    for each in ELSEWHERE:
        yield f"{each.id:8} {each.kind}: {', '.join(each.where) or 'met nowhere'}. {each.how or each.requirement}"


def acknowledgements(scans: Iterable[Scan]) -> list[tuple[str, list[str], list[str]]]:
    """Reason, what it answers, and the resources that have it. The same in all stages is said once."""
    rules: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[str]] = defaultdict(set)
    for scan in scans:
        for resource in scan.stage.resources:
            for rule, reason in resource.acknowledged.items():
                rules[reason].add(rule)
                places[reason].add(f"{resource.stack}/{resource.logical_id[:-8]}")
    return sorted((reason, sorted(rules[reason]), sorted(places[reason])) for reason in rules)
