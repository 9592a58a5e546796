"""What jobs, models and applications must be and may cost: denied where they are less or would be more.

Two managed policies beside the boundary, carried by every role that may start something. One policy would be longer
than IAM lets it be; and the key that is named here stands in another stack than the network that the boundary names.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from constructs import Construct

from core.contracts.instances import has_local_storage
from infra.part import Part
from infra.statements import Statement, deny, document
from infra.tenant import Tenant
from infra.walls import AUTOML, DEFINITIONS, MODEL, PROCESSING, TRAINING

TRANSFORM = "sagemaker:CreateTransformJob"
ENDPOINT_CONFIG = "sagemaker:CreateEndpointConfig"
NOTEBOOK = "sagemaker:CreateNotebookInstance"
LONGEST_WARM_S = 1800
"""A warm pool costs as much as a job; half an hour is enough to try the next change."""
SAFE, SIZED = "guard-rails", "sizes"
SYSTEM = "system"
"""The instance type of the applications that only show Studio itself; they cost nothing."""


def rails(tenant: Tenant) -> list[str]:
    """ARNs of the two policies."""
    return [tenant.arns.policy(f"{tenant.names.prefix}-{name}") for name in (SAFE, SIZED)]


def needs_guard_rails(statements: Iterable[Statement]) -> bool:
    """Whether one of the actions is one that the guard rails are about."""
    actions = [action for statement in statements for action in statement["Action"]]
    return any(fnmatchcase(action, pattern) for action in actions for pattern in _GUARDED)


class GuardRails(Part):
    """Denies only: what these policies leave alone is still what the role's own grants allow."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        self._policy(
            "Safe", SAFE, "Isolation and keys", [*isolated(), *self._encrypted(key_arn), approved_by_approvers(tenant)]
        )
        self._policy("Sized", SIZED, "Instance types and run times", [*self._of_allowed_types(), *self._limited()])

    def _policy(self, id: str, name: str, what: str, statements: list[Statement]) -> None:
        self.add(
            id,
            "AWS::IAM::ManagedPolicy",
            {
                "ManagedPolicyName": f"{self.names.prefix}-{name}",
                "Description": f"{what} of what {self.names.prefix} starts",
                "PolicyDocument": document(statements),
            },
        )

    def _encrypted(self, key_arn: str) -> list[Statement]:
        """Disks and outputs with the team's key, given by its ARN, and no other key.

        SageMaker takes no key for types with disks of their own, whose hardware encrypts them: a request for nothing
        but those may come without one.
        """
        volume, output = "sagemaker:VolumeKmsKey", "sagemaker:OutputKmsKey"
        own_disks = [f"{family}.*" for family in self._families() if has_local_storage(f"{family}.x")]
        starts = [*TRAINING, PROCESSING, TRANSFORM, DEFINITIONS]
        with_disks = [*starts, ENDPOINT_CONFIG, NOTEBOOK]
        types = "sagemaker:InstanceTypes"
        nothing, others = {"Null": {volume: "true", types: "true"}}, {"ForAnyValue:StringNotLike": {types: own_disks}}
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

    def _families(self) -> list[str]:
        """As `ml.g5`, of all types that the team may use; whether a type has disks of its own is said by its family."""
        allowed = self.tenant.team.instances
        types = (*allowed.training, *allowed.processing, *allowed.serving, *allowed.studio)
        return sorted({each.rpartition(".")[0] for each in types})


def isolated() -> list[Statement]:
    """No way out of a training container or a model, no plain traffic between machines, no way in for a person.

    Processing containers are not isolated: they read what they need from S3 by themselves, in the team's network.
    What a request does not say counts as what AWS makes of it: no isolation, no encryption, root access.
    """
    return [
        deny([*TRAINING, MODEL, DEFINITIONS], {"BoolIfExists": {"sagemaker:NetworkIsolation": "false"}}),
        deny(
            [*TRAINING, PROCESSING, AUTOML, DEFINITIONS],
            {"BoolIfExists": {"sagemaker:InterContainerTrafficEncryption": "false"}},
        ),
        deny(["sagemaker:CreateNotebookInstance"], {"StringNotEquals": {"sagemaker:RootAccess": "Disabled"}}),
        deny(["sagemaker:CreateNotebookInstance"], {"StringNotEquals": {"sagemaker:DirectInternetAccess": "Disabled"}}),
        deny(["sagemaker:UpdateNotebookInstance"], {"StringEquals": {"sagemaker:RootAccess": "Enabled"}}),
        deny(["sagemaker:*TrainingJob"], {"Bool": {"sagemaker:EnableRemoteDebug": "true"}}),
        deny(["sagemaker:*Space"], {"StringEquals": {"sagemaker:RemoteAccess": "ENABLED"}}),
        deny(["sagemaker:StartSession"]),
    ]


def approved_by_approvers(tenant: Tenant) -> Statement:
    """A package is approved by a person whose role that is, or at its registration where the team wants no person."""
    automatic = any(model.releasing.approval == "automatic" for model in tenant.team.models)
    kinds = ["approver", "pipeline"] if automatic else ["approver"]
    others = {"aws:PrincipalArn": [tenant.arns.role(tenant.names.role(kind)) for kind in kinds]}
    return deny(
        ["sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"],
        {"StringEquals": {"sagemaker:ModelApprovalStatus": "Approved"}, "ArnNotEquals": others},
    )


_GUARDED = (
    *TRAINING,
    PROCESSING,
    TRANSFORM,
    ENDPOINT_CONFIG,
    NOTEBOOK,
    AUTOML,
    DEFINITIONS,
    MODEL,
    "sagemaker:UpdateTrainingJob",
    "sagemaker:CreateApp",
    "sagemaker:CreateSpace",
    "sagemaker:UpdateSpace",
    "sagemaker:*MonitoringSchedule",
    "sagemaker:CreateModelPackage",
    "sagemaker:UpdateModelPackage",
)
