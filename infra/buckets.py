"""The team's buckets, one for each purpose in `core.names.BUCKETS`."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnResource
from constructs import Construct

from core.names import BUCKETS
from infra.part import Part
from infra.statements import allow_service, deny_plain_http, document
from infra.tenant import Tenant

LOGS = "logs"
OLD_VERSIONS_DAYS = 30


class Buckets(Part):
    """Encrypted, versioned, closed to the public and to plain HTTP; who reads them is written to the logs bucket.

    The logs bucket itself is encrypted with S3's own key: S3 cannot deliver access logs into a bucket whose default
    is a KMS key (S3 user guide, "Enabling Amazon S3 server access logging").
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        logs = self._bucket(LOGS, {"SSEAlgorithm": "AES256"}, {})
        policy = self._policy(LOGS, logs, [self._takes_access_logs()])
        encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
        for purpose in BUCKETS:
            if purpose != LOGS:
                logging = {"DestinationBucketName": tenant.bucket(LOGS), "LogFilePrefix": f"access/{purpose}/"}
                bucket = self._bucket(purpose, encryption, {"LoggingConfiguration": logging}, after=policy)
                self._policy(purpose, bucket, [])

    def _bucket(
        self, purpose: str, encryption: dict[str, str], more: dict[str, Any], after: CfnResource | None = None
    ) -> CfnResource:
        by_default = {"ServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": True}
        closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        return self.add(
            purpose.capitalize(),
            "AWS::S3::Bucket",
            {
                "BucketName": self.tenant.bucket(purpose),
                "BucketEncryption": {"ServerSideEncryptionConfiguration": [by_default]},
                "PublicAccessBlockConfiguration": dict.fromkeys(closed, True),
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "VersioningConfiguration": {"Status": "Enabled"},
                "LifecycleConfiguration": {"Rules": self._lifecycle(purpose)},
                **more,
            },
            holds_data=True,
            after=[after] if after else [],
        )

    def _lifecycle(self, purpose: str) -> list[dict[str, Any]]:
        """Captured requests may hold personal data: they and their old versions go when the team says so."""
        retention = self.tenant.environment.retention
        days = {"capture": retention.capture_days, LOGS: retention.log_days}
        rules: list[dict[str, Any]] = [
            {
                "Id": "old-versions",
                "Status": "Enabled",
                "NoncurrentVersionExpiration": {"NoncurrentDays": min(OLD_VERSIONS_DAYS, days.get(purpose, 30))},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            }
        ]
        if purpose in days:
            rules.append({"Id": "retention", "Status": "Enabled", "ExpirationInDays": days[purpose]})
        return rules

    def _policy(self, purpose: str, bucket: CfnResource, statements: list[dict[str, Any]]) -> CfnResource:
        arn = self.arns.bucket(self.tenant.bucket(purpose))
        return self.add(
            f"{purpose.capitalize()}Policy",
            "AWS::S3::BucketPolicy",
            {
                "Bucket": bucket.ref,
                "PolicyDocument": document([deny_plain_http(["s3:*"], [arn, f"{arn}/*"]), *statements]),
            },
        )

    def _takes_access_logs(self) -> dict[str, Any]:
        return allow_service(
            "logging.s3.amazonaws.com",
            ["s3:PutObject"],
            [self.arns.bucket(f"{self.tenant.bucket(LOGS)}/access/*")],
            {"StringEquals": {"aws:SourceAccount": self.tenant.account}},
        )
