"""What a control is, and what judging a stage by controls gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from infra.guard.stage import Resource, Stage


@dataclass(frozen=True)
class Subject:
    """One thing that a control looks at: a resource, or a part of it (a policy's statement, a pipeline's step)."""

    resource: Resource
    value: Any
    part: str = ""

    @property
    def properties(self) -> Any:
        return self.resource.properties

    def __str__(self) -> str:
        return f"{self.resource}, {self.part}" if self.part else str(self.resource)


Subjects = Callable[[Stage], Iterable[Subject]]
Fault = Callable[[Stage, Subject], str | None]


@dataclass(frozen=True)
class Control:
    """One requirement as a predicate over the templates of a stage.

    `fault` says of a subject what is wrong with it, and None where it meets the requirement. Where `needed` says that
    a stage must have a subject, a stage without one is a finding: a control that looks at nothing proves nothing.
    """

    id: str
    requirement: str
    accepts: str
    subjects: Subjects
    fault: Fault
    needed: Callable[[Stage], bool] = lambda stage: False
    absent: str = ""
    """Why there may be nothing to look at, and what holds instead."""


@dataclass(frozen=True)
class Elsewhere:
    """A requirement that no template shows."""

    id: str
    requirement: str
    kind: str
    """org/account, handler test or CI/process."""
    where: tuple[str, ...] = ()
    """Files that meet it; none: it is not met."""
    how: str = ""


@dataclass(frozen=True)
class Finding:
    control: str
    stage: str
    stack: str
    logical_id: str
    name: str
    found: str
    accepted: str
    reason: str = ""
    """Why it is acknowledged; empty: it is not."""

    def __str__(self) -> str:
        where = f"{self.stage} {self.stack}/{self.logical_id} ({self.name})"
        return f"{self.control} {where}: {self.found}; accepted: {self.accepted}"


@dataclass(frozen=True)
class Judgement:
    """What the controls say of one stage."""

    stage: str
    checked: dict[str, int] = field(default_factory=dict)
    """Control -> how many subjects it looked at."""
    findings: tuple[Finding, ...] = ()
    stale: tuple[Finding, ...] = ()
    """Acknowledgements of controls that have nothing against the resource."""

    @property
    def open(self) -> list[Finding]:
        """Findings that nobody acknowledged."""
        return [finding for finding in self.findings if not finding.reason]

    @property
    def acknowledged(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.reason]


def judge(stage: Stage, controls: Iterable[Control]) -> Judgement:
    """All findings of all controls, and the acknowledgements among them."""
    controls = tuple(controls)
    checked: dict[str, int] = {}
    findings: list[Finding] = []
    for control in controls:
        subjects = list(control.subjects(stage))
        checked[control.id] = len(subjects)
        if not subjects and control.needed(stage):
            nothing = "nothing that it could look at, though every environment has some"
            findings.append(Finding(control.id, stage.name, "", "", stage.name, nothing, control.accepts))
        findings += _found(stage, control, subjects)
    return Judgement(stage.name, checked, tuple(findings), tuple(_stale(stage, controls, findings)))


def _found(stage: Stage, control: Control, subjects: Iterable[Subject]) -> Iterator[Finding]:
    for subject in subjects:
        found = control.fault(stage, subject)
        if found is None:
            continue
        resource = subject.resource
        reason = resource.acknowledged.get(control.id, "")
        found = f"{subject.part}: {found}" if subject.part else found
        yield Finding(
            control.id, stage.name, resource.stack, resource.logical_id, resource.name, found, control.accepts, reason
        )


def _stale(stage: Stage, controls: Iterable[Control], findings: Iterable[Finding]) -> Iterator[Finding]:
    ids = {control.id for control in controls}
    matched = {(finding.stack, finding.logical_id, finding.control) for finding in findings}
    for each in stage.resources:
        for control in sorted(ids & each.acknowledged.keys()):
            if (each.stack, each.logical_id, control) not in matched:
                found = "is acknowledged, though there is no such finding"
                yield Finding(control, stage.name, each.stack, each.logical_id, each.name, found, "remove it")


def of(*types: str) -> Subjects:
    """Every resource of these types."""
    return lambda stage: (Subject(resource, resource.properties) for resource in stage.of(*types))


def always(stage: Stage) -> bool:
    """Every environment has such resources."""
    return True
