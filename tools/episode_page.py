"""Episodes and acts in plain words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from core.contracts.reports import PAGE, report_folder
from core.remediation.approval import code
from core.remediation.episode import ASKED_FOR, DEMAND, SCHEDULE
from core.remediation.notice import learned_from
from core.remediation.outcomes import FINAL, RESTING, Outcome
from core.remediation.parts import Entry
from core.remediation.rows import ActRow, EpisodeRow, ModelRow, TeamRow
from core.remediation.words import WORDS
from infra.tenant import Tenant

SHORT = 12
"""Digits of an episode's id that are shown; they tell it from all others."""


def overview(tenant: Tenant, team: TeamRow, models: Iterable[ModelRow]) -> RenderableType:
    """How the environment and its models stand now."""
    stopped = "; ".join(text for text in (team.frozen, team.starts_frozen) if text)
    title = f"{tenant.names.prefix}: {'FROZEN: ' + stopped if stopped else 'remediation is on'}"
    page = Table(title=escape(title), title_justify="left", box=box.SIMPLE)
    for heading in (
        "Model",
        "In service",
        "Now",
        "Spent",
        "Runs without a better model",
        "Blocked versions",
    ):
        page.add_column(heading)
    for model in sorted(models, key=lambda model: model.model):
        page.add_row(
            model.model,
            f"version {model.in_service}" if model.in_service else "nothing yet",
            escape(_now(model)),
            f"{model.spent_cents / 100:.2f} USD in {model.month}" if model.month else "nothing",
            str(model.attempts),
            ", ".join(map(str, model.blocked)) or "none",
        )
    return page


def table(episodes: Iterable[EpisodeRow], acts: Iterable[ActRow], most: int | None) -> RenderableType:
    """Newest first: what was decided, and what people did."""
    page = Table(box=box.SIMPLE, show_lines=False)
    for heading in ("When (UTC)", "Model", "What happened", "Verdict", "It came to", "Why", "Cost"):
        page.add_column(heading, overflow="fold")
    page.add_column("Episode", no_wrap=True)
    lines = sorted((*map(_episode, episodes), *map(_act, acts)), key=lambda line: line[0], reverse=True)
    for at, cells in lines[:most]:
        page.add_row(_time(at), *(escape(cell) for cell in cells))
    left = len(lines) - len(lines[:most])
    return Group(page, f"{left} older ones: --all") if left else page


def detail(tenant: Tenant, episode: EpisodeRow) -> RenderableType:
    """Everything that the ledger knows of one episode."""
    facts = Table(box=box.SIMPLE, show_header=False, title=f"Episode {episode.id}", title_justify="left")
    for name, text in _facts(tenant, episode):
        facts.add_row(name, escape(text))
    history = Table(box=box.SIMPLE, title="What it came to, one after the other", title_justify="left")
    for heading in ("When (UTC)", "It came to", "Why", "Cost", "Told"):
        history.add_column(heading, overflow="fold")
    for entry in episode.history:
        told = "yes" if entry.outcome in episode.announced else "not yet"
        history.add_row(_time(entry.at), WORDS[entry.outcome].happened, escape(entry.why), _cost(entry), told)
    return Group(facts, history)


def _facts(tenant: Tenant, episode: EpisodeRow) -> Iterator[tuple[str, str]]:
    names = tenant.names.model(episode.model)
    yield "Model", f"{episode.model} ({names.endpoint})"
    yield "What happened", f"{_occasion(episode)} at {_time(episode.raised_at)} UTC, round {episode.round}"
    yield "Source", episode.source
    yield "In its words", episode.reason
    if episode.verdict:
        yield "Verdict", f"{episode.verdict}: {episode.cause}"
        yield "Response", episode.response or "none: no alarm asked for one"
    for sentence in episode.evidence:
        yield "Evidence", sentence
    if episode.report_end:
        at = report_folder(names.report_prefix, datetime.fromisoformat(episode.report_end))
        yield "Report", f"s3://{tenant.bucket('reports')}/{at}{PAGE}"
    if episode.train_on:
        yield "Learns from", learned_from(episode)
    if episode.approval is not None:
        yield "Approval", _approval(episode)
    if episode.version:
        yield "Version", f"{episode.version} is wanted in service"
    if episode.execution_arn:
        yield "Execution", episode.execution_arn
    if episode.package_arn:
        yield "Package", episode.package_arn
    yield "Stands as", f"{_outcome(episode)}. {episode.why}"
    yield "Over", "yes" if _is_over(episode) else "no: it is looked at again"


def _is_over(episode: EpisodeRow) -> bool:
    """What no alarm stands behind is not decided again, but for want of capacity."""
    held = episode.outcome in RESTING and episode.outcome is not Outcome.DEFERRED_QUOTA
    return episode.outcome in FINAL or (held and episode.trouble in ASKED_FOR)


def _approval(episode: EpisodeRow) -> str:
    asked = episode.approval
    assert asked is not None
    if asked.by:
        return f"{'approved' if asked.granted else 'declined'} by {asked.by} at {_time(asked.at)} UTC"
    return f"asked for until {_time(asked.until)} UTC, code {code(episode)}"


def _episode(episode: EpisodeRow) -> tuple[datetime, tuple[str, ...]]:
    last = episode.history[-1] if episode.history else None
    spent = _cost(last) if last else ""
    cells = (episode.model, _occasion(episode), episode.verdict or "-", _outcome(episode), episode.why, spent)
    return episode.raised_at, (*cells, episode.id[:SHORT])


def _act(act: ActRow) -> tuple[datetime, tuple[str, ...]]:
    model = "all" if act.model == "*" else act.model
    return act.at, (model, f"{act.by.rpartition('/')[2]}: {act.what}", "-", "done by a person", act.why, "", "-")


def _occasion(episode: EpisodeRow) -> str:
    if episode.trouble == SCHEDULE:
        return "a scheduled retraining was due"
    if episode.trouble == DEMAND:
        by = episode.request.by if episode.request else "somebody"
        return f"{by.rpartition('/')[2]} asked for a retraining"
    if not episode.trouble:
        return "a person's run made a model"
    return f"the {episode.trouble} alarm"


def _outcome(episode: EpisodeRow) -> str:
    return WORDS[episode.outcome].happened if episode.outcome in WORDS else "nothing yet"


def _now(model: ModelRow) -> str:
    coming = model.deployment or model.switch
    if model.frozen:
        return f"FROZEN by {model.frozen_by or 'a person'}: {model.frozen}"
    if coming is not None:
        return f"version {coming.version} is on its way"
    if model.run is not None or model.claim is not None:
        return "a run is under way"
    return "a run waits for a person's approval" if model.asked else "at rest"


def _cost(entry: Entry) -> str:
    if not entry.cents and not entry.billed:
        return ""
    return f"{'' if entry.billed else 'up to '}{entry.cents / 100:.2f} USD"


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
