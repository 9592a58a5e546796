"""What everybody in Studio may do there: look around in the own domain, and run the own applications.

SageMaker says with every request from Studio in whose domain and profile it was made; the two variables below stand
for that. From anywhere else they are empty, and what names them allows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.grants import tag_while_creating, write_logs
from infra.statements import Conditions, Statement, allow
from infra.tenant import Tenant

DOMAIN, PROFILE = "${sagemaker:DomainId}", "${sagemaker:UserProfileName}"
LISTED = (
    "Apps",
    "Domains",
    "Endpoints",
    "FeatureGroups",
    "ModelPackageGroups",
    "ModelPackages",
    "Pipelines",
    "ProcessingJobs",
    "Spaces",
    "TrainingJobs",
    "UserProfiles",
)
"""Lists show the names of all teams in the account; AWS has no way to limit them."""


def use_studio(tenant: Tenant, vpc: str) -> list[Statement]:
    return [
        *look_around(tenant),
        *open_studio(tenant, [own_profile(tenant)], vpc),
        *own_spaces(tenant),
        *own_applications(tenant),
        *write_logs(tenant),
    ]


def open_studio(tenant: Tenant, profiles: Sequence[str], vpc: str) -> list[Statement]:
    """From inside the team's VPC, and from where the team says. With SSO the portal of Identity Center opens it."""
    if tenant.team.studio.auth == "SSO":
        return []
    ranges = [str(network) for network in tenant.team.studio.open_from]
    places: list[Conditions] = [
        {"StringEquals": {"aws:SourceVpc": vpc}},
        *([{"IpAddress": {"aws:SourceIp": ranges}}] if ranges else []),
    ]
    return [allow(["sagemaker:CreatePresignedDomainUrl"], profiles, place) for place in places]


def look_around(tenant: Tenant) -> list[Statement]:
    look = [f"sagemaker:Describe{kind}" for kind in ("Domain", "UserProfile", "Space", "App")]
    return [
        allow([f"sagemaker:List{kind}" for kind in LISTED], ["*"]),
        allow([*look, "sagemaker:ListTags"], [tenant.arns.of("sagemaker", f"domain/{DOMAIN}"), *inside(tenant)]),
    ]


def own_spaces(tenant: Tenant) -> list[Statement]:
    """Private and shared ones that the person owns; what others own can only be used, where it is shared."""
    change = [f"sagemaker:{verb}Space" for verb in ("Create", "Update", "Delete")]
    owned = {"ArnLike": {"sagemaker:OwnerUserProfileArn": own_profile(tenant)}}
    return [allow(change, inside(tenant), owned)]


def own_applications(tenant: Tenant) -> list[Statement]:
    """In the own profile, in the own spaces, and in everybody's shared spaces. SageMaker tags what it makes there."""
    run = ["sagemaker:CreateApp", "sagemaker:DeleteApp"]
    own = [tenant.arns.of("sagemaker", f"app/{DOMAIN}/{PROFILE}/*")]
    owned = {
        "ArnLike": {"sagemaker:OwnerUserProfileArn": own_profile(tenant)},
        "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
    }
    return [
        allow(run, own, {"Null": {"sagemaker:OwnerUserProfileArn": "true"}}),
        allow(run, inside(tenant), owned),
        allow(run, inside(tenant), {"StringEquals": {"sagemaker:SpaceSharingType": "Shared"}}),
        tag_while_creating(inside(tenant)),
    ]


def inside(tenant: Tenant) -> list[str]:
    """Profiles, spaces and applications of the domain. Of which kind is said by the actions."""
    return [tenant.arns.of("sagemaker", f"*/{DOMAIN}/*")]


def own_profile(tenant: Tenant) -> str:
    return tenant.arns.of("sagemaker", f"user-profile/{DOMAIN}/{PROFILE}")
