"""One self-contained HTML page about a run."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from demo import plots
from demo.loop import Loop, Milestones
from demo.summary import Summary

TEMPLATE = "report.html.j2"


def write_report(path: Path, loop: Loop, at: Milestones, summary: Summary, notifications: list[dict[str, str]]) -> None:
    """`notifications` are the e-mails and text messages that went out: kind, to, subject, body, time."""
    drifted = [window for window in loop.watch.windows if at.drift_s < window.seen_s <= at.healed_s]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template(TEMPLATE).render(
        summary=summary,
        accuracy=Markup(plots.accuracy(loop, at)),
        drift=Markup(plots.drift(loop, at)),
        chapters=Markup(plots.chapters(loop)),
        windows=loop.watch.windows,
        decided_on=drifted[-1] if drifted else None,
        events=loop.story.events,
        notifications=notifications,
        names=loop.names,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
