"""Feature groups: what CreateFeatureGroup, UpdateFeatureGroup and DeleteFeatureGroup do beyond keeping a record."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from local.credentials import role_client, role_environment
from local.sagemaker.feature_store import table
from local.sagemaker.feature_store.features import types_of
from local.sagemaker.feature_store.offline import SESSION, Offline, resolved
from local.sagemaker.feature_store.online import Online
from local.sagemaker.kinds import INVALID
from local.sagemaker.resources import Request, Resources
from local.sagemaker.store import Record
from local.sagemaker.workbench import FEATURE_GROUP
from local.service import ApiError
from local.storage import Location

MOST_FEATURES = 2500
RESERVED = ("is_deleted", "write_time", "api_invocation_time")


class FeatureGroups:
    """The part of the service that answers for groups; their records are in the two stores."""

    def __init__(self, resources: Resources, online: Online, offline: Offline) -> None:
        self.resources, self.store = resources, resources.store
        self._online, self._offline = online, offline

    def create_feature_group(self, request: Request) -> Record:
        _check(request)
        if request.get("OfflineStoreConfig"):
            _check_place(request)
        record = self.resources.create(FEATURE_GROUP, {"ThroughputConfig": {"ThroughputMode": "OnDemand"}, **request})
        if offline := request.get("OfflineStoreConfig"):
            self._open(record, offline)
        return record

    def update_feature_group(self, request: Request) -> Record:
        """Adds features and changes the online store's TTL and the throughput; nothing else of a group changes."""
        record = self.resources.describe(FEATURE_GROUP, request)
        features = [*record["FeatureDefinitions"], *(request.get("FeatureAdditions") or ())]
        changed: dict[str, Any] = {"FeatureDefinitions": features}
        _check({**record, **changed})
        if online := request.get("OnlineStoreConfig"):
            if not record.get("OnlineStoreConfig"):
                raise ApiError(INVALID, "Validation Error: the FeatureGroup has no OnlineStore")
            changed["OnlineStoreConfig"] = {**record["OnlineStoreConfig"], **online}
        if throughput := request.get("ThroughputConfig"):
            changed["ThroughputConfig"] = {**record["ThroughputConfig"], **throughput}
        self.store.change(record, **changed, LastUpdateStatus={"Status": "Successful"})
        if request.get("FeatureAdditions") and _has_table(record):
            table.add_features(record)
        return record

    def delete_feature_group(self, request: Request) -> None:
        """The online store goes with it; what was written offline stays, as does its table."""
        record = self.resources.describe(FEATURE_GROUP, request)
        self._online.forget(record)
        self.resources.delete(FEATURE_GROUP, request)

    def _open(self, record: Record, offline: dict[str, Any]) -> None:
        """Give the offline store its place and its table; the group fails where Glue refuses."""
        storage = offline["S3StorageConfig"]
        place = {**storage, "ResolvedOutputS3Uri": resolved(record, storage["S3Uri"])}
        config = {**offline, "S3StorageConfig": place, "DisableGlueTableCreation": False}
        config |= {"DisableGlueTableCreation": offline.get("DisableGlueTableCreation", False)}
        self.store.change(record, OfflineStoreConfig=config, OfflineStoreStatus={"Status": "Active"})
        config = {**config, "DataCatalogConfig": table.catalog_of(record)}
        self.store.change(record, OfflineStoreConfig=config)
        if _has_table(record):
            try:
                table.make(record)
            except ClientError as fault:
                self.store.remove(FEATURE_GROUP, record)
                raise ApiError(INVALID, f"Validation Error: the Glue table cannot be made: {fault}") from None


def _has_table(record: Record) -> bool:
    config = record.get("OfflineStoreConfig") or {}
    return bool(config) and not config.get("DisableGlueTableCreation")


def _check(request: Request) -> None:
    types = types_of(request)
    if len(types) != len(request["FeatureDefinitions"]):
        raise ApiError(INVALID, "Validation Error: a FeatureName is given more than once in FeatureDefinitions")
    if len(types) > MOST_FEATURES:
        raise ApiError(INVALID, f"Validation Error: a FeatureGroup has at most {MOST_FEATURES} features")
    if reserved := [name for name in types if name in RESERVED]:
        raise ApiError(INVALID, f"Validation Error: FeatureName {reserved[0]} is reserved")
    for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if request[member] not in types:
            raise ApiError(INVALID, f"Validation Error: {member} [{request[member]}] is not in FeatureDefinitions")
    if (kind := types[request["EventTimeFeatureName"]]) not in ("String", "Fractional"):
        raise ApiError(INVALID, f"Validation Error: the type of EventTimeFeatureName is {kind}: String or Fractional")
    if (kind := types[request["RecordIdentifierFeatureName"]]) not in ("String", "Integral"):
        raise ApiError(
            INVALID, f"Validation Error: the type of RecordIdentifierFeatureName is {kind}: String or Integral"
        )
    if not (request.get("OnlineStoreConfig") or {}).get("EnableOnlineStore") and not request.get("OfflineStoreConfig"):
        raise ApiError(INVALID, "Validation Error: OnlineStore, OfflineStore or both must be enabled")


def _check_place(request: Request) -> None:
    """AWS looks at the bucket with the group's role before it makes the group."""
    uri = request["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"]
    if not request.get("RoleArn"):
        raise ApiError(INVALID, "Validation Error: RoleArn must be given where there is an OfflineStore")
    role_environment(request["RoleArn"], SESSION)
    try:
        role_client("s3", request["RoleArn"], SESSION).get_bucket_acl(Bucket=Location.of(uri).bucket)
    except ClientError as fault:
        raise ApiError(INVALID, f"Validation Error: Invalid S3Uri provided: {uri}: {fault}") from None
