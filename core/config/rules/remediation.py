"""Remediation: responses that no verdict takes, and settings that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from core.config.plain import Finding, Location
from core.config.remediation import Retraining
from core.config.team import Team
from core.diagnosis import Verdict
from core.remediation.responses import TABLE


def findings(team: Team) -> Iterator[Finding]:
    for index, model in enumerate(team.models):
        for at, problem in (*_responses(model.retraining), *_settings(model.retraining)):
            yield ("models", index, "retraining", *at), problem


def _responses(retraining: Retraining) -> Iterator[tuple[Location, str]]:
    for verdict, response in retraining.responses.items():
        row = TABLE[Verdict(verdict)]
        if response not in row.accepted:
            accepted = ", ".join(row.accepted)
            yield ("responses", verdict), f"found {response!r}; accepted: {accepted}, because {row.because}"


def _settings(retraining: Retraining) -> Iterator[tuple[Location, str]]:
    """A fallback needs a version, and a version is there for a fallback; so it is with a question and its time."""
    chosen = {response: verdict for verdict, response in retraining.responses.items()}
    if "fallback" in chosen and retraining.fallback_version is None:
        found = "found 'fallback', but retraining.fallback_version names no version"
        yield ("responses", chosen["fallback"]), f"{found}; accepted with it: the version of a model package, as 3"
    if "fallback" not in chosen and retraining.fallback_version is not None:
        found = f"found {retraining.fallback_version}, but no response is 'fallback'"
        yield ("fallback_version",), f"{found}; accepted with it: for example responses: {{REAL_DRIFT: fallback}}"
    if "ask" not in chosen and "approval_hours" in retraining.model_fields_set:
        found = f"found {retraining.approval_hours:g}, but no response is 'ask'"
        yield ("approval_hours",), f"{found}; accepted with it: responses: {{REAL_DRIFT: ask}}"
    if retraining.every_days is not None and retraining.every_days * 24 < retraining.cooldown_hours:
        found = f"found {retraining.every_days}, less than the cooldown of {retraining.cooldown_hours:g} hours"
        yield ("every_days",), f"{found}; accepted: a longer time, or a lower cooldown_hours"
