"""One run from nothing: synth and bootstrap side by side, deploy, the loop, and what is left of it on disk."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core import costs
from core.config.environment import Environment
from core.config.load import load_teams
from core.config.model import Model
from core.config.team import Team
from core.names import BUCKETS, TeamNames
from demo.loop import PATIENCE_HOURS, Loop, Milestones
from demo.pace import Pace
from demo.patients import Region
from demo.report import write_report
from demo.story import Story
from demo.summary import Summary, accuracies
from demo.toolchain import ROOT, Toolchain
from local.settings import ACCOUNT
from local.start import EmbeddedAws

TEAM = "demo"
SEED = 7
USUAL_DEPLOY_S = 14.0
"""On two quiet cores."""
WINDOWS = 4
"""So many times the rows that a window needs are asked for in an hour: a new version takes some of them."""
LEAST_PATIENCE_S = 1200.0
"""The machine may get busy after the deployment as well; then programs are slow, and hours are as short as before."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run keeps the embedded AWS (`home`) and what it leaves behind (`output`)."""

    home: Path = ROOT / ".local" / "demo"
    output: Path = ROOT / "build" / "demo"

    @property
    def summary(self) -> Path:
        return self.output / "summary.json"

    @property
    def assembly(self) -> Path:
        return self.output / "cdk.out"

    @property
    def report(self) -> Path:
        return self.output / "report.html"


@dataclass(frozen=True)
class Demonstrated:
    """The demonstration team's first environment and first model."""

    team: Team
    environment: Environment
    model: Model

    @classmethod
    def load(cls) -> Demonstrated:
        """Raises InvalidTeams; LookupError where the demonstration team is gone or has no model."""
        teams = {team.team: team for team in load_teams(ROOT / "teams")}
        if TEAM not in teams or not teams[TEAM].models:
            found = ", ".join(teams)
            raise LookupError(f"teams/ has no team {TEAM!r} with a model (found: {found}); the demonstration needs it")
        team = teams[TEAM]
        return cls(team, team.environments[0], team.models[0])

    @property
    def names(self) -> TeamNames:
        return self.team.names(self.environment)

    @property
    def run_cost_usd(self) -> float:
        training = self.model.training
        return costs.run_cost(
            training.instance_type,
            training.instance_count,
            training.processing_instance_type,
            training.max_runtime_minutes,
            self.environment.region,
        )

    def month_cost_usd(self, assembly: Path) -> float:
        """Of the templates' resources, the endpoint at its least and the monitor's runs."""
        templates = [json.loads(path.read_text()) for path in assembly.rglob("*.template.json")]
        standing = costs.standing_month(
            resource for template in templates for resource in template["Resources"].values()
        )
        region, serving = self.environment.region, self.model.serving
        endpoint = costs.serving_month(serving.instance_type, serving.minimum_instances, region)
        processing = self.model.training.processing_instance_type
        return standing + endpoint + costs.watching_month(processing, self.model.monitoring.period_hours, region)


def deploy(
    shown: Demonstrated, story: Story, place: Place, hour_s: float, engine: str, detached: bool
) -> tuple[EmbeddedAws, Region]:
    """Start the embedded AWS, put the team's environment on it with the real tools, and read the data meanwhile."""
    with story.chapter("Start the embedded AWS"):
        aws = EmbeddedAws.start(place.home, hour_seconds=hour_s, engine=engine, detached=detached)
        story.tell("embedded AWS", f"answers at {aws.url}")
    try:
        shutil.rmtree(place.output, ignore_errors=True)
        tools = Toolchain(place.output, place.assembly)
        with story.chapter("cdk synth, cdk bootstrap"), ThreadPoolExecutor(2) as pool, tools:
            synth = pool.submit(_synth, tools, shown, story)
            bootstrap = pool.submit(_bootstrap, tools, shown, story, aws)
            bootstrap.result()
            synth.result()
        with story.chapter("cdk deploy"), ThreadPoolExecutor(1) as pool:
            region = pool.submit(Region, shown.model.signature.names, SEED)
            before_s = story.now_s()
            tools.deploy(aws.environment())
            story.tell("cdk deploy", f"the environment {shown.names.prefix} stands")
            _pace(aws, shown, story).deployed((story.now_s() - before_s) / USUAL_DEPLOY_S)
            return aws, region.result()
    except BaseException:
        aws.stop()
        raise


def _pace(aws: EmbeddedAws, shown: Demonstrated, story: Story) -> Pace:
    return Pace(aws, WINDOWS * shown.model.monitoring.minimum_rows, lambda text: story.tell("clock", text))


def _synth(tools: Toolchain, shown: Demonstrated, story: Story) -> None:
    context = {"team": TEAM, "environment": shown.environment.name, "destroy-data": "true"}
    tools.synth(ACCOUNT, context)
    stacks = len(list(tools.assembly.rglob("*.template.json")))
    story.tell("cdk synth", f"{stacks} stacks")


def _bootstrap(tools: Toolchain, shown: Demonstrated, story: Story, aws: EmbeddedAws) -> None:
    tools.bootstrap(aws.environment(), ACCOUNT, shown.environment.region)
    story.tell("cdk bootstrap", f"account {ACCOUNT}, {shown.environment.region}")


def loop_on(aws: EmbeddedAws, shown: Demonstrated, region: Region, story: Story) -> Loop:
    names = shown.names.model(shown.model.name)
    return Loop(
        client=aws.client,
        now=aws.now,
        names=names,
        buckets={purpose: shown.names.bucket(purpose, ACCOUNT, shown.environment.region) for purpose in BUCKETS},
        policy=shown.model.policy(names, shown.run_cost_usd),
        region=region,
        story=story,
        pace=_pace(aws, shown, story),
        patience_s=max(LEAST_PATIENCE_S, PATIENCE_HOURS * aws.hour_seconds),
    )


def write_down(
    aws: EmbeddedAws, shown: Demonstrated, place: Place, loop: Loop, at: Milestones, deployed_s: float
) -> Summary:
    """summary.json and report.html."""
    before, under, after = accuracies(loop, at)
    summary = Summary(
        accuracy_before=before,
        accuracy_under_drift=under,
        accuracy_after=after,
        deployed_s=deployed_s,
        drift_to_alarm_s=at.alarm_s - at.drift_s,
        drift_to_retraining_s=at.retraining_s - at.drift_s,
        drift_to_healed_s=at.healed_s - at.drift_s,
        drift_to_green_s=at.green_s - at.drift_s,
        total_s=at.green_s,
        hour_s=aws.hour_seconds,
        requests=len(loop.traffic.answered),
        failed_requests=len(loop.traffic.failures),
        windows=len(loop.watch.windows),
        cost_training_usd=len(loop.watch.executions) * shown.run_cost_usd,
        cost_month_usd=shown.month_cost_usd(place.assembly),
    )
    place.summary.write_text(summary.to_json())
    write_report(place.report, loop, at, summary, aws.outbox())
    return summary
