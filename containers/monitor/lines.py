"""What an exit message says of lines of labels that told nothing."""

from __future__ import annotations

from collections.abc import Iterator

from core.contracts.reports import MonitorReport


def lines_told(report: MonitorReport) -> Iterator[str]:
    """Nothing where lines were joined and none of them was damaged or ambiguous."""
    lines = report.label_lines
    if lines is None:
        return
    if lines.unreadable:
        yield f"{lines.unreadable} unreadable lines of labels"
    if lines.ambiguous:
        yield f"{lines.ambiguous} lines of labels for ids that several requests bear"
    if lines.elsewhere and not lines.joined:
        yield f"{lines.came} lines of labels came, of which none is for an answer of the window"
