"""A stack with what starts the monitors of one model, from the platform's own constructs, on the embedded AWS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from core.config.load import load_teams
from infra.monitor_engines import schedules
from infra.network import NetworkIds
from infra.part import Part
from infra.redeployment import Redeployment
from infra.template import Resource
from infra.template_stack import TemplateStack, finish
from infra.tenant import Tenant
from lambdas.settle.standing import SsmStandings
from local.start import EmbeddedAws, eventually
from tests.containers.world import JOB, NAMES
from tests.lambdas.aws import PLENTY
from tests.local.conftest import allow, make_role
from tests.local.watched import ACCOUNT

STACK = NAMES.of.stack("operations")
REFUSED = NAMES.of.dead_letters("redeployment")
TEAM = """
team: risk
owners: [owner@example.com]
environments: [{{name: dev, region: us-east-1}}]
models:
  - name: churn
    label: fast
    features: {{x1: numeric, x2: numeric, x3: numeric, kind: categorical}}
    sensitive: [kind]
    monitoring: {{engine: {engine}, minimum_rows: 100, minimum_labels: 50}}
    batch: {{every_hours: 24}}
"""


@dataclass(frozen=True)
class Acting:
    """A role that is there, as a part takes it."""

    arn: str
    resource: Resource


def template(folder: Path, scheduler_arn: str, engine: str = "managed") -> str:
    """What starts the monitors of the team's one model, and nothing else."""
    folder.mkdir(exist_ok=True)
    (folder / "risk.yaml").write_text(TEAM.format(engine=engine))
    (team,) = load_teams(folder)
    tenant = Tenant(team, team.environments[0], ACCOUNT)
    app = cdk.App(outdir=str(folder / "out"))
    stack = TemplateStack(app, "operations", name=STACK, env=cdk.Environment(account=ACCOUNT, region=JOB.region))
    always = Part(stack, "Always", tenant).add("Topic", "AWS::SNS::Topic", {})
    network = NetworkIds(vpc="vpc-1", subnets=("subnet-1",), security_group="sg-1", studio_subnets=())
    scheduler, monitor = Acting(scheduler_arn, always), Acting(tenant.arns.role(NAMES.of.role("monitor")), always)
    (model,) = team.models
    key, dead = f"arn:aws:kms:{JOB.region}:{ACCOUNT}:key/1", f"arn:aws:sqs:{JOB.region}:{ACCOUNT}:dead"
    roles: Any = (scheduler, monitor)
    schedules(stack, tenant, model=model, network=network, key_arn=key, roles=roles, dead_letters_arn=dead)
    Redeployment(stack, "Again", tenant, role=roles[0], key_arn=key)
    return synthesized(app, stack)


def synthesized(app: cdk.App, stack: TemplateStack) -> str:
    """The template's text."""
    finish([stack])
    return (Path(app.synth().directory) / "operations.template.json").read_text()


def make_scheduler_role(aws: EmbeddedAws) -> str:
    """It deploys the stack again; it starts no job."""
    stack = f"arn:aws:cloudformation:{JOB.region}:{ACCOUNT}:stack/{STACK}/*"
    parameter = f"arn:aws:ssm:{JOB.region}:{ACCOUNT}:parameter{NAMES.standing_parameter}"
    queue = f"arn:aws:sqs:{JOB.region}:{ACCOUNT}:{REFUSED}"
    grants = (
        allow("cloudformation:UpdateStack", stack),
        allow("ssm:GetParameters", parameter),
        allow("sqs:SendMessage", queue),
    )
    return make_role(aws, "scheduler", *grants)


def tell(aws: EmbeddedAws) -> None:
    """What `lambdas/settle` does when it looks at the endpoint."""
    SsmStandings(PLENTY, aws.client("sagemaker"), aws.client("ssm"), NAMES.of).keep(NAMES.model)


def deployed(aws: EmbeddedAws, body: str, update: bool = False) -> str:
    """Deploy the template; the stack's status at the end."""
    cloudformation = aws.client("cloudformation")
    change = cloudformation.update_stack if update else cloudformation.create_stack
    change(StackName=STACK, TemplateBody=body)
    for _ in eventually(120):
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return str(stack["StackStatus"])
    raise AssertionError
