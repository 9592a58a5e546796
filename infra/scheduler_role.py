"""The role in whose name EventBridge Scheduler acts: it starts monitors and asks for sweeps."""

from __future__ import annotations

from constructs import Construct

from infra.grants import ours, tag_while_creating, use_key_for_disks
from infra.job_roles import SAGEMAKER
from infra.redeployment import redeploy
from infra.roles import Role
from infra.statements import allow, pass_role
from infra.tenant import Tenant

SWEPT = ("remediate", "promote", "settle", "govern")


def scheduler_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """The queues of the handlers that are swept, and the monitors' jobs with the monitors' role."""
    names, arns = tenant.names, tenant.arns
    swept = [*SWEPT, *(["batch"] if any(model.batch for model in tenant.team.models) else [])]
    queues = [name for handler in swept for name in (names.queue(handler), names.dead_letters(handler))]
    jobs = ours(tenant)
    statements = [
        allow(["sagemaker:CreateProcessingJob"], jobs),
        tag_while_creating(jobs),
        pass_role([arns.role(names.role("monitor"))], SAGEMAKER),
        allow(["sqs:SendMessage"], [arns.of("sqs", queue) for queue in queues]),
        *use_key_for_disks(key_arn),
        *redeploy(tenant),
    ]
    return Role(scope, "SchedulerRole", tenant, kind="scheduler", service="scheduler.amazonaws.com", grants=statements)
