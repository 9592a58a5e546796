"""Sets what CloudFormation cannot set on the team's domain: Canvas, images of the team's own, scripts taken back.

Trigger: the custom resource `core.contracts.domain_settings.RESOURCE_TYPE`, whenever CloudFormation made or changed
the domain; and a rule of `ImagePushed`, which hands over the same settings.
Environment: none.

Calls:
    sagemaker:DescribeDomain, UpdateDomain                 domain/<the team's>
    sagemaker:CreateImageVersion, DescribeImageVersion     image/, image-version/<TeamNames.studio_image>
    ecr:DescribeImages                                     repository/<TeamNames.repository>
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from core.contracts.domain_settings import DomainSettings
from lambdas.calls import Calls, client
from lambdas.custom_resource import Answer, Request, answer
from lambdas.domain.domain import bring_about
from lambdas.domain.ports import Domains
from lambdas.domain.sagemaker import SageMakerDomains
from lambdas.failures import Refused


def handler(event: Mapping[str, Any], context: Any) -> None:
    domains = connect(Calls(context.get_remaining_time_in_millis))
    if "RequestType" in event:
        answer(event, context, lambda request: deployed(request, domains))
    else:
        pushed(DomainSettings.parse(event), domains)


def deployed(request: Request, domains: Domains) -> Answer:
    """An image that cannot be used yet is no reason to fail a deployment: it will be there when it is pushed."""
    given = DomainSettings.parse(request.properties)
    nothing = DomainSettings(given.domain)
    wanted = nothing if request.kind == "Delete" else given
    before = given if request.kind == "Delete" else nothing
    if request.kind == "Update":
        before = DomainSettings.parse(request.old_properties)
    unready = bring_about(wanted, before, domains)
    return Answer(request.physical_id or f"{given.domain}-settings", {"Unready": "; ".join(map(str, unready))})


def pushed(settings: DomainSettings, domains: Domains) -> None:
    """Raises Refused where what was pushed cannot be used: the function fails, is tried again, and tells the team."""
    failed = [str(unready) for unready in bring_about(settings, settings, domains) if unready.pushed]
    if failed:
        raise Refused("ImageVersion", "; ".join(failed))


def connect(calls: Calls) -> Domains:
    return SageMakerDomains(calls, client("sagemaker"), client("ecr"), time.sleep)
