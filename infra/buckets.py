"""The team's buckets, one for each purpose in `core.names.BUCKETS`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from core.names import BUCKETS
from infra import cluster_secrets
from infra.canvas import uploads
from infra.part import Part
from infra.perimeter import deny_from_outside
from infra.statements import Statement, allow_service, deny_plain_http, document
from infra.teardown import Teardown
from infra.template import Resource
from infra.tenant import Tenant

DATA, LOGS, PROJECTS, REPORTS = "data", "logs", "projects", "reports"
OLD_VERSIONS_DAYS = 30
QUERY_RESULTS_DAYS = 30
UNFINISHED_UPLOADS_DAYS = 7
STUDIO = "https://*.sagemaker.aws"
REPLICATED = "NIST.800.53.R5-S3BucketReplicationEnabled"
ONE_REGION = (
    "A team's data stays in the region that its file names. Versions and retention protect it against mistakes; a copy "
    "elsewhere would double its cost and take it out of the team's key and perimeter."
)
NO_KMS = (
    "S3 delivers access logs only into a bucket whose default encryption is S3's own (SSE-S3), never a KMS key. It "
    "holds who asked for which key and when, and nothing of what the objects say."
)
NO_LOG_OF_LOGS = "It receives the access logs: a log of its own deliveries would fill it with entries about itself."
READ_BY_BROWSERS = (
    "Studio lists project templates from the member's browser, outside of the VPC. It holds templates and code, no "
    "data; writing is denied from outside like everywhere."
)
ACKNOWLEDGED = {
    LOGS: {
        "S3-02": NO_KMS,
        "NIST.800.53.R5-S3DefaultEncryptionKMS": NO_KMS,
        "S3-05": NO_LOG_OF_LOGS,
        "CKV_AWS_18": NO_LOG_OF_LOGS,
    },
    PROJECTS: {"S3-07": READ_BY_BROWSERS},
}
WRITE = ("s3:PutObject*", "s3:DeleteObject*", "s3:PutBucket*", "s3:DeleteBucket*")


class Buckets(Part):
    """Encrypted, versioned, closed to the public and to plain HTTP; who reads them is written to the logs bucket.

    Data leaves none of them but through the team's VPC (`infra.perimeter`). The bucket of project templates and of the
    code that members bring holds no data: Studio lists it from the member's browser, so there only writing is held to
    the VPC.

    The logs bucket itself is encrypted with S3's own key: S3 cannot deliver access logs into a bucket whose default
    is a KMS key (S3 user guide, "Enabling Amazon S3 server access logging"). It is emptied once its policy is gone:
    from then on S3 delivers no more logs.
    """

    def __init__(
        self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str, vpc: str, teardown: Teardown
    ) -> None:
        super().__init__(scope, id, tenant)
        self._vpc = vpc
        logs = self._bucket(LOGS, {"SSEAlgorithm": "AES256"}, {})
        emptied = teardown.emptied("Logs", [tenant.bucket(LOGS)], after=[logs])
        policy = self._policy(LOGS, logs, [self._takes_access_logs()], after=emptied)
        encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
        self.all = [logs]
        for purpose in BUCKETS:
            if purpose != LOGS:
                logging = {"DestinationBucketName": tenant.bucket(LOGS), "LogFilePrefix": f"access/{purpose}/"}
                more = {"LoggingConfiguration": logging, **self._seen_by_browsers(purpose)}
                bucket = self._bucket(purpose, encryption, more, after=policy)
                secrets = purpose == REPORTS and cluster_secrets.wanted(tenant)
                self._policy(purpose, bucket, [cluster_secrets.for_monitors_only(tenant)] if secrets else [])
                self.all.append(bucket)
        others = [tenant.bucket(purpose) for purpose in BUCKETS if purpose != LOGS]
        teardown.emptied("Data", others, after=self.all)

    def _bucket(
        self, purpose: str, encryption: dict[str, str], more: dict[str, Any], after: Resource | None = None
    ) -> Resource:
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
            acknowledges={REPLICATED: ONE_REGION, **ACKNOWLEDGED.get(purpose, {})},
        )

    def _seen_by_browsers(self, purpose: str) -> dict[str, Any]:
        """Pages of Studio read templates from the member's browser; those of Canvas send files."""
        if purpose == PROJECTS:
            rule = {"AllowedOrigins": [STUDIO], "AllowedMethods": ["GET", "HEAD"], "AllowedHeaders": ["*"]}
            return {"CorsConfiguration": {"CorsRules": [rule]}}
        return uploads(self.tenant) if purpose == DATA else {}

    def _lifecycle(self, purpose: str) -> list[dict[str, Any]]:
        """Captured requests may hold personal data: they and their old versions go when the team says so."""
        retention = self.tenant.environment.retention
        days = {"capture": retention.capture_days, LOGS: retention.log_days}
        rules: list[dict[str, Any]] = [
            {
                "Id": "old-versions",
                "Status": "Enabled",
                "NoncurrentVersionExpiration": {"NoncurrentDays": min(OLD_VERSIONS_DAYS, days.get(purpose, 30))},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UNFINISHED_UPLOADS_DAYS},
            }
        ]
        if purpose in days:
            rules.append({"Id": "retention", "Status": "Enabled", "ExpirationInDays": days[purpose]})
        else:
            rules.append({"Id": "deletions", "Status": "Enabled", "ExpiredObjectDeleteMarker": True})
        if purpose == DATA:
            results = {"Prefix": self.names.query_prefix, "ExpirationInDays": QUERY_RESULTS_DAYS}
            rules.append({"Id": "query-results", "Status": "Enabled", **results})
        if purpose == REPORTS and cluster_secrets.wanted(self.tenant):
            rules.append(cluster_secrets.soon_gone(self.tenant))
        return rules

    def _policy(
        self, purpose: str, bucket: Resource, statements: list[Statement], after: Sequence[Resource] = ()
    ) -> Resource:
        arn = self.arns.bucket(self.tenant.bucket(purpose))
        actions = WRITE if purpose == PROJECTS else ("s3:*",)
        perimeter = deny_from_outside(self.tenant, actions, [arn, f"{arn}/*"], self._vpc)
        plain = deny_plain_http(["s3:*"], [arn, f"{arn}/*"])
        return self.add(
            f"{purpose.capitalize()}Policy",
            "AWS::S3::BucketPolicy",
            {"Bucket": self.tenant.bucket(purpose), "PolicyDocument": document([plain, perimeter, *statements])},
            after=[bucket, *after],
        )

    def _takes_access_logs(self) -> Statement:
        return allow_service(
            "logging.s3.amazonaws.com",
            ["s3:PutObject"],
            [self.arns.bucket(f"{self.tenant.bucket(LOGS)}/access/*")],
            {"StringEquals": {"aws:SourceAccount": self.tenant.account}},
        )
