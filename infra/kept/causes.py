"""Which line of the team's file makes a property what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.config import source
from core.config.source import Source
from infra.kept.create_only import KINDS
from infra.kept.record import Entry
from infra.tenant import Tenant

KEYS: Mapping[tuple[str, str], str] = {
    ("AWS::EC2::Subnet", "AvailabilityZone"): "environments[].network.availability_zones",
    ("AWS::EC2::Subnet", "CidrBlock"): "environments[].network.cidr",
    ("AWS::EC2::VPC", "CidrBlock"): "environments[].network.cidr",
    ("AWS::SageMaker::Domain", "AuthMode"): "studio.auth",
    ("AWS::SageMaker::Domain", "DomainSettings/RStudioServerProDomainSettings/DefaultResourceSpec"): "studio.rstudio",
    ("AWS::SageMaker::Domain", "VpcId"): "environments[].network.existing.vpc",
    ("AWS::SageMaker::FeatureGroup", "EventTimeFeatureName"): "feature_groups[name].event_time",
    ("AWS::SageMaker::FeatureGroup", "FeatureGroupName"): "feature_groups[name].name",
    ("AWS::SageMaker::FeatureGroup", "OfflineStoreConfig"): "feature_groups[name].offline",
    ("AWS::SageMaker::FeatureGroup", "OnlineStoreConfig/EnableOnlineStore"): "feature_groups[name].online",
    ("AWS::SageMaker::FeatureGroup", "OnlineStoreConfig/SecurityConfig"): "feature_groups[name].online",
    ("AWS::SageMaker::FeatureGroup", "RecordIdentifierFeatureName"): "feature_groups[name].record_id",
    ("AWS::SageMaker::FeatureGroup", "Tags"): "cost_center",
    ("AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName"): "models[name].name",
    ("AWS::SageMaker::NotebookInstance", "NotebookInstanceName"): "studio.notebooks[name].name",
    ("AWS::SageMaker::NotebookInstance", "SubnetId"): "environments[].network",
    ("AWS::SageMaker::Space", "OwnershipSettings"): "spaces[name].owner",
    ("AWS::SageMaker::Space", "SpaceName"): "spaces[name].name",
    ("AWS::SageMaker::Space", "SpaceSharingSettings"): "spaces[name].sharing",
    ("AWS::SageMaker::UserProfile", "SingleSignOnUserIdentifier"): "studio.auth",
    ("AWS::SageMaker::UserProfile", "SingleSignOnUserValue"): "members[name].sso_user",
    ("AWS::SageMaker::UserProfile", "UserProfileName"): "members[name].name",
    ("AWS::ECR::Repository", "RepositoryName"): "images[name].name",
}
"""`[]` is the environment, `[name]` the item whose name the resource has, with or without the team's prefix."""


def cause(tenant: Tenant, entry: Entry, property: str) -> str:
    """Key of the team's file with file and line, or what else it can be."""
    key = KEYS.get((entry.type, property))
    if key is None:
        return "nothing in the team's file causes it: the platform itself has changed"
    file = _file(tenant)
    if file is None:
        return f"because of {key} in the team's file"
    at = _location(key, file.value, tenant, entry)
    return f"because of {'.'.join(map(str, at))} in {file.file}:{file.line(at)}"


def _file(tenant: Tenant) -> Source | None:
    """The team's own, as it is now."""
    for path in sorted(tenant.home.glob("*.yaml")):
        read = source.read(path, f"{tenant.home.name}/{path.name}")
        if isinstance(read.value, dict) and read.value.get("team") == tenant.team.team:
            return read
    return None


def _location(key: str, value: Any, tenant: Tenant, entry: Entry) -> tuple[str | int, ...]:
    """As far as the file has it: a key that is left out stands at the section around it."""
    at: list[str | int] = []
    for part in key.split("."):
        name, mark, which = part.partition("[")
        at.append(name)
        value = value.get(name) if isinstance(value, dict) else None
        if mark:
            wanted = [tenant.environment.name] if which == "]" else _names(tenant, entry)
            items = value if isinstance(value, list) else []
            index = next(
                (i for i, item in enumerate(items) if isinstance(item, dict) and item.get("name") in wanted), None
            )
            if index is None:
                break
            at.append(index)
            value = items[index]
    return tuple(at)


def _names(tenant: Tenant, entry: Entry) -> list[str]:
    name = str(entry.properties.get(KINDS[entry.type].name, ""))
    prefix = tenant.names.prefix
    return [name, name.removeprefix(f"{prefix}-"), name.removeprefix(f"{prefix}/")]
