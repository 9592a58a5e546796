"""Buckets in S3, emptied page by page, and vaults of AWS Backup."""

from __future__ import annotations

from typing import Any

from lambdas.calls import Calls
from lambdas.failures import NotThere, Unavailable
from lambdas.listing import listed
from lambdas.teardown.ports import Named
from lambdas.teardown.sagemaker import gone

PAGE = 1000
"""What S3 lists, and deletes, at once."""


class S3Buckets:
    """`lambdas.teardown.ports.Buckets`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def delete_some(self, bucket: str) -> int:
        try:
            page = self._calls.ask(self._client.list_object_versions, Bucket=bucket, MaxKeys=PAGE)
        except NotThere:
            return 0
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if not objects:
            return 0
        answer = self._calls.ask(self._client.delete_objects, Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        if errors := answer.get("Errors"):
            first = errors[0]
            raise Unavailable(f"{len(errors)} objects of {bucket} stay: {first.get('Key')}: {first.get('Message')}")
        return len(objects)


class BackupVaults:
    """`lambdas.teardown.ports.Vaults`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def points(self, vault: str) -> tuple[Named, ...]:
        listing = self._client.list_recovery_points_by_backup_vault
        try:
            found = list(listed(self._calls, listing, "RecoveryPoints", BackupVaultName=vault))
        except NotThere:
            return ()
        return tuple(Named("recovery point", each["RecoveryPointArn"], each["Status"]) for each in found)

    def delete_point(self, vault: str, arn: str) -> None:
        gone(self._calls, self._client.delete_recovery_point, BackupVaultName=vault, RecoveryPointArn=arn)
