"""What must hold, each told by its number in the table of invariants.

`of_change` looks at every call that changes something, `of_end` at what is left after the sweeps that end a story.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.contracts.ledger import Key
from core.remediation.episode import Cause, display_name, token
from core.remediation.outcomes import FINAL, RESTING
from core.remediation.rows import EpisodeRow, ModelRow, TeamRow
from tests.explorer.scene import Outside, Reply, Scene
from tests.explorer.setting import Setting
from tests.lambdas.fakes import BEGINNING
from tests.lambdas.world import TEAM

KEPT = ("id", "model", "source", "trouble", "raised_at", "round", "reason", "request")
"""Members of an episode that are never written anew."""


def of_change(before: Scene, after: Scene, heard: tuple[Reply, ...], setting: Setting, outside: Outside) -> list[str]:
    """`heard` is what the handler had read when it made the call."""
    found: list[str] = []
    if len(after.executions) > len(before.executions):
        found += _of_start(before, after, setting)
    if after.served != before.served:
        found += _of_served(before, after)
    if after.rows != before.rows:
        found += _of_commit(before, after, heard, outside)
    return found


def of_telling(before: Scene, after: Scene, spoilt: int, outside: Outside) -> Iterator[str]:
    """`spoilt` is how often something had gone wrong: each time may have cost a copy of one message, and no more."""
    for number, count in after.told:
        if count > 1 + spoilt and count > dict(before.told).get(number, 0):
            dedup, _ = outside.messages.values[number]
            yield f"I3: published {count} times where {spoilt} things had gone wrong: {dedup.rpartition('-')[2]}"


def _of_start(before: Scene, after: Scene, setting: Setting) -> Iterator[str]:
    new, policy = after.executions[-1], setting.policy.retrain
    earlier = [each for each in before.executions if each.pipeline == new.pipeline]
    if any(each.status == "Executing" for each in earlier):
        yield "I1: two runs of one model at the same time"
    if earlier and new.at - earlier[-1].at < policy.cooldown_s:
        yield f"I1: {new.at - earlier[-1].at} s between two starts, the cooldown is {policy.cooldown_s} s"
    if any(each.parameters.episode == new.parameters.episode for each in earlier):
        yield "I2: one episode started twice"
    episode = new.parameters.episode
    if (new.token, new.name) != (token(episode), display_name(episode)):
        yield "I4: the token or the name is not the episode's"
    if len(earlier) >= policy.attempts_without_improvement:
        yield f"I7: {len(earlier) + 1} starts, none brought a better model"
    if (len(earlier) + 1) * policy.run_cost_usd > policy.monthly_budget_usd:
        yield f"I15: {len(earlier) + 1} starts cost more than {policy.monthly_budget_usd} USD"
    running = {each.pipeline for each in after.executions if each.status == "Executing"}
    if setting.most_runs and len(running) > setting.most_runs:
        yield f"I19: {len(running)} runs at once, allowed are {setting.most_runs}"
    if not before.pipeline:
        yield "I22: something was started on a pipeline that does not exist"


def _of_served(before: Scene, after: Scene) -> Iterator[str]:
    was, now = before.served, after.served
    if len(now.asked) > len(was.asked):
        version = now.asked[-1]
        if version in was.failed:
            yield f"I9: version {version} was rolled back and is deployed again"
        elif version in was.asked:
            yield f"I2: the endpoint was asked twice for version {version}"
        elif was.asked:
            yield f"I9: version {version} is deployed after version {was.asked[-1]}, which was to be put back"
    if now.record != was.record and (now.record, "InService") != (was.version, was.status):
        yield f"I8: version {now.record} is on record while the endpoint has {was.version} and is {was.status}"


def _of_commit(before: Scene, after: Scene, heard: tuple[Reply, ...], outside: Outside) -> Iterator[str]:
    old, new = dict(before.rows), dict(after.rows)
    for key, number in new.items():
        if old.get(key) == number:
            continue
        row = outside.rows.values[number]
        was = outside.rows.values[old[key]] if key in old else None
        if isinstance(row, EpisodeRow) and isinstance(was, EpisodeRow):
            yield from _of_episode(was, row)
        if isinstance(row, ModelRow) and row.claim is not None and (was is None or was.claim is None):
            kinds = {reply.kind for reply in heard}
            if not {"reading", "evidence", "listed"} <= kinds:
                yield f"I5: claimed with nothing but {sorted(kinds)} read"
            yield from _frozen(before, outside, "claimed")
        if isinstance(row, ModelRow) and row.deployment and (was is None or was.deployment is None):
            yield from _frozen(before, outside, "a deployment was claimed")


def _frozen(before: Scene, outside: Outside, what: str) -> Iterator[str]:
    team = outside.value(before, Key.team())
    if isinstance(team, TeamRow) and (team.frozen or team.starts_frozen):
        yield f"I21: {what} after the freeze was written"


def _of_episode(was: EpisodeRow, row: EpisodeRow) -> Iterator[str]:
    if row.history[: len(was.history)] != was.history:
        yield "I20: the history of an episode was written anew"
    if any(getattr(was, name) != getattr(row, name) for name in KEPT):
        yield "I20: what an episode is about was written anew"
    if was.outcome in FINAL and row.outcome != was.outcome:
        yield f"I2: an episode that ended as {was.outcome} became {row.outcome}"


def of_end(scene: Scene, calm: bool, setting: Setting, outside: Outside) -> Iterator[str]:
    """After all died, time passed, and sweeps ran. `calm`: nothing was spoilt, and nobody was killed on the way."""
    rows = outside.values(scene)
    episodes = [row for row in rows if isinstance(row, EpisodeRow)]
    messages = [(*outside.messages.values[number], count) for number, count in scene.told]
    for alarm in setting.alarms:
        id = Cause(alarm.arn, BEGINNING).id
        if not any(episode.id == id for episode in episodes):
            yield f"I2: the episode of {alarm.name} was lost"
    for model in (row for row in rows if isinstance(row, ModelRow)):
        if model.claim is not None or model.run is not None:
            yield f"I6: {model.model} is stuck with {model.claim or model.run}"
        if model.unannounced:
            yield "I3: an outcome was never announced"
        mine = TEAM.model(model.model).pipeline
        recorded = {episode.execution_arn for episode in episodes if episode.model == model.model}
        begun = [each for each in scene.executions if each.pipeline == mine]
        if scene.pipeline and len(recorded - {""}) != len(begun):  # nobody can list what ran on a deleted one
            yield f"I2: {len(begun)} runs were started, {len(recorded - {''})} are on record"
        if setting.release and scene.served.status == "InService":
            if (model.in_service, scene.served.record) != (scene.served.version, scene.served.version):
                yield f"I6: version {scene.served.version} serves, on record is {model.in_service}"
            if model.deployment or model.switch or model.candidates:
                yield f"I6: left open is {model.deployment or model.switch or model.candidates}"
    dedups = [dedup for dedup, _, _ in messages]
    if len(set(dedups)) != len(dedups):
        yield "I3: two texts under one dedup id"
    if calm and any(count > 1 for *_, count in messages):
        yield "I3: published twice, and nothing had gone wrong"
    for episode in episodes:
        if episode.outcome not in FINAL | RESTING:
            yield f"I6: an episode is left as {episode.outcome}"
        if f"{episode.id}-{episode.outcome}" not in dedups and episode.outcome not in episode.announced:
            yield f"I3: nobody was told of {episode.outcome}"
        if not any(dedup.startswith(episode.id) for dedup in dedups):
            yield "I3: nobody was told of an episode"
