"""All scanners over the stages of a cloud assembly, beside the guard, and what our acknowledgements say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.guard import CONTROLS, Judgement, Resource, Stage, judge, load, template_files
from tools.scan import checkov, lint, nag
from tools.scan.found import ROOT, Found, Scanner, Template, remembered

LOCKS = (ROOT / "requirements.lock", checkov.LOCK)
SCANNERS: dict[str, Scanner] = {nag.NAME: nag.scan, checkov.NAME: checkov.scan, lint.NAME: lint.scan}


@dataclass(frozen=True)
class Scan:
    """One stage: what the guard and the scanners say of it."""

    stage: Stage
    judgement: Judgement
    found: tuple[Found, ...]

    @property
    def resources(self) -> int:
        return len(self.stage.resources)

    def of(self, scanner: str) -> list[Found]:
        """All of one scanner, as if nothing were acknowledged."""
        return [each for each in self.found if each.scanner == scanner]

    def reason(self, found: Found) -> str:
        """Why it is acknowledged on its resource; empty: it is not."""
        return next((each.acknowledged.get(found.rule, "") for each in self._resource(found)), "")

    def _resource(self, found: Found) -> Iterator[Resource]:
        key = (found.stack, found.logical_id)
        return (each for each in self.stage.resources if (each.stack, each.logical_id) == key)

    @property
    def open(self) -> list[str]:
        """What nobody acknowledged, and acknowledgements of what nobody finds."""
        ours = [str(each) for each in (*self.judgement.open, *self.judgement.stale)]
        return [*ours, *(str(each) for each in self.found if not self.reason(each)), *self._stale()]

    def _stale(self) -> Iterator[str]:
        controls = {control.id for control in CONTROLS}
        matched = {(each.stack, each.logical_id, each.rule) for each in self.found}
        for resource in self.stage.resources:
            for rule in sorted(resource.acknowledged.keys() - controls):
                if (resource.stack, resource.logical_id, rule) not in matched:
                    where = f"{self.stage.name} {resource.stack}/{resource.logical_id}"
                    yield f"{rule} {where}: acknowledged, but not found"


def scan(assemblies: Iterable[Path]) -> list[Scan]:
    """Each stage of these assemblies; every scanner runs once over all templates."""
    stages: list[Stage] = []
    templates: list[Template] = []
    for assembly in assemblies:
        for stage in load(assembly):
            stages.append(stage)
            files = template_files(assembly / f"assembly-{stage.name}")
            templates += [Template(stage.name, stack, stage.region, file) for stack, file in files.items()]
    with ThreadPoolExecutor(len(SCANNERS)) as pool:
        runs = pool.map(lambda name: remembered(name, SCANNERS[name], templates, LOCKS), SCANNERS)
        found = [each for run in runs for each in run]
    return [
        Scan(stage, judge(stage, CONTROLS), tuple(each for each in found if each.stage == stage.name))
        for stage in stages
    ]
