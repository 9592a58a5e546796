"""The live picture: chapters with their seconds, the newest events, the accuracy of the last seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from demo.story import Event, Story

NEWEST = 12
COLORS = {
    "monitor": "cyan", "alarm": "red", "pipeline": "yellow", "endpoint": "green", "remediation": "magenta",
    "patients": "bold red", "SNS": "magenta",
}  # fmt: skip


class Display:
    """On a terminal a picture that is drawn anew; elsewhere one line an event."""

    def __init__(self, console: Console, story: Story) -> None:
        self._console, self._story, self._told = console, story, 0

    @contextmanager
    def live(self) -> Iterator[None]:
        if not self._console.is_terminal:
            self._story.on_change = self._print_new
            yield
            return
        with Live(get_renderable=self._picture, console=self._console, refresh_per_second=8, transient=True):
            yield
        self._console.print(self._chapters())

    def _print_new(self) -> None:
        events = self._story.events
        for event in events[self._told :]:
            self._console.print(_line(event))
        self._told = len(events)

    def _picture(self) -> RenderableType:
        events = [_line(event) for event in self._story.events[-NEWEST:]]
        lines = Group(*events, *([Text("")] * (NEWEST - len(events))))
        return Group(self._chapters(), Panel(lines, title="what happens", title_align="left", border_style="dim"))

    def _chapters(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        for chapter in self._story.chapters:
            running = chapter.end_s is None
            mark: RenderableType = Spinner("dots") if running else Text("✓", style="green")
            seconds = (self._story.now_s() if chapter.end_s is None else chapter.end_s) - chapter.start_s
            table.add_row(mark, chapter.name, Text(f"{seconds:5.1f} s", style="dim"))
        return table


def _line(event: Event) -> Text:
    return Text.assemble(
        (f"{event.at_s:6.1f} s  ", "dim"),
        (f"{event.where:<18}", COLORS.get(event.where, "blue")),
        event.text,
        overflow="ellipsis",
        no_wrap=True,
    )
