"""docs/controls.md: every control, how it is met, and every acknowledgement with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.guard import CONTROLS, ELSEWHERE
from tools.scan import report
from tools.scan.bars import BARS
from tools.scan.found import ROOT
from tools.scan.scan import Scan

PAGE = ROOT / "docs" / "controls.md"
HEAD = """\
# Controls

What every team's templates must satisfy. `infra/guard` holds each control as a predicate over the templates of one
environment, all stacks together; the tests run it over every team in `teams/`, over teams that have every feature
(`tests/infra/teams`), and prove by seeded faults that each control notices what it is there for. cfn-lint, cdk-nag
(AwsSolutions and NIST 800-53 R5) and checkov run over the same templates; `make check` prints their figures.

A control or a scanner's rule that a resource cannot meet is acknowledged on that one resource, with a reason, where the
resource is made (`Part.add(..., acknowledges=...)`); the template carries it. An acknowledgement of nothing is a fault.

This page is made by `make docs`; the tests compare it with the templates.

"""


def page(scans: Sequence[Scan]) -> str:
    return "\n".join((HEAD.rstrip("\n"), "", *_bars(), "", *_controls(), "", *_acknowledged(scans), ""))


def _bars() -> Iterator[str]:
    yield "## Bars, with all acknowledgements taken away"
    yield ""
    yield "| Figure of a stage | At most |"
    yield "| --- | --- |"
    for bar in BARS:
        yield f"| {bar.name} | {bar.most:g} |"


def _controls() -> Iterator[str]:
    yield "## Controls"
    yield ""
    yield "| Control | Requirement | Met by |"
    yield "| --- | --- | --- |"
    for control in CONTROLS:
        absent = f" {control.absent}" if control.absent else ""
        yield f"| {control.id} | {control.requirement} | {control.accepts}.{absent} |"
    for each in ELSEWHERE:
        where = ", ".join(f"`{path}`" for path in each.where)
        yield f"| {each.id} | {each.requirement} | {each.kind}: {each.how or 'not done.'} {where} |"


def _acknowledged(scans: Sequence[Scan]) -> Iterator[str]:
    yield "## Acknowledged"
    yield ""
    yield "| Rules | Resources | Reason |"
    yield "| --- | --- | --- |"
    for each in report.acknowledgements(scans):
        yield f"| {', '.join(each.rules)} | {', '.join(each.places)} | {each.reason} |"
