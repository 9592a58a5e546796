"""The function that scores rows in batches and has them watched, and what wakes it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from constructs import Construct

from core.config.model import Model
from core.contracts.batch import BatchDue, BatchEnded
from core.contracts.environment import BatchEnvironment
from core.contracts.images import PROCESS
from core.contracts.metrics import HOMEOSTAT
from infra import grants
from infra.handler import Handler
from infra.handler_grants import keep_ledger
from infra.images import image_uri
from infra.job_roles import SAGEMAKER
from infra.monitor_schedule import SCHEDULED_TIME
from infra.network import NetworkIds
from infra.part import Part
from infra.roles import Role
from infra.rule import Rule
from infra.statements import Statement, allow, pass_role
from infra.sweep import Sweep
from infra.tenant import Tenant

NAME = "batch"


def scoring(tenant: Tenant) -> list[Model]:
    """The models that score so."""
    return [model for model in tenant.team.models if model.batch is not None]


def batch_scoring(
    scope: Construct, tenant: Tenant, network: NetworkIds, key_arn: str, scheduler: Role
) -> Iterator[Handler]:
    """Its schedules wake it, each transform job that has ended, and a sweep. None where no model scores so."""
    models = scoring(tenant)
    if not models:
        return
    monitor = tenant.arns.role(tenant.names.role("monitor"))
    variables = BatchEnvironment(
        team=tenant.team.team,
        environment=tenant.environment.name,
        account=tenant.account,
        region=tenant.region,
        cost_center=tenant.team.cost_center,
        monitor_role_arn=monitor,
        image_uri=image_uri(tenant, PROCESS),
        subnet_ids=",".join(network.subnets),
        security_group_ids=network.security_group,
        key_arn=key_arn,
    ).variables()
    handler = Handler(
        scope,
        "Batch",
        tenant,
        name=NAME,
        key_arn=key_arn,
        variables=variables,
        grants=[*_grants(tenant), pass_role([monitor], SAGEMAKER), *grants.use_key_for_disks(key_arn)],
        batch=1,
    )
    for model in models:
        ended = BatchEnded.pattern(tenant.account, tenant.names.model(model.name).batch_jobs)
        text = f"A batch of {model.name} has ended"
        Rule(scope, f"{model.name}.batch-ended", handler, description=text, pattern=ended)
        BatchSchedule(scope, f"{model.name}.batch", handler, role=scheduler, model=model)
    Sweep(scope, "BatchSweep", handler, role=scheduler)
    yield handler


class BatchSchedule(Part):
    """It writes a message into the handler's queue: which version scores, and whether there are rows, is known then."""

    def __init__(self, scope: Construct, id: str, handler: Handler, *, role: Role, model: Model) -> None:
        super().__init__(scope, id, handler.tenant)
        assert model.batch is not None
        names, hours = self.names.model(model.name), model.batch.every_hours
        self.add(
            "Schedule",
            "AWS::Scheduler::Schedule",
            {
                "Name": names.batch,
                "Description": f"Scores the rows that wait for {names.endpoint}",
                "ScheduleExpression": f"rate({hours} hour{'s' if hours > 1 else ''})",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "State": "ENABLED",
                "Target": {
                    "Arn": handler.queue_arn,
                    "RoleArn": role.arn,
                    "Input": json.dumps(BatchDue.body(names.endpoint, SCHEDULED_TIME)),
                    "RetryPolicy": {"MaximumEventAgeInSeconds": hours * 3600, "MaximumRetryAttempts": 10},
                    "DeadLetterConfig": {"Arn": handler.dead_letters_arn},
                },
            },
            after=[role.resource, *handler.queues],
        )


def _grants(tenant: Tenant) -> list[Statement]:
    ours = grants.ours(tenant)
    transform = [f"sagemaker:{verb}TransformJob" for verb in ("Create", "Describe", "Stop")]
    schedules = [
        tenant.arns.of("scheduler", f"schedule/default/{tenant.names.model(model.name).batch}")
        for model in scoring(tenant)
    ]
    prefixes = [f"{tenant.names.model(model.name).batch_prefix}*" for model in scoring(tenant)]
    below = {"StringLike": {"s3:prefix": prefixes}}
    return [
        *grants.read_policies(tenant),
        *grants.read(tenant, "models", *grants.releases(tenant)),
        allow(["s3:ListBucket"], [tenant.arns.bucket(tenant.bucket("data"))], below),
        *keep_ledger(tenant),
        allow([*transform, "sagemaker:CreateProcessingJob"], ours),
        grants.tag_while_creating(ours),
        allow(["sagemaker:ListTransformJobs", "sagemaker:ListProcessingJobs", "cloudwatch:GetMetricData"], ["*"]),
        *grants.publish_metrics([HOMEOSTAT]),
        allow(["scheduler:GetSchedule"], schedules),
    ]
