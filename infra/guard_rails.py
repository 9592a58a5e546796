"""What jobs, endpoints and applications may cost and must be encrypted with: denied where they would go beyond it.

A policy of its own beside the boundary, because both together are longer than one policy may be, and because the key
that it names stands in another stack than the network that the boundary names.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from constructs import Construct

from core.contracts.instances import has_local_storage
from infra.part import Part
from infra.statements import Statement, deny, document
from infra.tenant import Tenant
from infra.walls import AUTOML, DEFINITIONS, PROCESSING, TRAINING

TRANSFORM = "sagemaker:CreateTransformJob"
ENDPOINT_CONFIG = "sagemaker:CreateEndpointConfig"
NOTEBOOK = "sagemaker:CreateNotebookInstance"
LONGEST_WARM_S = 1800
"""A warm pool costs as much as a job; half an hour is enough to try the next change."""
SYSTEM = "system"
"""The instance type of the applications that only show Studio itself; they cost nothing."""


def guard_rails_name(tenant: Tenant) -> str:
    return f"{tenant.names.prefix}-guard-rails"


def needs_guard_rails(statements: Iterable[Statement]) -> bool:
    """Whether one of the actions is one that the guard rails are about."""
    actions = [action for statement in statements for action in statement["Action"]]
    return any(fnmatchcase(action, pattern) for action in actions for pattern in _GUARDED)


class GuardRails(Part):
    """A managed policy of denies, carried by every role that may start something."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        statements = [*self._encrypted(key_arn), *self._of_allowed_types(), *self._limited()]
        self.add(
            "Policy",
            "AWS::IAM::ManagedPolicy",
            {
                "ManagedPolicyName": guard_rails_name(tenant),
                "Description": f"Keys, instance types and run times of what {tenant.names.prefix} starts",
                "PolicyDocument": document(statements),
            },
        )

    def _encrypted(self, key_arn: str) -> list[Statement]:
        """Disks and outputs with the team's key, given by its ARN, and no other key.

        SageMaker takes no key for types with disks of their own, whose hardware encrypts them: a request for nothing
        but those may come without one.
        """
        volume, output = "sagemaker:VolumeKmsKey", "sagemaker:OutputKmsKey"
        own_disks = [each for each in self._types() if has_local_storage(each)]
        starts = [*TRAINING, PROCESSING, TRANSFORM, DEFINITIONS]
        with_disks = [*starts, ENDPOINT_CONFIG, NOTEBOOK]
        types = "sagemaker:InstanceTypes"
        nothing, others = {"Null": {volume: "true", types: "true"}}, {"ForAnyValue:StringNotEquals": {types: own_disks}}
        return [
            *(
                [deny(with_disks, nothing), deny(with_disks, {"Null": {volume: "true"}, **others})]
                if own_disks
                else [deny(with_disks, {"Null": {volume: "true"}})]
            ),
            deny([*starts, AUTOML], {"Null": {output: "true"}}),
            *(
                deny(["sagemaker:*"], {"Null": {key: "false"}, "ArnNotEquals": {key: key_arn}})
                for key in (volume, output)
            ),
        ]

    def _of_allowed_types(self) -> list[Statement]:
        allowed = self.tenant.team.instances
        uses = (
            ([*TRAINING, "sagemaker:UpdateTrainingJob"], allowed.training),
            ([PROCESSING, TRANSFORM, DEFINITIONS, "sagemaker:*MonitoringSchedule"], allowed.processing),
            ([ENDPOINT_CONFIG], allowed.serving),
            (["sagemaker:CreateApp", "sagemaker:*Space", "sagemaker:*NotebookInstance"], (*allowed.studio, SYSTEM)),
        )
        return [
            deny(actions, {"ForAnyValue:StringNotEquals": {"sagemaker:InstanceTypes": list(types)}})
            for actions, types in uses
        ]

    def _limited(self) -> list[Statement]:
        """A job that does not say how long it may take would get a day from AWS."""
        takes, stays = "sagemaker:MaxRuntimeInSeconds", "sagemaker:KeepAlivePeriod"
        longest = str(self.tenant.team.longest_job_hours * 3600)
        return [
            deny([*TRAINING, PROCESSING], {"Null": {takes: "true"}}),
            deny(["sagemaker:*"], {"NumericGreaterThan": {takes: longest}}),
            deny(["sagemaker:*TrainingJob"], {"NumericGreaterThan": {stays: str(LONGEST_WARM_S)}}),
        ]

    def _types(self) -> list[str]:
        allowed = self.tenant.team.instances
        return sorted({*allowed.training, *allowed.processing, *allowed.serving, *allowed.studio})


_GUARDED = (
    *TRAINING,
    PROCESSING,
    TRANSFORM,
    ENDPOINT_CONFIG,
    NOTEBOOK,
    AUTOML,
    DEFINITIONS,
    "sagemaker:UpdateTrainingJob",
    "sagemaker:CreateApp",
    "sagemaker:CreateSpace",
    "sagemaker:UpdateSpace",
    "sagemaker:*MonitoringSchedule",
)
