"""The figures of one run: what `build/demo/summary.json` holds and the last screen shows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from demo.loop import Loop, Milestones


@dataclass(frozen=True, slots=True)
class Summary:
    """Accuracies are shares of correct answers; the rest is in seconds, requests and US dollars."""

    accuracy_before: float
    accuracy_under_drift: float
    accuracy_after: float
    deployed_s: float
    """From the start to a deployed environment."""
    drift_to_alarm_s: float
    drift_to_retraining_s: float
    drift_to_healed_s: float
    drift_to_green_s: float
    total_s: float
    hour_s: float
    """How long an hour of the embedded AWS lasted."""
    requests: int
    failed_requests: int
    windows: int
    cost_training_usd: float
    """What the training runs would have cost on AWS at most: every job at its time limit."""
    cost_month_usd: float
    """What the environment would cost a month on AWS."""

    def to_json(self) -> str:
        return json.dumps({name: _rounded(value) for name, value in asdict(self).items()}, indent=2) + "\n"

    def screen(self, report: Path) -> RenderableType:
        """One screen, for the end."""
        table = Table(title="The loop, from drift to a healed endpoint", title_justify="left", show_header=False)
        table.add_column(style="bold")
        table.add_column(justify="right")
        for name, value in self._rows():
            table.add_row(name, value)
        return Group(table, Text(f"report with plots: {report}", no_wrap=True, overflow="fold"))

    def _rows(self) -> list[tuple[str, str]]:
        lasted = f"(an hour lasts {self.hour_s:g} s)"
        return [
            ("accuracy before drift", f"{self.accuracy_before:.1%}"),
            ("accuracy under drift", f"{self.accuracy_under_drift:.1%}"),
            ("accuracy after recovery", f"{self.accuracy_after:.1%}"),
            (f"drift to alarm {lasted}", f"{self.drift_to_alarm_s:.1f} s"),
            ("drift to retraining", f"{self.drift_to_retraining_s:.1f} s"),
            ("drift to healed endpoint", f"{self.drift_to_healed_s:.1f} s"),
            ("drift to a green monitor", f"{self.drift_to_green_s:.1f} s"),
            ("requests answered (failed)", f"{self.requests:,} ({self.failed_requests:,})"),
            ("on AWS: the training runs, at most", f"{self.cost_training_usd:.2f} USD"),
            ("on AWS: the environment, a month", f"{self.cost_month_usd:,.0f} USD"),
            ("from nothing deployed to green", f"{self.total_s:.1f} s"),
        ]


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


def accuracies(loop: Loop, at: Milestones) -> tuple[float, float, float]:
    """Before drift, under drift (until the retrained model answers), and after. Each stretch was asked something."""
    end_s = loop.story.now_s()
    stretches = ((at.first_answer_s, at.drift_s), (at.drift_s, at.healed_s), (at.healed_s, end_s + 1))
    before, under, after = (loop.traffic.accuracy(*stretch) for stretch in stretches)
    if before is None or under is None or after is None:
        raise ValueError(f"no request was answered in one of the stretches {stretches}")
    return before, under, after
