"""The report of a window as a page that a person reads: one file that needs no other."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from containers.monitor.judge import Judgement
from core.contracts.policy import WatchPolicy
from core.diagnosis import Verdict

TEMPLATE = Path(__file__).with_name("report.html.j2")
TONES = {
    Verdict.HEALTHY: "good",
    Verdict.BENIGN_DRIFT: "good",
    Verdict.INCONCLUSIVE: "unclear",
    Verdict.LABELS_NEEDED: "unclear",
    Verdict.REAL_DRIFT: "bad",
    Verdict.UPSTREAM_FAULT: "bad",
}


def page(found: Judgement, policy: WatchPolicy) -> str:
    """HTML. Everything that comes from requests is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    features = sorted(
        found.report.features, key=lambda feature: -max(feature.attribution_share, feature.baseline_share)
    )
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        report=found.report,
        diagnosis=found.diagnosis,
        headline=found.diagnosis.verdict.replace("_", " ").capitalize(),
        tone=TONES[found.diagnosis.verdict],
        features=features,
        policy=policy,
    )
