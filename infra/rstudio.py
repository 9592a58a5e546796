"""RStudio on SageMaker, for accounts with a licence from Posit."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from core.config.studio import RStudio
from infra.grants import write_logs
from infra.roles import Role
from infra.statements import allow
from infra.tenant import Tenant

SMALLEST = "ml.t3.medium"
"""What the server runs on where nothing else is said. Saying it would make a later RStudio replace the domain:
CloudFormation takes the server's instance type at the domain's creation only."""


def rstudio_role(scope: Construct, tenant: Tenant) -> Role:
    """The server acts with it: it takes its licence and writes its log."""
    take = ["CheckoutLicense", "CheckInLicense", "ExtendLicenseConsumption", "ListReceivedLicenses"]
    licence = [f"license-manager:{verb}" for verb in take]
    bought = ["arn:aws:license-manager::*:license:*"]  # it belongs to the seller's account and gets an id of AWS's own
    statements = [allow(licence, ["*"]), allow(["license-manager:GetLicense"], bought), *write_logs(tenant)]
    return Role(scope, "RStudioRole", tenant, kind="rstudio", service="sagemaker.amazonaws.com", grants=statements)


def domain_settings(rstudio: RStudio, role_arn: str) -> dict[str, Any]:
    """`RStudioServerProDomainSettings`."""
    urls = {"RStudioConnectUrl": rstudio.connect_url, "RStudioPackageManagerUrl": rstudio.package_manager_url}
    settings: dict[str, Any] = {
        "DomainExecutionRoleArn": role_arn,
        **{name: url for name, url in urls.items() if url is not None},
    }
    if rstudio.instance_type != SMALLEST:
        settings["DefaultResourceSpec"] = {"InstanceType": rstudio.instance_type}
    return settings


def user_settings() -> dict[str, Any]:
    """Every member may use it. Said on the domain, where it can be changed; a profile would be replaced for it."""
    return {"RStudioServerProAppSettings": {"AccessStatus": "ENABLED", "UserGroup": "R_STUDIO_USER"}}
