"""Where an exploration of the way to the endpoint begins: the deployed handlers have brought it so far.

Either a run has ended and registered a better model, version 2, or the policy wants version 1 back.
"""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
from io import StringIO
from typing import Any, NamedTuple

from core.contracts.release import Release
from core.contracts.requests import SwitchWanted
from core.remediation.promotion import Endpoint, Package, release_name
from core.remediation.rows import Row
from core.remediation.run import Registered
from tests.explorer.scene import Execution, Served
from tests.lambdas.fakes import BEGINNING
from tests.lambdas.world import NAMES, POLICY, World, recorded

GROUP = f"arn:aws:sagemaker:us-east-1:111122223333:model-package/{NAMES.package_group}"


class Beginning(NamedTuple):
    rows: tuple[Row, ...]
    executions: tuple[Execution, ...]
    served: Served
    packages: tuple[Package, ...]
    event: str
    """What `lambdas/promote` is told."""


@cache
def better_model() -> Beginning:
    """Version 2 is approved, and no handler has looked at the end of its run yet."""
    world = World()
    _remediated(world)
    world.end_run(world.pipelines.runs[0])
    event = recorded("package_approved")
    event["detail"]["ModelPackageArn"] = f"{GROUP}/2"
    return _beginning(world, Served(1), event)


@cache
def put_back() -> Beginning:
    """Version 2 got worse, and the ledger wants version 1 back."""
    world = World(replace(POLICY, retrain=replace(POLICY.retrain, responses={"REAL_DRIFT": "rollback"})))
    world.release_second()
    _remediated(world)
    return _beginning(world, Served(2, record=2), SwitchWanted(NAMES.endpoint).body())


def endpoint(served: Served) -> Endpoint:
    return Endpoint(
        status=served.status,
        config=release_name(NAMES, served.version),
        modified=f"change {served.changes}",
        instances=1,
        failure="" if served.status == "InService" else "an alarm was raised",
    )


def record(served: Served) -> Release:
    """What is on record as in service."""
    released = BEGINNING.replace(day=11).isoformat()
    of = (f"{GROUP}/{served.record}", "model", "baseline", "evaluation", released)
    return Release(NAMES.endpoint, release_name(NAMES, served.record), *of)


def registered(beginning: Beginning | None) -> Registered | None:
    """What the run left, where it succeeded."""
    newest = beginning.packages[-1] if beginning else None
    return Registered(newest.arn, newest.version, newest.approval) if newest else None


def _remediated(world: World) -> None:
    with redirect_stdout(StringIO()):
        world.remediate(world.raise_alarm("quality", BEGINNING))


def _beginning(world: World, served: Served, event: Any) -> Beginning:
    rows = tuple(world.ledger.peek(*world.ledger.items).rows.values())
    runs = tuple(
        Execution(NAMES.pipeline, run.token, run.name, run.parameters, 0, run.status) for run in world.pipelines.runs
    )
    return Beginning(rows, runs, served, tuple(world.registry.packages.values()), json.dumps(event))
