"""Quotas of the account: those that the team's file wants are asked for, those that its models need are watched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from constructs import Construct

from core.config.environment import Quota
from core.config.model import Model
from core.contracts.environment import QuotasEnvironment
from core.contracts.metrics import QUOTA_USED_PERCENT
from core.contracts.quotas import GROUP, KEPT, RESOURCE_TYPE, WatchedQuotas, attribute
from infra.custom_resource import CustomResourceFunction
from infra.handler_grants import notify
from infra.part import Part
from infra.statements import Statement, allow
from infra.team_alarm import Limit, tell_team
from infra.template import Resource
from infra.tenant import Tenant

NAME = "quotas"
NEAR_PERCENT = 80
"""From this share of a quota on the team is told."""
HOUR_S = 3600
"""What the figures of use are taken over, and how often."""


class Quotas(Part):
    """The request, its outputs, and an alarm for each quota. Nothing waits until AWS has approved anything."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str, after: Sequence[Resource]) -> None:
        super().__init__(scope, id, tenant)
        self._key_arn = key_arn
        watched = watched_quotas(tenant)
        parameter = {"Name": self.names.quotas_parameter, "Type": "String", "Value": watched.to_json()}
        self.add("Watched", "AWS::SSM::Parameter", {**parameter, "Description": "Quotas that are looked at"})
        wanted = {name: count for name, count in watched.wanted.items() if count}
        self.functions = [NAME] if wanted else []
        if wanted:
            self._request(wanted, after)
        for name in watched.wanted:
            tell_team(
                self,
                f"{attribute(name)}Near",
                name=quota_alarm(tenant, name),
                description=f"the account uses {NEAR_PERCENT} % of its quota {name}",
                metric=QUOTA_USED_PERCENT,
                values={"Environment": self.names.prefix, "Quota": name},
                limit=Limit(NEAR_PERCENT, "Maximum", HOUR_S),
            )

    def _request(self, wanted: dict[str, int], after: Sequence[Resource]) -> None:
        """In groups, one after the other: an answer holds few KB, and Service Quotas takes few calls at once."""
        function = CustomResourceFunction(
            self,
            "Function",
            self.tenant,
            name=NAME,
            key_arn=self._key_arn,
            variables=QuotasEnvironment(
                team=self.tenant.team.team,
                environment=self.tenant.environment.name,
                account=self.tenant.account,
                region=self.tenant.region,
            ).variables(),
            grants=[*ask_for_quotas(self.tenant), *notify(self.tenant)],
        )
        names, before = sorted(wanted), list(after)
        for start in range(0, len(names), GROUP):
            group, number = names[start : start + GROUP], start // GROUP + 1
            properties = {"Wanted": {name: wanted[name] for name in group}}
            resource = function.resource(f"Request{number}", RESOURCE_TYPE, properties, after=before)
            before = [resource]
            for name in group:
                self.output(f"Quota{attribute(name)}", resource.get_att(attribute(name)), name)
            self.output(f"QuotasKept{number}", resource.get_att(KEPT), "Quotas that are no longer asked for")


def watched_quotas(tenant: Tenant) -> WatchedQuotas:
    """Of one quota that is wanted twice, the higher value counts."""
    wanted: dict[str, int] = {}
    for quota in tenant.environment.quotas:
        wanted[quota.name] = max(quota.count, wanted.get(quota.name, 0))
    for model in tenant.team.models:
        for name in _needed(model):
            wanted.setdefault(name, 0)
    return WatchedQuotas(wanted)


def quota_alarm(tenant: Tenant, name: str) -> str:
    return tenant.names.alarm("quota", attribute(name))


def ask_for_quotas(tenant: Tenant) -> list[Statement]:
    """Look at all; ask for more only where the team's file wants some.

    The first request of an account makes Service Quotas' own role. Codes of quotas are not known before.
    """
    role = tenant.arns.role("aws-service-role/servicequotas.amazonaws.com/AWSServiceRoleForServiceQuotas")
    listing = [
        "servicequotas:ListAWSDefaultServiceQuotas",
        "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota",
        "servicequotas:ListServiceQuotas",
    ]
    by_quotas = {"StringEquals": {"iam:AWSServiceName": "servicequotas.amazonaws.com"}}
    if not tenant.environment.quotas:
        return [allow(listing, ["*"])]
    return [
        allow(listing, ["*"]),
        allow(["servicequotas:RequestServiceQuotaIncrease"], [tenant.arns.of("servicequotas", "sagemaker/*")]),
        allow(["iam:CreateServiceLinkedRole"], [role], by_quotas),
    ]


def _needed(model: Model) -> Iterator[str]:
    """Quotas that the model's jobs and its endpoint use."""
    training = model.training
    yield _name(training.instance_type, "spot-training" if training.spot else "training")
    yield _name(training.processing_instance_type, "processing")
    yield _name(model.serving.instance_type, "endpoint")
    if model.batch is not None:
        yield _name(model.batch.instance_type, "transform")


def _name(instance_type: str, use: Literal["training", "spot-training", "processing", "endpoint", "transform"]) -> str:
    return Quota(instance_type=instance_type, use=use, count=1).name
