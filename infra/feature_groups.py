"""The team's feature groups: newest records within milliseconds, all records as a table."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from core.config.data import FeatureGroup
from infra.grants import use_key
from infra.part import Part
from infra.roles import Role
from infra.statements import Statement, allow
from infra.template import Resource
from infra.tenant import Tenant

CATALOG = "AwsDataCatalog"


class FeatureGroups(Part):
    """Both stores encrypted with the team's key; Feature Store makes the table of an offline store in the team's
    database. The type and order of features cannot be changed, more can be added."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        if tenant.team.feature_groups:
            role = Role(
                self,
                "Role",
                tenant,
                kind="feature-store",
                service="sagemaker.amazonaws.com",
                grants=[*self._store_offline(), *use_key(key_arn)],
            )
            for group in tenant.team.feature_groups:
                self._group(group, role, key_arn)

    def _group(self, group: FeatureGroup, role: Role, key_arn: str) -> Resource:
        properties: dict[str, Any] = {
            "FeatureGroupName": self.names.feature_group(group.name),
            "RecordIdentifierFeatureName": group.record_id,
            "EventTimeFeatureName": group.event_time,
            "FeatureDefinitions": [{"FeatureName": name, "FeatureType": type} for name, type in group.features.items()],
            "RoleArn": role.arn,
        }
        if group.online:
            properties["OnlineStoreConfig"] = _online(group, key_arn)
        if group.offline:
            properties["OfflineStoreConfig"] = self._offline(group, key_arn)
        id = "".join(part.capitalize() for part in group.name.split("-"))
        return self.add(id, "AWS::SageMaker::FeatureGroup", properties, holds_data=True, after=[role.resource])

    def _offline(self, group: FeatureGroup, key_arn: str) -> dict[str, Any]:
        place = f"s3://{self.tenant.bucket('data')}/{self.names.feature_prefix}"
        return {
            "S3StorageConfig": {"S3Uri": place.rstrip("/"), "KmsKeyId": key_arn},
            "TableFormat": "Glue",
            "DataCatalogConfig": {
                "Catalog": CATALOG,
                "Database": self.names.database,
                "TableName": self.names.table(group.name),
            },
        }

    def _store_offline(self) -> list[Statement]:
        """Feature Store looks at the bucket's ACL when a group is made, and writes each object with one."""
        bucket = self.arns.bucket(self.tenant.bucket("data"))
        objects = f"{bucket}/{self.names.feature_prefix}*"
        return [
            allow(["s3:GetBucketAcl", "s3:GetBucketLocation"], [bucket]),
            allow(["s3:PutObject", "s3:PutObjectAcl"], [objects]),
        ]


def _online(group: FeatureGroup, key_arn: str) -> dict[str, Any]:
    config: dict[str, Any] = {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": key_arn}}
    if group.online_days is not None:
        config["TtlDuration"] = {"Unit": "Days", "Value": group.online_days}
    return config
